"""A million verdicts of two hosts with an address and a TLSA record each, all
kept: what each takes, how fast they come, and what a hit costs the service thread
among them beside one among a thousand."""

import random
import time

import bench_memory
import measure
import wire

VERDICTS = 1_000_000
FEW = 1000
HITS = 100_000
IN_FLIGHT = 60
NAMES = "n{}.many.example"


def run(table, servers, share):
    del servers
    verdicts = max(10 * FEW, int(VERDICTS * share))
    with measure.running(
            server=list(bench_memory.SMALL_CACHES),
            settings=["cache_bytes = 4294967296", "prefetch = false"]) as unbound:
        pid = unbound.process.pid
        bench_memory.ask(unbound, 20_000, "before{}.many.example")
        bench_memory.ask(unbound, FEW, NAMES)
        among_few = cost_of_hits(unbound, FEW)
        before, counted = measure.resident_octets(pid), kept(unbound)
        start = time.monotonic()
        refused = bench_memory.ask(unbound, verdicts, NAMES)
        rate = verdicts / (time.monotonic() - start)
        grown = measure.resident_octets(pid) - before
        added = kept(unbound) - counted
        among_all = cost_of_hits(unbound, verdicts)
        stats = unbound.stats()
    new = verdicts - FEW
    table.add(f"memory for each of {verdicts} verdicts", None, grown / new,
              "<= 600", grown / new <= 600, "octets")
    table.add("memory grown, beside the cache's own count (idle)",
              added / (1 << 20), grown / (1 << 20), "<= 1.1x",
              grown <= 1.1 * added, "MiB")
    table.add(f"CPU of a hit among all (idle: among {FEW})", among_few,
              among_all, "<= 2x", among_all <= 2 * among_few, "us")
    table.add("new verdicts a second", None, rate, "-", True)
    table.add("given up for room, refused", None,
              stats["cache.evictions"] + refused, "0",
              stats["cache.evictions"] + refused == 0)


def kept(unbound):
    return unbound.stats()["cache.bytes"]


def cost_of_hits(unbound, names):
    """Microseconds of the service thread for a hit of a random one of so many."""
    pid = unbound.process.pid
    before = measure.service_thread_seconds(pid)
    with unbound.client() as client:
        for _ in range(HITS // IN_FLIGHT):
            client.send(b"".join(
                wire.lookup_frame(NAMES.format(random.randrange(names)),
                                  number + 1, wire.CACHED_ONLY)
                for number in range(IN_FLIGHT)))
            for _ in range(IN_FLIGHT):
                kind, _, _ = client.read()
                assert kind != wire.ERROR
    return 1e6 * (measure.service_thread_seconds(pid) - before) / HITS
