"""Cached answers of a DNS client beside 64 fresh lookups in flight on one
connection, of 16 hosts each, all in the resolver's cache. What the same lookups
cost at another resolver of this machine is what its processors cannot do at
once."""

import contextlib

import measure
import wire

SECONDS = 10
IN_FLIGHT = 64


def run(table, servers, share):
    seconds = max(2, SECONDS * share)
    with contextlib.ExitStack() as stack:
        unbound = start(stack, servers)
        other = start(stack, servers, "interface: 127.53.1.2")
        unbound.query("ok.example", "MX")
        idle = cached_answers(seconds)
        with measure.beside(flood, other):
            control = measure.p99(cached_answers(seconds))
        with measure.beside(flood, unbound):
            loaded = cached_answers(seconds)
    quiet, p99 = measure.p99(idle), measure.p99(loaded)
    table.add("cached answers p99 beside 64 fresh lookups",
              measure.milliseconds(quiet), measure.milliseconds(p99),
              "<= 2x or 1 ms",
              p99 <= max(2 * quiet, measure.UNFELT_SECONDS), "ms")
    table.add("the same beside those of another resolver",
              measure.milliseconds(quiet), measure.milliseconds(control), "-",
              True, "ms")
    table.add("answers a second", len(idle) / seconds, len(loaded) / seconds,
              "-", True)


def start(stack, servers, *lines):
    unbound = stack.enter_context(measure.running(
        settings=["prefetch = false"],
        server=[f'trust-anchor: "{servers.signed.anchor()}"', *lines]))
    for number in range(IN_FLIGHT):
        unbound.lookup(f"d{number}.signed.made.unsigned")
    return unbound


def cached_answers(seconds):
    return measure.cached_answers("ok.example", "MX", seconds)


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
