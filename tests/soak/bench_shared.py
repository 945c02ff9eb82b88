"""Two resolvers with a Redis between them: cold verdicts of the first, which has
them from name servers and stores the answers, and of the second, which finds most
of them in Redis; the same without Redis; and what Redis keeps for an answer."""

import re
import time

import bench_memory
import measure
import redis_test

VERDICTS = 20_000
NAMES = "n{}.many.example"
CLAUSES = ["cachedb:", '  backend: "redis"',
           f"  redis-server-host: {redis_test.PLACE[0]}",
           f"  redis-server-port: {redis_test.PLACE[1]}"]


def run(table, servers, share):
    del servers
    count = max(1000, int(VERDICTS * share))
    redis = redis_test.Redis()
    try:
        empty = used(redis)
        storing = rate(redis_test.FIRST, count, redis_test.CHAIN, CLAUSES)
        entries = int(redis.call("DBSIZE"))
        octets = (used(redis) - empty) / entries
        finding = rate(redis_test.SECOND, count, redis_test.CHAIN, CLAUSES)
    finally:
        redis.stop()
    alone = rate(redis_test.THIRD, count, None, ())
    table.add("cold verdicts a second, stored (idle: no Redis)", alone, storing,
              "-", True)
    table.add("cold verdicts a second, found (idle: no Redis)", alone, finding,
              "-", True)
    table.add("entries of Redis for a verdict of these", None, entries / count,
              "-", True)
    table.add("memory of Redis for an entry", None, octets, "-", True, "octets")


def used(redis):
    return int(re.search(rb"used_memory:(\d+)", redis.call("INFO", "memory"))[1])


def rate(address, count, modules, clauses):
    # Else one wildcard answers for all.
    with measure.running(server=["num-threads: 1", f"interface: {address}",
                                 "aggressive-nsec: no"],
                         settings=["prefetch = false",
                                   "cache_bytes = 1073741824"],
                         modules=modules, clauses=clauses) as unbound:
        unbound.lookup("first.many.example")
        start = time.monotonic()
        refused = bench_memory.ask(unbound, count, NAMES)
        taken = time.monotonic() - start
    assert refused == 0, refused
    return count / taken
