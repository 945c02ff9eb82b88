"""Healthy lookups beside dead domains, default settings.

2, 32 and 200 dead domains, which a DNS client or a mail server asks for, and
one a second; 1 and 4 threads.
"""

import contextlib
import itertools
import threading
import time

import measure
import paced
import wire

SECONDS = 60
ONE_A_SECOND_SECONDS = 120
IDLE_SECONDS = 5
ALLOWED = 0.1  # seconds above idle


def run(table, servers, share):
    seconds = max(5, SECONDS * share)
    for threads, domains in itertools.product((1, 4), (2, 32, 200)):
        for asker in (prefetch, ask):
            row = f"{domains} dead, {asker.__name__}, {threads} threads"
            measure_beside(table, servers, threads, row, seconds,
                           lambda unbound, count=domains, asker=asker:
                           asker(unbound, range(count)))
    for asker in (prefetch, ask):
        row = f"one a second, {asker.__name__}"
        length = max(10, ONE_A_SECOND_SECONDS * share)
        measure_beside(table, servers, 1, row, length,
                       lambda unbound, asker=asker, length=length:
                       one_a_second(unbound, asker, length))


def prefetch(unbound, numbers):
    for number in numbers:
        unbound.query(f"d{number}.dead.made.unsigned", "MX", seconds=1)


def ask(unbound, numbers):
    """Asks, and waits for the answers on a thread of its own."""
    def wait():
        with contextlib.suppress(OSError), unbound.client() as client:
            client.sock.settimeout(40)
            for number in numbers:
                client.send(wire.lookup_frame(
                    f"d{number}.dead.made.unsigned", number))
            for _ in numbers:
                client.read()
    threading.Thread(target=wait, daemon=True).start()


def one_a_second(unbound, asker, seconds):
    def go_on():
        for number in range(int(seconds)):
            asker(unbound, [number])
            time.sleep(1)
    threading.Thread(target=go_on, daemon=True).start()


def measure_beside(table, servers, threads, row, seconds, attack):
    domains = paced.healthy_domains()
    with measure.running(server=[
            f"num-threads: {threads}",
            f'trust-anchor: "{servers.signed.anchor()}"']) as unbound:
        for number in range(8 * threads):
            unbound.query(f"{number}.dead.made.unsigned", "A")
        unbound.lookup("warm.signed.made.unsigned")
        idle = paced.Lookups(unbound, domains)
        idle.ask_for(IDLE_SECONDS)
        quiet = measure.p99([each.seconds for each in idle.wait()])
        attack(unbound)
        healthy = paced.Lookups(unbound, domains)
        healthy.ask_for(seconds)
        outcomes = healthy.wait()
    loaded = measure.p99([each.seconds for each in outcomes])
    refused = len(healthy.failures())
    table.add(f"{row}: p99", measure.milliseconds(quiet),
              measure.milliseconds(loaded), "<= idle + 100",
              loaded <= quiet + ALLOWED, "ms")
    table.add(f"{row}: not answered of {len(outcomes)}", None, refused, "0",
              refused == 0)
