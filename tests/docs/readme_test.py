"""README.md says what is true: its commands exist, its paths exist, its packages
are the ones that bootstrap installs, and its verdicts are what comes out."""

import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks():
    return re.findall(r"^```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README,
                     re.MULTILINE | re.DOTALL).group(1)


def bootstrap(*arguments):
    return subprocess.run([ROOT / "bootstrap", *arguments], text=True,
                          capture_output=True, check=False)


def comparable(text):
    """Without what differs from run to run: lives, addresses of the tree's name
    servers, and the line breaks that come of both."""
    text = re.sub(r"(holds|again in)( \d+ (d|h|min|s))+", r"\1 TIME", text)
    text = re.sub(r"127\.53\.\d+\.\d+", "SERVER", text)
    return " ".join(text.split())


def split_command(text):
    """A command, on over lines that end in a backslash, and its output."""
    lines = text.splitlines(keepends=True)
    length = 1
    while lines[length - 1].endswith("\\\n"):
        length += 1
    return "".join(lines[:length]), "".join(lines[length:])


class Readme(unittest.TestCase):

    def test_names_commands_that_bootstrap_has(self):
        help_text = bootstrap("--help").stdout
        verbs = set(re.findall(r"\./bootstrap ([a-z]+)", README))
        self.assertTrue({"deb", "run", "test"} <= verbs)
        for verb in verbs:
            self.assertRegex(help_text, rf"(?m)^  {verb} ")
        for option in re.findall(r"\./bootstrap [a-z]+ (--[a-z]+)", README):
            self.assertIn(f"  {option} ", help_text)

    def test_names_paths_that_exist(self):
        named = re.findall(r"`((?:stub|module|tests|docs|unbound-conf)/[^` ]*)`",
                           README)
        self.assertTrue(named)
        for path in named:
            self.assertTrue((ROOT / path).exists(), path)

    def test_maps_every_folder(self):
        for folder in ("module", "stub", "tests", "unbound-conf", "docs"):
            self.assertIn(f"`{folder}/", section("Where things are"))

    def test_lists_the_packages_that_bootstrap_installs(self):
        arrays = re.findall(r"_PACKAGES=\((.*?)\)",
                            (ROOT / "bootstrap").read_text(encoding="utf-8"),
                            re.DOTALL)
        installed = set(" ".join(arrays).split()) | {"git"}
        rows = re.findall(r"^\|[^|]*\|([^|]*)\|$", section("Dependencies"),
                          re.MULTILINE)[2:]
        listed = set(re.split(r"[,;\s]+", " ".join(rows).strip()))
        self.assertEqual(listed, installed)

    def test_shows_verdicts_that_run_prints(self):
        shown, = (block for block in blocks() if "$ ./bootstrap run\n" in block)
        demo = subprocess.run(
            [ROOT / "tests/tree/demo.sh", os.environ["DANEBOUND_TEST_COMMAND"],
             os.environ["DANEBOUND_TEST_UNBOUND"],
             os.environ["DANEBOUND_TEST_MODULE"]],
            text=True, capture_output=True, check=False)
        self.assertEqual(demo.returncode, 0, demo.stderr)
        printed = comparable(demo.stdout)
        self.assertGreaterEqual(demo.stdout.count("\n# "), 12)
        for verdict in re.split(r"\n\n|…\n", shown):
            if verdict.startswith("# "):
                # Host by host: equal preferences come in any order.
                for part in re.split(r"(?m)^(?= +\d+  \S)", verdict):
                    self.assertIn(comparable(part), printed)

    def test_shows_what_the_offline_commands_print(self):
        shown, = (block for block in blocks() if "$ danebound verify" in block)
        command = pathlib.Path(os.environ["DANEBOUND_TEST_COMMAND"])
        for part in re.split(r"(?m)^\$ ", shown)[1:]:
            line, output = split_command(part)
            printed = subprocess.run(
                ["bash", "-c", line], cwd=ROOT / "tests/docs", text=True,
                capture_output=True, check=False,
                env={"PATH": f"{command.parent}:/usr/bin:/bin"})
            self.assertEqual(printed.stdout, output, printed.stderr)


if __name__ == "__main__":
    unittest.main()
