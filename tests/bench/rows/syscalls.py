"""Which system calls a cached verdict takes, on the client's side and in the
server, counted by strace over some hundred of them on one core. Each client has
one thread, which is checked. strace makes each call slower, so that who waits,
and whether several requests come at once, is not as it is without: the counts
are those of a client that is never in a hurry.
"""

import collections
import contextlib
import pathlib
import re
import subprocess
import tempfile
import time

import ground
from results import Goal

NAME = "syscalls"
TITLE = "System calls of a hit"
UNITS = {"calls": ""}
PEERS = {"client": "client", "server": "service thread of the module",
         "echo": "client of the echo", "echo-server": "the echo"}
GOALS = [Goal("calls", "<= 3", ours="client"), Goal("calls", "<= 3", ours="server"),
         Goal("calls", "", ours="echo"), Goal("calls", "", ours="echo-server")]
ROUNDS = 1
COUNT = 300
CALL = re.compile(r"^\d+ +(\w+)\(", re.M)


@contextlib.contextmanager
def start(quick):
    with contextlib.ExitStack() as stack:
        unbound = stack.enter_context(ground.unbound(ground.ONE))
        unbound.lookup(ground.DOMAIN)
        sizes = ground.sizes_of_exchange(unbound.socket, "danebound")
        place = stack.enter_context(ground.echo(ground.ONE, "one", sizes))
        echo, = children("bench_echo")
        yield {
            "client": lambda: of_client("danebound", unbound.socket),
            "server": lambda: of_server(unbound.process.pid, "danebound",
                                        unbound.socket),
            "echo": lambda: of_client("echo", place),
            "echo-server": lambda: of_server(echo, "echo", place)}


def children(name):
    """Processes of that name; all run in the tree's own namespace."""
    return [int(each.parent.name)
            for each in pathlib.Path("/proc").glob("[0-9]*/comm")
            if each.read_text().strip() == name]


def of_client(peer, place):
    """What it takes to start and to end goes away in the difference."""
    few, asked_few = trace(peer, place, 1)
    many, asked_many = trace(peer, place, COUNT)
    many.subtract(few)
    return by_call(many, asked_many - asked_few)


def trace(peer, place, count):
    """The calls of a whole run of bench_ask, and how often it asked."""
    with tempfile.NamedTemporaryFile("r") as log:
        values = ground.read_values(ground.start(
            ground.ONE, "/usr/bin/strace", "-f", "-qq", "-o", log.name,
            ground.program("bench_ask"), "waits", peer, place, ground.DOMAIN,
            count, 0))
        text = log.read()
    threads = len(set(re.findall(r"^\d+", text, re.M)))
    assert threads == 1, threads  # neither client starts any
    return collections.Counter(CALL.findall(text)), values["asked"]


def of_server(pid, peer, place):
    with tempfile.NamedTemporaryFile("r") as log:
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-p", str(pid), "-o",
                                   log.name])
        try:
            # Attached when a first exchange leaves a trace.
            while not pathlib.Path(log.name).stat().st_size:
                ground.ask(ground.ONE, "waits", peer, place, ground.DOMAIN, 1, 0)
            time.sleep(0.2)
            log.read()  # what came so far does not count
            asked = ground.ask(ground.ONE, "waits", peer, place, ground.DOMAIN,
                               COUNT, 0)["asked"]
            time.sleep(0.2)
        finally:
            tracer.terminate()
            tracer.wait()
        return by_call(collections.Counter(CALL.findall(log.read())),
                       asked)


def by_call(counter, hits):
    """Each call that is made at least once in ten hits, and their sum."""
    each = {name: count / hits for name, count in counter.items()
            if count >= hits / 10}
    return {"calls": sum(each.values()), **each}
