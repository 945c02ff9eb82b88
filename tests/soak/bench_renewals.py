"""A million verdicts in use, each asked for twice in its life of ten minutes, for
25 minutes: how many of these lookups found their verdict renewed in time, and how
many had to wait for DNS."""

import time

import bench_memory
import measure
import wire

VERDICTS = 1_000_000
LIFE = 600   # seconds
LIVES = 2.5
IN_FLIGHT = 60
NAMES = "n{}.many.example"


def run(table, servers, share):
    del servers
    count = int(VERDICTS * share)
    life = max(20, int(LIFE * share))
    with measure.running(
            server=[*bench_memory.SMALL_CACHES, "num-threads: 2"],
            settings=["cache_bytes = 4294967296", "prefetch = false",
                      f"max_verdict_life = {life}"]) as unbound:
        start = time.monotonic()
        bench_memory.ask(unbound, count, NAMES)
        filled = time.monotonic() - start
        before = unbound.stats()
        asked = ask_for(unbound, count, life)
        after = unbound.stats()
    waited = after["cache.misses"] - before["cache.misses"]
    table.add(f"{count} verdicts of {life} s: found renewed", None,
              100 * (1 - waited / asked), ">= 99 %", waited <= asked / 100, "%")
    table.add("filled within a life, seconds", None, filled, f"<= {life}",
              filled <= life, "s")
    for name in ("renewals.started", "renewals.dropped"):
        table.add(name, None, after[name] - before[name], "-", True)


def ask_for(unbound, count, life):
    """Each in turn, all of them twice a life; how many lookups that were."""
    pace = 2 * count / life  # a second
    asked = 0
    start = time.monotonic()
    with unbound.client() as client:
        while time.monotonic() - start < LIVES * life:
            client.send(b"".join(
                wire.lookup_frame(NAMES.format((asked + number) % count),
                                  number + 1)
                for number in range(IN_FLIGHT)))
            for _ in range(IN_FLIGHT):
                client.read()
            asked += IN_FLIGHT
            time.sleep(max(0, start + asked / pace - time.monotonic()))
    return asked
