"""Holds the table of folders in docs/architecture.md against the code.

  layers.py SOURCE_DIR

A folder includes only what stands above it in that table. Prints a line for
each include that does not, each folder that has no row and each row that has no
folder, and exits with 1 if there is any.
"""

import pathlib
import re
import sys

ROW = re.compile(r"^\| `([\w/-]+)/` \|", re.M)
INCLUDE = re.compile(r'^#include "((?:stub|module)/[^"]+)"', re.M)
# What danebound.h declares is implemented by stub/c, and used by whom it likes.
FOR_ALL = "stub/include"


def folder_of(path):
    """"stub/dane/mx.h" is of "stub/dane", "module/desk.h" of "module"."""
    parts = path.split("/")
    return "/".join(parts[:2] if parts[0] == "stub" else parts[:1])


def faults(root, layers):
    for folder in layers:
        if not (root / folder).is_dir():
            yield f"docs/architecture.md: there is no folder {folder}"
    for path in sorted([*root.glob("stub/**/*"), *root.glob("module/**/*")]):
        if path.suffix not in {".h", ".cc", ".c"}:
            continue
        own = folder_of(str(path.relative_to(root)))
        if own not in layers:
            if own != FOR_ALL:
                yield f"{own}: has no row in docs/architecture.md"
            continue
        for included in INCLUDE.findall(path.read_text()):
            other = folder_of(included)
            if other in (own, FOR_ALL):
                continue
            if other not in layers or layers.index(other) > layers.index(own):
                yield (f"{path.relative_to(root)}: includes {included}, which "
                       "does not stand above it in docs/architecture.md")
            elif own != "module" and other == "module":
                yield f"{path.relative_to(root)}: stub/ includes module/"


def main():
    root = pathlib.Path(sys.argv[1])
    layers = ROW.findall((root / "docs/architecture.md").read_text())
    found = sorted(set(faults(root, layers)))
    print("\n".join(found) or "layers: every include points upwards")
    return 1 if found or not layers else 0


if __name__ == "__main__":
    sys.exit(main())
