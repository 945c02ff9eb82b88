"""A burst of 100,000 domains that nobody has asked for before, 256 of them at a
time: verdicts, and the same four DNS questions for each asked directly (MX, then
A, AAAA and TLSA of its host), of one Unbound each time, with one thread and empty
caches, in turn. What the module adds to the processor time of Unbound is its own
share. In a tree of its own, as signing the zone takes a minute."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
DOMAINS = 100_000
AT_ONCE = 256
ROUNDS = 3
NAMES = "d%.burst.example"


def run(table, servers, share):
    del servers
    domains = max(1000, int(DOMAINS * share))
    done = subprocess.run(
        [FOLDER.parent / "tree/tree.py", "run", "--scenarios",
         FOLDER / "burst_zones", "--", "/usr/bin/python3", "-B", __file__,
         str(domains)], stdout=subprocess.PIPE, check=True)
    rounds = json.loads(done.stdout)
    ratio = statistics.median(each["danebound"]["rate"] / each["waves"]["rate"]
                              for each in rounds)
    table.add(f"{domains} cold domains, a second (idle: DNS by hand)",
              middle(rounds, "waves", "rate"),
              middle(rounds, "danebound", "rate"), ">= 0.8x", ratio >= 0.8)
    table.add("CPU of Unbound for each (idle: DNS by hand)",
              middle(rounds, "waves", "cpu"), middle(rounds, "danebound", "cpu"),
              "-", True, "us")
    table.add("CPU of the client for each (idle: DNS by hand)",
              middle(rounds, "waves", "client"),
              middle(rounds, "danebound", "client"), "-", True, "us")


def middle(rounds, peer, value):
    return statistics.median(each[peer][value] for each in rounds)


def measure_rounds(domains):
    return [{peer: measure_one(peer, domains)
             for peer in ("danebound", "waves")[::1 if number % 2 else -1]}
            for number in range(ROUNDS)]


def measure_one(peer, domains):
    import measure
    import resolver
    with measure.running(server=["num-threads: 1", "msg-cache-size: 256m",
                                 "rrset-cache-size: 512m"],
                         settings=["prefetch = false",
                                   "cache_bytes = 536870912"]) as unbound:
        unbound.lookup("d99999.burst.example")
        place = unbound.socket if peer == "danebound" else resolver.ADDRESS
        before = measure.running_seconds(unbound.process.pid)
        own = os.times()
        done = subprocess.run(
            [pathlib.Path(os.environ["DANEBOUND_BENCH_PROGRAMS"]) / "bench_ask",
             "burst", peer, str(place), NAMES, str(domains), str(AT_ONCE)],
            check=True, stdout=subprocess.PIPE, text=True)
        spent = os.times()
        return {"rate": float(done.stdout.split()[1]),
                "cpu": 1e6 * (measure.running_seconds(unbound.process.pid)
                              - before) / domains,
                "client": 1e6 * (spent.children_user + spent.children_system
                                 - own.children_user - own.children_system)
                          / domains}


if __name__ == "__main__":
    sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "module")]
    print(json.dumps(measure_rounds(int(sys.argv[1]))))
