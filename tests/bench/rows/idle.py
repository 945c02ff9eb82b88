"""What it costs a DNS client that the module is there: the processor time of
Unbound for 100,000 answers from its cache, asked for by dnsperf with 50 open,
with the module loaded and idle, and without it; and of a second Unbound without
it, as what the two without it differ by is what this machine cannot tell. 40
rounds, in a new order each time: `tests/soak/bench_idle_cost.py`.
"""

import contextlib

import ground
from results import Goal

NAME = "idle"
TITLE = "CPU of a cached DNS answer, module loaded and idle"
UNITS = {"cpu": "us"}
PEERS = {"danebound": "Unbound with the module",
         "without": "Unbound without it",
         "control": "a second one without it"}
GOALS = [Goal("cpu", "<= 1.02", beside="without"),
         Goal("cpu", "", ours="control", beside="without")]
ROUNDS = 40


@contextlib.contextmanager
def start(quick):
    bench_idle_cost = ground.borrowed.bench_idle_cost
    queries = 2000 if quick else bench_idle_cost.QUERIES
    with bench_idle_cost.started() as unbounds:
        def measure(unbound):
            seconds = bench_idle_cost.cost_of_answers(
                unbound, "mx1.two.bench.example", queries)
            return {"cpu": 1e6 * seconds / queries}
        yield {"danebound" if name == "with" else name:
               lambda unbound=unbound: measure(unbound)
               for name, unbound in unbounds.items()}
