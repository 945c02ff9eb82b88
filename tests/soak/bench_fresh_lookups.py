"""Cached answers of a DNS client beside 64 fresh lookups in flight on one
connection, of 16 hosts each, all in the resolver's cache (FAULTS: flood)."""

import measure
import wire

SECONDS = 10
IN_FLIGHT = 64


def run(table, servers, share):
    with measure.running(settings=["prefetch = false"], server=[
            f'trust-anchor: "{servers.signed.anchor()}"']) as unbound:
        for number in range(IN_FLIGHT):
            unbound.lookup(f"d{number}.signed.made.unsigned")
        unbound.query("ok.example", "MX")
        seconds = max(2, SECONDS * share)
        idle = measure.cached_answers("ok.example", "MX", seconds)
        with measure.beside(flood, unbound):
            loaded = measure.cached_answers("ok.example", "MX", seconds)
    quiet, p99 = measure.p99(idle), measure.p99(loaded)
    table.add("cached answers p99 beside 64 fresh lookups",
              measure.milliseconds(quiet), measure.milliseconds(p99),
              "<= 2x or 1 ms",
              p99 <= max(2 * quiet, measure.UNFELT_SECONDS), "ms")
    table.add("answers a second", len(idle) / seconds, len(loaded) / seconds,
              "-", True)


def flood(unbound):
    with unbound.client() as client:
        for number in range(IN_FLIGHT):
            client.send(fresh(number))
        while True:
            _, number, _ = client.read()
            client.send(fresh(number))


def fresh(number):
    return wire.lookup_frame(f"d{number}.signed.made.unsigned", number,
                             wire.FRESH)
