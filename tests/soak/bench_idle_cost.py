"""Processor time of cached DNS answers with the module loaded and idle, beside
two resolvers without it: 40 rounds of dnsperf, in a new order each time. What the
two without it differ by is what this machine cannot tell.
"""

import contextlib
import random
import statistics
import subprocess

import measure

ROUNDS = 40
QUERIES = 100_000
PLACES = {"without": "127.53.1.2", "with": "127.53.1.3",
          "control": "127.53.1.4"}


def run(table, servers, share):
    del servers
    rounds = max(4, int(ROUNDS * share))
    costs = {name: [] for name in PLACES}
    with started() as unbounds:
        for _ in range(rounds):
            for name in random.sample(list(PLACES), len(PLACES)):
                costs[name].append(cost_of_answers(unbounds[name]))
    plain = [(one + other) / 2 for one, other
             in zip(costs["without"], costs["control"])]
    micro = 1e6 * statistics.median(plain) / QUERIES
    ratio = middle_ratio(costs["with"], plain)
    table.add(f"CPU for a cached answer, median of {rounds} rounds", micro,
              micro * ratio, "<= 1.02x", ratio <= 1.02, "us")
    table.add("the same of two resolvers without the module", micro,
              micro * middle_ratio(costs["control"], costs["without"]), "-",
              True, "us")


@contextlib.contextmanager
def started():
    """The resolvers by name, answers cached."""
    with contextlib.ExitStack() as stack:
        yield {name: start(stack, place, name == "with")
               for name, place in PLACES.items()}


def middle_ratio(those, these):
    return statistics.median(one / other for one, other in zip(those, these))


def start(stack, place, has_module):
    unbound = stack.enter_context(measure.running(
        modules=None if has_module else "validator iterator",
        server=[f"interface: {place}"]))
    unbound.place = place
    return unbound


def cost_of_answers(unbound, name="mx.ok.example", queries=QUERIES):
    """Seconds of processor time."""
    unbound.query(name, "A", address=unbound.place)
    questions = unbound.folder / "questions"
    questions.write_text(f"{name} A\n" * 1000)
    before = measure.running_seconds(unbound.process.pid)
    subprocess.run(["dnsperf", "-s", unbound.place, "-d", str(questions), "-n",
                    str(queries // 1000), "-q", "50"], check=True,
                   capture_output=True)
    return measure.running_seconds(unbound.process.pid) - before
