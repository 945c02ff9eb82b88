#!/usr/bin/python3
"""Measures rows of the benchmark beside the tree of zones/, round by round, and
leaves data, table and plots in a folder. README.md in this folder.

    bench.py [--quick] [--rounds N] [--publish] --out FOLDER [ROW…]
"""

import argparse
import pathlib
import random
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import catalogue  # noqa: E402
import ground  # noqa: E402
import machine  # noqa: E402
import report  # noqa: E402
from results import Data  # noqa: E402

ROUNDS = 7
QUICK_ROUNDS = 2


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help="few requests: whether it works, no figures")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--publish", action="store_true",
                        help="put data, tables and plots into docs/")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    return parser.parse_args()


def measure(row, rounds, is_quick, data):
    """All peers once a round, in a new order each time."""
    with row.start(is_quick) as calls:
        for number in range(rounds):
            print(f"    {row.NAME}: round {number + 1} of {rounds}",
                  flush=True)
            for peer in random.sample(list(calls), len(calls)):
                for name, value in calls[peer]().items():
                    data.add(row.NAME, peer, name, value)


def measure_pieces(is_quick, folder):
    """Google Benchmark's own table, and its data beside ours."""
    program = ground.program("bench_pieces")
    if program.exists():
        print("==> Pieces", flush=True)
        subprocess.run(
            [program, f"--benchmark_out={folder / 'pieces.json'}",
             f"--benchmark_min_time={0.01 if is_quick else 0.5}"], check=True)


def main():
    arguments = parse_arguments()
    try:
        rows = catalogue.chosen(arguments.rows)
    except ValueError as error:
        sys.exit(f"bench: {error}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    data = Data()
    data.notes = machine.notes()
    for row in rows:
        print(f"==> {row.TITLE}", flush=True)
        rounds = getattr(row, "ROUNDS", arguments.rounds)
        if arguments.quick:
            rounds = min(rounds, QUICK_ROUNDS)
        measure(row, rounds, arguments.quick, data)
        data.write(arguments.out / "data.tsv")
    if not arguments.rows:
        measure_pieces(arguments.quick, arguments.out)
    report.make(arguments.out, arguments.publish)


if __name__ == "__main__":
    main()
