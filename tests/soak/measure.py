"""What the benches have in common: loads, meters, and the table they print."""

import contextlib
import multiprocessing
import os
import pathlib
import socket
import time

import dns.message

import paced
import resolver

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
# Below this nothing is noticed: on a busy machine the scheduler alone takes it.
UNFELT_SECONDS = 0.001


class Table:
    """Rows "what, idle, loaded, ratio, wanted"; knows whether all is well."""

    def __init__(self):
        self._rows = [("what", "idle", "loaded", "ratio", "wanted", "")]
        self.missed = False

    def add(self, what, idle, loaded, wanted, met, unit=""):
        """A row of two values; one that has no idle value gives None."""
        ratio = "-" if not idle else f"{loaded / idle:.2f}"
        self._rows.append((what, "-" if idle is None else _short(idle, unit),
                           _short(loaded, unit), ratio, wanted,
                           "met" if met else "MISSED"))
        self.missed |= not met

    def print(self):
        widths = [max(map(len, column)) for column in zip(*self._rows)]
        for row in self._rows:
            print("  ".join(word.ljust(width) for word, width
                            in zip(row, widths)).rstrip(), flush=True)


def _short(value, unit):
    number = f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
    return f"{number} {unit}".strip()


def milliseconds(seconds):
    return seconds * 1000


def cpu_seconds(pid):
    """Processor time of a process so far, user and system."""
    return _cpu_of(pathlib.Path(f"/proc/{pid}/stat"))


def running_seconds(pid):
    """The same without what threads that are gone used, to the nanosecond."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def service_thread_seconds(pid):
    """That of the busiest thread but the first: with one resolver thread, the
    module's service thread."""
    return max(_cpu_of(task / "stat")
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
               if task.name != str(pid))


def _cpu_of(stat):
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_octets(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def cached_answers(name, kind, seconds, interval=0.002):
    """Asks one question that the resolver has cached at a steady pace, and
    returns the seconds of each answer; a lost one counts as all of a second."""
    question = dns.message.make_query(name, kind).to_wire()
    taken = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((resolver.ADDRESS, 53))
        sock.settimeout(1)
        end = time.monotonic() + seconds
        while (start := time.monotonic()) < end:
            sock.send(question)
            try:
                sock.recv(4096)
            except TimeoutError:
                pass
            taken.append(time.monotonic() - start)
            time.sleep(max(0, start + interval - time.monotonic()))
    return taken


def p99(values):
    return paced.percentile(values, 0.99)


@contextlib.contextmanager
def beside(call, *arguments):
    """Runs the call in a process of its own, until the block ends."""
    process = multiprocessing.Process(target=call, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


@contextlib.contextmanager
def running(*arguments, **options):
    """A Resolver that is stopped, and must stop cleanly."""
    unbound = resolver.Resolver(*arguments, **options)
    try:
        yield unbound
    finally:
        unbound.stop()
