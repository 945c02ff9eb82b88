"""Holds the maps of the code, in its READMEs, against the code.

  layers.py SOURCE_DIR

stub/README.md has the table of who may include whom. Prints a line for
  - an include that no row allows, and a name in a row that no include needs;
  - a row that names what does not stand above it;
  - a folder without a row, and a row without a folder;
  - a header of a folder in FILE_MAPS that its README does not name, and a file
    named there that does not exist;
  - a folder of tests/ that tests/README.md does not name, and the other way;
and exits with 1 if there is any.
"""

import pathlib
import re
import sys

# | `wire/` | what it is | `dane` |
ROW = re.compile(r"^\| `([\w./-]+)/` \|.*\| ([^|]*) \|$", re.M)
INCLUDE = re.compile(r'^#include "((?:stub|module)/[^"]+)"', re.M)
# What danebound.h declares is implemented by stub/c, and used by whom it likes.
FOR_ALL = "include"
# Folders whose README names all their headers.
FILE_MAPS = ["stub/dane", "stub/serve", "module"]
TABLE = "stub/README.md"


def folder_of(path):
    """"stub/dane/mx.h" is of "dane", "module/desk.h" of "../module"."""
    parts = path.split("/")
    return parts[1] if parts[0] == "stub" else "../" + parts[0]


def includes(root):
    """Each include of one folder from another: file, its folder, what, of whom."""
    for path in sorted([*root.glob("stub/**/*"), *root.glob("module/**/*")]):
        if path.suffix not in {".h", ".cc", ".c"}:
            continue
        name = str(path.relative_to(root))
        for included in INCLUDE.findall(path.read_text()):
            yield name, folder_of(name), included, folder_of(included)


def read_table(root):
    """Maps each folder, in the order of the table, to those it may include."""
    return {folder: re.findall(r"`([^`]+)`", allowed)
            for folder, allowed in ROW.findall((root / TABLE).read_text())}


def table_faults(root, table):
    order = list(table)
    for folder, allowed in table.items():
        if not (root / "stub" / folder).is_dir():
            yield f"{TABLE}: there is no folder {folder}/"
        for other in allowed:
            if other not in order[:order.index(folder)]:
                yield f"{TABLE}: {other}/ does not stand above {folder}/"
    for path in sorted((root / "stub").iterdir()):
        if path.is_dir() and path.name not in {FOR_ALL, *table}:
            yield f"{TABLE}: has no row for {path.name}/"
    needed = {folder: set() for folder in table}
    for name, own, included, other in includes(root):
        if other in (own, FOR_ALL) or own not in table:
            continue
        needed[own].add(other)
        if other not in table[own]:
            yield (f"{name}: includes {included}, which the row of {own}/ in "
                   f"{TABLE} does not allow")
    for folder, allowed in table.items():
        for other in sorted(set(allowed) - needed[folder]):
            yield f"{TABLE}: {folder}/ includes nothing of {other}/"


def named(text):
    """What a README names in `backticks`."""
    return set(re.findall(r"`([\w./-]+)`", text))


def file_map_faults(root, folder):
    readme = f"{folder}/README.md"
    names = named((root / readme).read_text())
    files = {path.name for path in (root / folder).rglob("*")}
    for name in sorted(files - names):
        if name.endswith(".h"):
            yield f"{readme}: does not name {name}"
    for name in sorted(names - files):
        if re.fullmatch(r"[\w.-]+\.(h|c|cc)", name):
            yield f"{readme}: there is no {name} in {folder}/"


def tests_map_faults(root):
    readme = "tests/README.md"
    rows = set(re.findall(r"^\| `([\w-]+)/` \|", (root / readme).read_text(),
                          re.M))
    folders = {path.name for path in (root / "tests").iterdir()
               if path.is_dir() and path.name != "__pycache__"}
    for name in sorted(folders - rows):
        yield f"{readme}: has no row for {name}/"
    for name in sorted(rows - folders):
        yield f"{readme}: there is no folder {name}/"


def main():
    root = pathlib.Path(sys.argv[1])
    table = read_table(root)
    found = list(dict.fromkeys(table_faults(root, table)))
    for folder in FILE_MAPS:
        found += file_map_faults(root, folder)
    found += tests_map_faults(root)
    print("\n".join(found) or "layers: the maps fit the code")
    return 1 if found or not table else 0


if __name__ == "__main__":
    sys.exit(main())
