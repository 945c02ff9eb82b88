"""Verdicts of ever new domains, with two hosts of one address and one TLSA
record each, fill a cache that has room for all of them. Before that others were
asked for until Unbound's own caches, which are kept small, had their size. What
the process grows by after that, its resident memory divided by the verdicts, is
what a verdict takes; and what the module itself counts for one (`cache.bytes`).
"""

import contextlib

import ground
from results import Goal

NAME = "memory"
TITLE = "Memory for a verdict of 2 hosts with 1 TLSA each"
UNITS = {"resident": "octets", "counted": "octets"}
PEERS = {"danebound": "module"}
GOALS = [Goal("resident", "<= 600"), Goal("counted", "<= 600")]
ROUNDS = 1
BEFORE = 20000
COUNT = 50000
DOMAINS = "{}.many.example"


@contextlib.contextmanager
def start(quick):
    share = 100 if quick else 1
    yield {"danebound": lambda: measure(BEFORE // share, COUNT // share)}


def measure(before, count):
    soak = ground.borrowed.bench_memory
    with ground.unbound(ground.TWO, server=soak.SMALL_CACHES,
                        settings=[*ground.QUIET,
                                  "cache_bytes = 1073741824"]) as unbound:
        soak.ask(unbound, before, "b" + DOMAINS)
        first, counted = sizes(unbound)
        refused = soak.ask(unbound, count, "n" + DOMAINS)
        last, recounted = sizes(unbound)
        assert refused == 0, refused
        assert unbound.lookup("n0.many.example").host("mx1.hosts.many.example")
        return {"resident": (last - first) / count,
                "counted": (recounted - counted) / count}


def sizes(unbound):
    return (ground.borrowed.measure.resident_octets(unbound.process.pid),
            unbound.stats()["cache.bytes"])
