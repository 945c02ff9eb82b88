"""Runs a test that makes its own zones beside the private tree of them.

    outside: write_world(folder) --> tree.py run -- the same test again
       `- inside: folder() has what was written
"""

import os
import pathlib
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[1] / "tree" / "tree.py"
NOT_RUN = 77  # exit code
_FOLDER = "DANEBOUND_TEST_WORLD"


def folder():
    """Where write_world left its files, inside the tree; outside it None."""
    path = os.environ.get(_FOLDER)
    return None if path is None else pathlib.Path(path)


def run(write_world):
    """Runs this program again inside the tree, and returns its exit code.

    write_world  leaves shared.zones, *.scenario and whatever else the test needs
                 in the folder that it is given
    """
    if os.geteuid() != 0:
        print(f"{pathlib.Path(sys.argv[0]).name}: not run, because mail servers "
              "need root to become their own users: run the tests as root")
        return NOT_RUN
    with tempfile.TemporaryDirectory(prefix="danebound-world-") as made:
        write_world(pathlib.Path(made))
        return subprocess.run(
            [TREE, "run", "--scenarios", made,
             "--unbound", os.environ["DANEBOUND_TEST_UNBOUND"],
             "--module", os.environ["DANEBOUND_TEST_MODULE"],
             "--", sys.executable, *sys.argv],
            env=dict(os.environ, **{_FOLDER: made}), check=False).returncode
