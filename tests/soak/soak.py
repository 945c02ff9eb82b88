#!/usr/bin/python3
"""Runs benches by name, and says whether all figures are reached.

    soak.py [NAME…]      in the tree of tests/module/flood_zones; README.md

$DANEBOUND_SOAK_SHARE, 0 to 1, makes the long ones shorter.
"""

import importlib
import os
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "module")]

import authority  # noqa: E402
import measure  # noqa: E402

NAMES = ("dead_domains", "prefetch_load", "fresh_lookups", "waiters",
         "reloads", "idle_cost", "memory", "million", "connections", "burst",
         "shared", "renewals")


def main(names):
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"soak: no bench {unknown[0]}; there are {', '.join(NAMES)}",
              file=sys.stderr)
        return 2
    share = float(os.environ.get("DANEBOUND_SOAK_SHARE", "1"))
    missed = False
    for name in names or NAMES:
        print(f"==> {name}", flush=True)
        table = measure.Table()
        servers = authority.Authority()
        try:
            importlib.import_module(f"bench_{name}").run(table, servers, share)
        finally:
            servers.stop()
        table.print()
        missed |= table.missed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
