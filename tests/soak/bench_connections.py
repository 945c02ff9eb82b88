"""Ten thousand connections: each is answered, and then stays while a client that
asks now and then has its waits measured, beside none."""

import contextlib
import resource
import time

import measure
import wire

CONNECTIONS = 10_000
PACED = 2000
PACE = 0.002  # seconds
OTHER_FILES = 4096


def run(table, servers, share):
    del servers
    count = max(100, int(CONNECTIONS * share))
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    if most_files < count + OTHER_FILES:
        raise SystemExit(f"connections: {count + OTHER_FILES} open files are "
                         f"needed, and {most_files} allowed: ulimit -n")
    with measure.running(settings=[
            f"max_connections = {count + 64}",
            f"max_connections_per_user = {count + 32}"]) as unbound:
        pid = unbound.process.pid
        unbound.lookup("ok.example")
        idle = measure.p99(waits(unbound))
        before = measure.resident_octets(pid)
        with contextlib.ExitStack() as stack:
            start = time.monotonic()
            clients = [stack.enter_context(unbound.client())
                       for _ in range(count)]
            answered = sum(is_answered(client) for client in clients)
            rate = count / (time.monotonic() - start)
            grown = (measure.resident_octets(pid) - before) / count
            loaded = measure.p99(waits(unbound))
            cpu = measure.service_thread_seconds(pid)
            time.sleep(3)
            cpu = 100 * (measure.service_thread_seconds(pid) - cpu) / 3
    table.add(f"answered of {count} connections", None, answered, str(count),
              answered == count)
    table.add("connected and answered a second", None, rate, "-", True)
    table.add("memory for each", None, grown, "-", True, "octets")
    table.add("p99 of a paced client beside them",
              measure.milliseconds(idle), measure.milliseconds(loaded),
              "<= 2x or 1 ms",
              loaded <= max(2 * idle, measure.UNFELT_SECONDS), "ms")
    table.add("CPU of the service thread, all of them idle", None, cpu,
              "<= 1 %", cpu <= 1, "%")


def is_answered(client):
    client.send(wire.lookup_frame("ok.example"))
    return client.read()[0] != wire.ERROR


def waits(unbound):
    taken = []
    with unbound.client() as client:
        for _ in range(PACED):
            start = time.monotonic()
            assert is_answered(client)
            taken.append(time.monotonic() - start)
            time.sleep(PACE)
    return taken
