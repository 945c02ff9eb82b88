"""What a mail server like Postfix asks over a socketmap, one request after the
other on one connection, for a domain that is cached: `danebound serve` with the
module beside it; postfix-mta-sts-resolver, which knows the domain's MTA-STS
policy, has it in its cache and within `cache_grace`, so that it asks nothing
else; and the bare echo of as many octets as serve's. Client, servers and
resolver are pinned to one core.
"""

import contextlib

import ground
from results import Goal

NAME = "socketmap"
TITLE = "Socketmap, one client"
UNITS = {"p50": "us", "p99": "us"}
PEERS = {"danebound": "danebound serve",
         "mta-sts": "postfix-mta-sts-resolver",
         "echo": "bare echo of a netstring"}
GOALS = [Goal("p50", "<= 1.5", beside="echo"),
         Goal("p50", "", beside="mta-sts", times_less=True)]
COUNTS = {"mta-sts": 1000}
COUNT = 10000


@contextlib.contextmanager
def start(quick):
    with contextlib.ExitStack() as stack:
        unbound = stack.enter_context(ground.unbound(ground.ONE))
        serve = ground.borrowed.serving.Serve(unbound.socket)
        stack.callback(serve.stop)
        ground.pin(serve.process.pid, ground.ONE)
        sizes = ground.sizes_of_exchange(serve.map, "socketmap")
        places = {
            "danebound": serve.map,
            "mta-sts": stack.enter_context(ground.borrowed.sts_resolver.running(
                ground.ONE, ground.DOMAIN)),
            "echo": stack.enter_context(ground.echo(ground.ONE, "one", sizes))}

        def measure(peer):
            return ground.ask(
                ground.ONE, "waits", "echo" if peer == "echo" else "socketmap",
                places[peer], ground.DOMAIN,
                COUNTS.get(peer, COUNT) // (20 if quick else 1), 0)
        yield {peer: lambda peer=peer: measure(peer) for peer in PEERS}
