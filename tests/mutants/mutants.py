#!/usr/bin/env python3
"""Breaks the code on purpose, one place after the other, and says which breaks
no test notices.

  mutants.py [--count N] [--seed N] [--build FOLDER] [--test TARGET]… FILE…

  mutants.py --test dane_test --test scenario_test stub/dane/*.cc

Each mutant is one change of one place in one FILE: an operator, a bound, a
condition, a number, a statement that is left out. The TARGETs (default dane_test)
are built and run; a mutant is
  caught    a test failed, or ended in disorder
  refused   it did not compile: that counts as caught
  ALIVE     all passed: a test lacks, or the change means nothing
The file is put back after each, also on Ctrl-C. Commit before: what is not
committed in FILE is an error. Exit codes: 0 none is alive, 1 some are, 2 wrong
arguments or a build that fails without any change.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys

# What stands in the code, and what it becomes.
CHANGES = [
    (r" && ", [" || "]),
    (r" \|\| ", [" && "]),
    (r" == ", [" != "]),
    (r" != ", [" == "]),
    (r" < ", [" <= ", " > "]),
    (r" <= ", [" < "]),
    (r" > ", [" >= ", " < "]),
    (r" >= ", [" > "]),
    (r" \+ 1\b", ["", " + 2"]),
    (r" - 1\b", [""]),
    (r"(?<=[(\s])!(?=[\w(])", [""]),
    (r"\btrue\b", ["false"]),
    (r"\bfalse\b", ["true"]),
    (r"(?<=return )(?=[a-z_]+\()", ["!"]),
    (r"\b(?:std::)?min\b", ["std::max"]),
    (r"\b(?:std::)?max\b", ["std::min"]),
    (r"(?m)^(\s+)(?:continue|break);$", [r"\1;"]),
    (r"(?m)^\s+[\w.>-]+(?:\([^;{}]*\))?(?: [+-]?= [^;{}]+)?;$", [""]),
    (r"(?m)^\s+if \([^{}]*?\) return[^;]*;$", [""]),
]


def places(text):
    """All (begin, end, replacement) of a text, outside of comments, includes and
    literals."""
    hidden = [match.span() for match in re.finditer(
        r'//[^\n]*|"(?:\\.|[^"\\\n])*"|(?m:^#[^\n]*)', text)]
    for pattern, replacements in CHANGES:
        for match in re.finditer(pattern, text):
            if any(begin < match.end() and match.start() < end
                   for begin, end in hidden if begin != end):
                continue
            for replacement in replacements:
                changed = match.expand(replacement)
                if changed != match.group():
                    yield match.start(), match.end(), changed


def build(folder, targets):
    return subprocess.run(
        ["cmake", "--build", folder, "--target", *targets],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        check=False).returncode == 0


def passes(folder, target):
    try:
        return subprocess.run(
            [folder / "bin" / target], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=300, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def verdict_of(folder, targets):
    if not build(folder, targets):
        return "refused"
    return "ALIVE" if all(passes(folder, each) for each in targets) else "caught"


def line_of(text, begin, end, changed):
    """What the mutant has made of its line."""
    first = text.rfind("\n", 0, begin) + 1
    last = text.find("\n", end)
    return " ".join((text[first:begin] + changed + text[end:last]).split())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", type=pathlib.Path,
                        default=pathlib.Path("build"))
    parser.add_argument("--test", action="append", metavar="TARGET")
    parser.add_argument("file", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    targets = arguments.test or ["dane_test"]
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", *arguments.file],
        capture_output=True, text=True, check=True).stdout
    if changed:
        sys.exit(f"mutants.py: not committed: {changed.strip()}")
    if verdict_of(arguments.build, targets) != "ALIVE":
        print("mutants.py: without any change the tests do not pass",
              file=sys.stderr)
        return 2
    all_places = [(path, place) for path in arguments.file
                  for place in places(path.read_text())]
    chosen = random.Random(arguments.seed).sample(
        all_places, min(arguments.count, len(all_places)))
    counts = {"caught": 0, "refused": 0, "ALIVE": 0}
    for path, (begin, end, replacement) in chosen:
        text = path.read_text()
        try:
            path.write_text(text[:begin] + replacement + text[end:])
            verdict = verdict_of(arguments.build, targets)
        finally:
            path.write_text(text)
        counts[verdict] += 1
        number = text.count("\n", 0, begin) + 1
        print(f"{verdict:8} {path}:{number}: "
              f"{line_of(text, begin, end, replacement)}", flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()),
          f"of {len(all_places)} possible")
    build(arguments.build, targets)
    return 1 if counts["ALIVE"] else 0


if __name__ == "__main__":
    sys.exit(main())
