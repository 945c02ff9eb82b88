"""Holds the functions and types of danebound.h against the stored dump of them.

  abi_test.py HEADER DUMP CC           compares; 1 and a report where they differ
  abi_test.py --renew HEADER DUMP CC   writes the dump anew

The types are those that a C program sees, whichever compiler built the
libraries. That the libraries have these functions, and no others, is what
c.Symbols tests; that they have these parameters, the C++ compiler sees to, since
each definition includes the header.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

RENEW = "python3 tests/abi/abi_test.py --renew {} {} cc"


def bodies(header):
    """C source with a definition of each function that the header declares, and
    a function for each enum, since some are in no declaration."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
    declared = re.findall(r"^[^\n;{}#]*?\bdanebound_\w+\([^;{}]*\);", text,
                          re.MULTILINE)
    enums = re.findall(r"^enum (danebound_\w+) {", text, re.MULTILINE)
    declared += [f"void enum_{enum}(enum {enum} value);" for enum in enums]
    return f'#include "{header.resolve()}"\n' + "".join(
        declaration[:-1] + " { for (;;); }\n" for declaration in declared)


def run(*command):
    return subprocess.run(command, text=True, capture_output=True, check=False)


def run_or_exit(*command):
    done = run(*command)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stdout}{done.stderr}")


def write_dump(header, dump, compiler):
    with tempfile.TemporaryDirectory(prefix="danebound-abi-") as name:
        folder = pathlib.Path(name)
        (folder / "abi.c").write_text(bodies(header))
        run_or_exit(compiler, "-std=c99", "-g", "-w", "-O0", "-fPIC", "-shared",
                    f"-fdebug-prefix-map={folder}=.",
                    folder / "abi.c", "-o", folder / "abi.so")
        run_or_exit("abidw", "--no-architecture", "--no-corpus-path",
                    "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed",
                    "--out-file", dump, folder / "abi.so")


def differences(header, dump, compiler):
    """The report of abidiff and what it means; "" twice where nothing differs."""
    with tempfile.TemporaryDirectory(prefix="danebound-abi-") as name:
        now = pathlib.Path(name) / "now.abi"
        write_dump(header, now, compiler)
        broken = run("abidiff", "--no-added-syms", dump, now)
        grown = run("abidiff", dump, now)
    if broken.returncode:
        return (broken.stdout + broken.stderr,
                "the ABI of danebound.h is broken: put it back, or raise "
                "SOVERSION and renew the dump")
    if grown.returncode:
        return grown.stdout + grown.stderr, "the ABI has grown: renew the dump"
    return "", ""


def main(arguments):
    renew = arguments[:1] == ["--renew"]
    header, dump, compiler = arguments[renew:]
    if renew:
        write_dump(pathlib.Path(header), dump, compiler)
        return 0
    report, meaning = differences(pathlib.Path(header), dump, compiler)
    if report:
        print(f"{report}{meaning}:\n  {RENEW.format(header, dump)}")
    return 1 if report else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
