"""A million next hops through a cache that is bound to 64 MiB.

None of them exists, and the resolver knows so of one NSEC record, so that no
query goes upstream.
"""

import measure
import wire

NEXT_HOPS = 1_000_000
BOUND = 64 << 20
IN_FLIGHT = 60
OTHER_NAMES = 20_000
SMALL_CACHES = ("msg-cache-size: 4m", "rrset-cache-size: 4m",
                "neg-cache-size: 1m")


def run(table, servers, share):
    del servers
    hops = int(NEXT_HOPS * share)
    with measure.running(
            server=["aggressive-nsec: yes", *SMALL_CACHES],
            settings=[f"cache_bytes = {BOUND}", "prefetch = false"]) as unbound:
        fill_caches_of_resolver(unbound)
        before = measure.resident_octets(unbound.process.pid)
        refused = ask(unbound, hops, "n{}.ok.example")
        grown = measure.resident_octets(unbound.process.pid) - before
        stats = unbound.stats()
    table.add(f"memory grown by {hops} next hops", None, grown / (1 << 20),
              "<= 70.4", grown <= 1.1 * BOUND, "MiB")
    table.add("the cache's own count", None, stats["cache.bytes"] / (1 << 20),
              "<= 64", stats["cache.bytes"] <= BOUND, "MiB")
    table.add("verdicts given up for room", None, stats["cache.evictions"],
              "> 0", stats["cache.evictions"] > 0 or hops < NEXT_HOPS)
    table.add("refused", None, refused, "0", refused == 0)


def fill_caches_of_resolver(unbound):
    """Gives the resolver's own caches their size before it is measured."""
    for number in range(OTHER_NAMES):
        unbound.query(f"other{number}.ok.example", "MX")


def ask(unbound, count, names):
    """How many of so many next hops were refused; `names` has {} for a number.
    """
    refused = sent = 0
    with unbound.client() as client:
        for answered in range(count):
            burst = []
            while sent < min(count, answered + IN_FLIGHT):
                burst.append(wire.lookup_frame(
                    names.format(sent), sent % 65536))
                sent += 1
            if burst:
                client.send(b"".join(burst))
            kind, _, _ = client.read()
            refused += kind == wire.ERROR
    return refused
