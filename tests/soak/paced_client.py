"""A paced client beside flat-out connections (paced_client.cc), against a real
Unbound with the module. By hand:

    DANEBOUND_TEST_UNBOUND=… DANEBOUND_TEST_MODULE=… ../tree/tree.py run \\
      --scenarios ../module/zones -- /usr/bin/python3 -B paced_client.py PROGRAM

PROGRAM is the built paced_client. On a machine that has other work put `chrt -r 1`
before the command, else its waits are those of the scheduler. Exits with 1 where the 99th percentile beside
the load is above 1 ms and above twice that of an idle module."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "module"))
import resolver  # noqa: E402


def main(program, counts=(4, 64, 120), seconds=5):
    unbound = resolver.Resolver()
    try:
        unbound.lookup("ok.example")
        codes = [subprocess.run(
            [program, str(unbound.socket), "ok.example", str(count),
             str(seconds)], check=False).returncode for count in counts]
    finally:
        unbound.stop()
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
