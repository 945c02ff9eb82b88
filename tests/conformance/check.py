"""Holds docs/conformance.md, docs/verdicts.md, the findings of docs/check.md and
pictures of outputs in headers against the code.

  check.py SOURCE_DIR

Prints a line for each fault and exits with 1 if there is any:
  - a section that a comment in stub/ or module/ cites has no row;
  - a row names a file, a test or a scenario that does not exist;
  - an identifier of a verdict is not explained in docs/verdicts.md;
  - a finding of `danebound check` is not in the table of docs/check.md, or one
    in the table is in no code;
  - the head of a header shows a line of output that its test does not expect.
"""

import pathlib
import re
import sys

CITATION = re.compile(r"RFC (\d+) ((?:\d+(?:\.\d+)*)(?:, \d+(?:\.\d+)*)*)")
# | RFC 7672 2.2.1 | what it asks | code | held by |
ROW = re.compile(
    r"^\| RFC (\d+) ([\d., ]+) \|[^|]*\|([^|]*\|[^|]*)\|$", re.M)
TEST = re.compile(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", re.M)
IDENTIFIER_SOURCES = ["reason.cc", "tlsa.cc", "verdict.cc"]
# Headers that begin with a picture of an output, and the test that has it whole.
PICTURES = {
    "stub/cli/forms/table.h": "tests/cli/table_test.cc",
    "stub/cli/forms/check_table.h": "tests/check/forms_test.cc",
    "stub/cli/forms/log_summary_report.h": "tests/cli/log_summary_command_test.cc",
}


def sections(number, listed):
    return {(number, section.strip()) for section in listed.split(",")}


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".h", ".cc", ".c"}:
                yield path


def cited(root):
    """Maps each cited (RFC, section) to the first file that cites it."""
    found = {}
    for path in sources(root, "stub", "module"):
        text = re.sub(r"\s*\n\s*(//|\*)\s*", " ", path.read_text())
        for number, listed in CITATION.findall(text):
            for section in sections(number, listed):
                found.setdefault(section, path.relative_to(root))
    return found


def tests(root):
    names = set()
    for path in sources(root, "tests"):
        names |= {".".join(pair) for pair in TEST.findall(path.read_text())}
    return names


def picture_faults(root):
    """A line of a picture that ends in "…" is the beginning of the test's."""
    for header, test in PICTURES.items():
        head = (root / header).read_text().partition("#ifndef")[0]
        picture = re.findall(r"^//   (.+)$", head, re.M)
        if not picture:
            yield f"{header}: begins with no picture"
        # Lines of raw strings, or strings of one line each.
        expected = [re.sub(r'^\s*R"\(|^\s*"(.*)\\n"[,;)]*$', r"\1", line).strip()
                    for line in (root / test).read_text().splitlines()]
        for line in picture:
            shown = line.strip()
            if not any(each.startswith(shown[:-1]) if shown.endswith("…")
                       else each == shown for each in expected):
                yield f"{header}: {test} does not expect \"{shown}\""


def finding_ids(root):
    """What the rules of `danebound check` call their findings."""
    rules = (root / "stub/check/outcome.cc").read_text()
    troubles = (root / "stub/check/evidence.cc").read_text()
    troubles = troubles.partition("ToText(KeyType")[0]
    return {*re.findall(r'Found\(\s*Health::\w+,\s*"([a-z-]+)"', rules),
            *re.findall(r'kNotProbed = "([a-z-]+)"', rules),
            *re.findall(r'"([a-z]+-ends)"', rules),
            *re.findall(r'return "([a-z-]+)";', troubles)} - {"not-probed"}


def finding_faults(root):
    ids = finding_ids(root)
    table = re.search(r"^## Findings\n(.*?)^## ",
                      (root / "docs/check.md").read_text(), re.M | re.S)[1]
    listed = {each for cell in re.findall(r"^\| (`[^|]*)\|", table, re.M)
              for each in re.findall(r"`([a-z-]+)`", cell)}
    reasons = set(re.findall(r'return \{"([a-z-]+)"',
                             (root / "stub/dane/reason.cc").read_text()))
    for each in sorted(ids - listed):
        yield f"docs/check.md: does not list the finding {each}"
    for each in sorted(listed - ids - reasons):
        yield f"docs/check.md: lists {each}, which is in no code"


def faults(root):
    yield from picture_faults(root)
    yield from finding_faults(root)
    text = (root / "docs/conformance.md").read_text()
    rows = ROW.findall(text)
    covered = set().union(*(sections(number, listed)
                            for number, listed, _ in rows))
    for section, path in sorted(cited(root).items()):
        if section not in covered:
            yield (f"{path}: cites RFC {section[0]} {section[1]}, which has no "
                   "row in docs/conformance.md")
    known_tests = tests(root)
    for number, listed, rest in rows:
        for name in re.findall(r"`([^`]+)`", rest):
            is_path = "/" in name
            exists = ((root / name).exists() if is_path
                      else name in known_tests or "." not in name)
            if not exists:
                yield f"docs/conformance.md: RFC {number} {listed}: no {name}"
        for name in re.findall(r"(?<![\w*])\*([a-z0-9-]+)\*", rest):
            if not (root / "tests/scenarios" / f"{name}.scenario").exists():
                yield (f"docs/conformance.md: RFC {number} {listed}: no "
                       f"tests/scenarios/{name}.scenario")
    explained = set(re.findall(r"`([^`]+)`",
                               (root / "docs/verdicts.md").read_text()))
    for source in IDENTIFIER_SOURCES:
        code = (root / "stub/dane" / source).read_text()
        for identifier in re.findall(r'return \{?"([a-z-]+)"', code):
            if identifier not in explained:
                yield (f"stub/dane/{source}: \"{identifier}\" is not explained "
                       "in docs/verdicts.md")


def main():
    root = pathlib.Path(sys.argv[1])
    found = list(faults(root))
    print("\n".join(found) or "conformance: every section has its row")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
