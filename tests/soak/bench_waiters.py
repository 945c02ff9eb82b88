"""8,192 requests that wait for one lookup, which waits for room itself: what the
service thread does meanwhile."""

import contextlib
import time

import measure
import wire

CONNECTIONS = 128
OTHERS = 200  # dead domains that are asked for before
IN_FLIGHT = 64
SECONDS = 10


def run(table, servers, share):
    del servers
    with measure.running(settings=["max_connections_per_user = 256"]) as unbound:
        unbound.lookup("ok.example")
        pid = unbound.process.pid
        idle = share_of_a_processor(pid, 3)
        with contextlib.ExitStack() as stack:
            ask(stack, unbound, range(OTHERS))
            time.sleep(1)
            for _ in range(CONNECTIONS):
                ask(stack, unbound, [OTHERS] * IN_FLIGHT)
            time.sleep(1)
            loaded = share_of_a_processor(pid, max(3, SECONDS * share))
    table.add(f"CPU of the service thread, {CONNECTIONS * IN_FLIGHT} waiters",
              idle, loaded, "<= 5 %", loaded <= 5, "%")


def ask(stack, unbound, domains):
    client = stack.enter_context(unbound.client())
    client.send(b"".join(
        wire.lookup_frame(f"d{domain}.dead.made.unsigned", number)
        for number, domain in enumerate(domains)))


def share_of_a_processor(pid, seconds):
    """Percent."""
    before = measure.service_thread_seconds(pid)
    time.sleep(seconds)
    return 100 * (measure.service_thread_seconds(pid) - before) / seconds
