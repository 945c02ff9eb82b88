"""The benchmark works: with few requests each row of the table appears, and the
plots are made. What the figures are is of no interest here."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

import catalogue  # noqa: E402
import plots  # noqa: E402
from results import Data  # noqa: E402


class Quick(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="danebound-bench-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.done = subprocess.run(
            [FOLDER / "bench.py", "--quick", "--out", cls.folder], text=True,
            capture_output=True, check=False)

    def test_measures_every_peer_of_every_row(self):
        self.assertEqual(self.done.returncode, 0,
                         self.done.stdout + self.done.stderr)
        data = Data.read(self.folder / "data.tsv")
        for row in catalogue.rows():
            for peer in row.PEERS:
                self.assertTrue(data.measures(row.NAME, peer),
                                (row.NAME, peer))

    def test_prints_every_goal(self):
        for row in catalogue.rows():
            lines = [line for line in self.done.stdout.splitlines()
                     if line.startswith(row.TITLE)
                     and line.endswith((" met", " missed", " -"))]
            self.assertGreaterEqual(len(lines), len(row.GOALS), row.TITLE)

    def test_makes_plots_with_all_peers(self):
        for plot in plots.PLOTS:
            text = (self.folder / f"{plot.name}.svg").read_text()
            self.assertIn("</svg>", text)
            for name in plot.rows:
                row, = catalogue.chosen([name])
                for peer, words in row.PEERS.items():
                    if peer not in plot.without:
                        self.assertIn(words, text)


if __name__ == "__main__":
    unittest.main()
