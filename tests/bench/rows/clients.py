"""64 clients, each a thread with a connection of its own, ask for one cached
domain without a pause, each waiting for its answer before it asks again. Client
threads and server have two cores together. The echo waits by epoll and then
reads and writes as many octets as danebound's request and reply have.
"""

import contextlib

import ground
from results import Goal

NAME = "clients"
TITLE = "Cached verdicts, 64 clients"
UNITS = {"rate": "/s"}
PEERS = {"danebound": "libdanebound, blocking (C)", "echo": "bare echo"}
GOALS = [Goal("rate", ">= 0.85", beside="echo")]
CLIENTS = 64
SECONDS = 2
FORM = "load"


@contextlib.contextmanager
def start(quick):
    with started(FORM, CLIENTS, 0.2 if quick else SECONDS) as calls:
        yield calls


@contextlib.contextmanager
def started(form, count, seconds):
    with contextlib.ExitStack() as stack:
        unbound = stack.enter_context(ground.unbound(ground.TWO))
        unbound.lookup(ground.DOMAIN)
        sizes = ground.sizes_of_exchange(unbound.socket, "danebound")
        places = {
            "danebound": unbound.socket,
            "echo": stack.enter_context(ground.echo(ground.TWO, "many", sizes))}
        yield {peer: lambda peer=peer, place=place: ground.ask(
                   ground.TWO, form, peer, place, ground.DOMAIN, seconds, count)
               for peer, place in places.items()}
