"""What the rows stand on: resolvers and daemons, askers, and which processor
each may use."""

import contextlib
import importlib
import os
import pathlib
import select
import socket
import subprocess
import sys
import tempfile
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
TESTS = FOLDER.parent
sys.path[:0] = [str(TESTS / each) for each in ("module", "soak", "serve", "mta")]


class _Borrowed:
    """Modules of those folders by name, read when they are used: they ask for the
    tree, which a report has not."""

    def __getattr__(self, name):
        return importlib.import_module(name)


borrowed = _Borrowed()
CORES = sorted(os.sched_getaffinity(0))
ONE = {CORES[0]}
TWO = set(CORES[:2])
DOMAIN = "two.bench.example"
# What every resolver here has, so that peers ask the same one.
QUIET = ("prefetch = false",)


def pin(pid, cores):
    """Lets all threads of a process run on these processors alone."""
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), cores)


def program(name):
    """The path of one of the bench's own programs."""
    return pathlib.Path(os.environ["DANEBOUND_BENCH_PROGRAMS"]) / name


def ask(cores, *words):
    """Runs bench_ask, and returns what it printed: name to value."""
    return read_values(start_asking(cores, *words))


def start_asking(cores, *words):
    return start(cores, program("bench_ask"), *words)


def start(cores, path, *words):
    return subprocess.Popen(
        [str(path), *map(str, words)], stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores))


def read_values(process):
    output, _ = process.communicate()
    if process.returncode != 0:
        raise AssertionError(f"{process.args[:3]} failed")
    return {name: float(value) for name, value
            in (line.split() for line in output.splitlines())}


@contextlib.contextmanager
def unbound(cores, server=(), settings=QUIET, **options):
    """An Unbound with the module and one thread."""
    with borrowed.measure.running(server=["num-threads: 1", *server],
                         settings=settings, **options) as running:
        # Makes its thread known to the module, also on a busy machine.
        running.query(DOMAIN, "A")
        pin(running.process.pid, cores)
        yield running


@contextlib.contextmanager
def echo(cores, kind, sizes):
    """bench_echo; gives the place for those who ask it."""
    with tempfile.TemporaryDirectory(prefix="danebound-bench-") as folder:
        path = f"{folder}/echo.sock"
        process = start(cores, program("bench_echo"), kind, path, *sizes)
        try:
            if not borrowed.resolver.wait_until(lambda: os.path.exists(path)):
                raise AssertionError("bench_echo does not start")
            yield ":".join([path, *map(str, sizes)])
        finally:
            process.kill()
            process.wait()


class Relay:
    """Passes octets on between one client and a server, and counts them."""

    def __init__(self, server):
        self._folder = tempfile.TemporaryDirectory(prefix="danebound-bench-")
        self.path = f"{self._folder.name}/relay.sock"
        self.counts = [0, 0]  # of requests, of replies
        self._server = str(server)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._thread.join(10)
        self._listener.close()
        self._folder.cleanup()

    def _pass_on(self):
        client, _ = self._listener.accept()
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._server)
            ways = {client: (server, 0), server: (client, 1)}
            while True:
                for source in select.select(list(ways), [], [])[0]:
                    octets = source.recv(1 << 16)
                    if not octets:
                        return
                    target, way = ways[source]
                    target.sendall(octets)
                    self.counts[way] += len(octets)


def sizes_of_exchange(path, peer, domain=DOMAIN):
    """Octets of one request and its reply, as they go over the socket."""
    with Relay(path) as relay:
        asked = int(ask(ONE, "waits", peer, relay.path, domain, 1, 0)["asked"])
    for count in relay.counts:
        assert count % asked == 0, relay.counts
    return [count // asked for count in relay.counts]
