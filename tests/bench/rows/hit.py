"""One client asks for one domain, again and again, and waits each time; all of
it is cached: two hosts, each with an A, an AAAA and a TLSA record, all secure.
Time is taken around the whole: the call, and reading of the answer what a mail
server reads to connect and to compare certificates. Client and server are
pinned to one core, so that neither waits for a processor to wake. All ask one
Unbound with the module (one thread, prefetch off), but for libunbound, which
validates in the client's own process.

The bare echo is a server that reads, and writes octets without looking at
them: as many in both directions as danebound's request and reply have, over
the same kind of socket. No server that does something can be faster. The copy
in memory is what is left of the measurement where nothing is asked at all.

DNS needs seven questions: MX, then A, AAAA and TLSA of each host. libresolv
asks them one after the other, as Postfix does, with the DO bit. The two waves
are 1 and 6 questions, side by side over one UDP socket that stays open, with
the AD bit, so that answers carry no signatures: as fast as it goes by hand.
"""

import contextlib

import ground
from results import Goal

NAME = "hit"
TITLE = "Cached verdict, one client"
UNITS = {"p50": "us", "p99": "us"}
PEERS = {
    "danebound": "libdanebound, blocking (C)",
    "texts": "the same, every text read",
    "echo": "bare echo, same octets",
    "copy": "copy in memory",
    "waves": "DNS, two waves by hand",
    "c-ares": "DNS, two waves, c-ares",
    "libresolv": "DNS, 7 in turn, libresolv",
    "getdns": "DNS, two waves, getdns",
    "dnspython": "DNS, 7 in turn, dnspython",
    "libunbound": "libunbound, 7 in turn",
}
GOALS = [
    Goal("p50", "<= 1.25", beside="echo"),
    Goal("p99", "<= 2", beside="echo"),
    Goal("p50", ">= 14", beside="libresolv", times_less=True),
    Goal("p50", ">= 7", beside="waves", times_less=True),
    Goal("p50", "", beside="c-ares", times_less=True),
    Goal("p50", "", beside="getdns", times_less=True),
    Goal("p50", "", beside="dnspython", times_less=True),
    Goal("p50", ">= 250", beside="libunbound", times_less=True),
]
COUNTS = {"libunbound": 300, "dnspython": 300, "getdns": 2000}
COUNT = 20000


@contextlib.contextmanager
def start(quick):
    with contextlib.ExitStack() as stack:
        unbound = stack.enter_context(ground.unbound(ground.ONE))
        unbound.lookup(ground.DOMAIN)
        sizes = ground.sizes_of_exchange(unbound.socket, "danebound")
        echo = stack.enter_context(ground.echo(ground.ONE, "one", sizes))
        places = dict.fromkeys(PEERS, ground.borrowed.resolver.ADDRESS)
        places |= {"danebound": unbound.socket, "texts": unbound.socket,
                   "echo": echo, "copy": sizes[1],
                   "libunbound": ground.borrowed.resolver.TREE}

        def measure(peer):
            count = COUNTS.get(peer, COUNT) // (20 if quick else 1)
            if peer == "dnspython":
                return ground.read_values(ground.start(
                    ground.ONE, "/usr/bin/python3", "-B",
                    ground.FOLDER / "ask/dnspython_asker.py", places[peer],
                    ground.DOMAIN, count))
            return ground.ask(ground.ONE, "waits", peer, places[peer],
                              ground.DOMAIN, count, 0)
        yield {peer: lambda peer=peer: measure(peer) for peer in PEERS}
