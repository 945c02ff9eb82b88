"""Processor time of cached DNS answers with the module loaded and idle, beside
none: 40 pairs of runs of dnsperf, in turn."""

import contextlib
import statistics
import subprocess

import measure

PAIRS = 40
QUERIES = 100_000
PLACES = {"with": "127.53.1.2", "without": "127.53.1.3"}


def run(table, servers, share):
    del servers
    pairs = max(4, int(PAIRS * share))
    ratios, alone = [], []
    with contextlib.ExitStack() as stack:
        loaded = start(stack, "with", None)
        plain = start(stack, "without", "validator iterator")
        for number in range(pairs):
            order = (loaded, plain) if number % 2 else (plain, loaded)
            cost = {unbound: cost_of_answers(unbound) for unbound in order}
            ratios.append(cost[loaded] / cost[plain])
            alone.append(cost[plain])
    middle = statistics.median(ratios)
    micro = 1e6 * statistics.median(alone) / QUERIES
    table.add(f"CPU for a cached answer, median of {pairs} pairs", micro,
              micro * middle, "<= 1.02x", middle <= 1.02, "us")
    table.add("the same, least and greatest ratio", min(ratios), max(ratios),
              "-", True)


def start(stack, place, modules):
    unbound = stack.enter_context(measure.running(
        modules=modules, server=[f"interface: {PLACES[place]}"]))
    unbound.place = PLACES[place]
    unbound.query("ok.example", "MX", address=unbound.place)
    unbound.query("mx.ok.example", "A", address=unbound.place)
    return unbound


def cost_of_answers(unbound):
    questions = unbound.folder / "questions"
    questions.write_text("mx.ok.example A\n" * 1000)
    before = measure.cpu_seconds(unbound.process.pid)
    subprocess.run(["dnsperf", "-s", unbound.place, "-d", str(questions), "-n",
                    str(QUERIES // 1000), "-q", "50"], check=True,
                   capture_output=True)
    return measure.cpu_seconds(unbound.process.pid) - before
