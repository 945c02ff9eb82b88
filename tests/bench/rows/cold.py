"""Domains that nobody has asked for before, two hosts each, in a zone whose name
server answers after 20 ms; the zone's keys are in Unbound's key cache. All ask
the same Unbound, each a new domain each time: libdanebound, the two waves and
the seven questions in turn of the cached row, over one UDP socket. The floor is
two ways to the name server, 40 ms, which two waves by hand nearly reach.
Unbound's qname-minimisation is off; the next row has it on, as it is by
default: then Unbound itself asks for the names above a TLSA record first.
Prefetch is off, or the questions by hand would start the module's lookups.
"""

import contextlib
import itertools

import ground
from results import Goal

NAME = "cold"
TITLE = "Cold, name servers 20 ms away, qname-minimisation off"
UNITS = {"p50": "ms"}
PEERS = {"danebound": "libdanebound, blocking (C)",
         "waves": "DNS, two waves by hand",
         "serial": "DNS, 7 in turn by hand"}
GOALS = [Goal("p50", "<= 1.05", beside="waves"),
         Goal("p50", "", beside="serial")]
PER_ROUND = 9
DOMAINS = "c%.far.example"
CORES = ground.TWO


@contextlib.contextmanager
def start(quick):
    with started("no", 2 if quick else PER_ROUND) as calls:
        yield calls


@contextlib.contextmanager
def started(minimisation, count):
    """The calls, by a resolver with so much qname-minimisation."""
    first = itertools.count(0, count)
    with ground.unbound(ground.TWO, server=[
            f"qname-minimisation: {minimisation}"]) as unbound:
        unbound.lookup(DOMAINS.replace("%", "999"))
        places = dict.fromkeys(PEERS, ground.borrowed.resolver.ADDRESS)
        places["danebound"] = unbound.socket

        def measure(peer):
            waits = ground.ask(CORES, "waits", peer, places[peer], DOMAINS,
                               count, next(first))
            return {"p50": waits["p50"] / 1000}
        yield {peer: lambda peer=peer: measure(peer) for peer in PEERS}
