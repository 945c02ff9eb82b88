"""What the three libraries let out and drag in: every function of danebound.h in
the library that it says, under a version that stays; C++ under one that names
the release; nothing else.

  symbols_test.py HEADER VERSION NM READELF LIBDANEBOUND TLS EMBEDDED
"""

import pathlib
import re
import subprocess
import sys
import unittest


def output(*command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def declared():
    """The functions of danebound.h, by the library that they belong to."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    names = set(re.findall(r"\b(danebound_\w+)\(", text))
    tls = {name for name in names if name.startswith("danebound_tls_")}
    embedded = {name for name in names if name.startswith("danebound_embedded_")}
    return {"danebound": names - tls - embedded, "danebound-tls": tls,
            "danebound-embedded": embedded}


def exported(path):
    """Yields (symbol, version) for each symbol that the library defines."""
    for line in output(NM, "-D", "--defined-only", "--with-symbol-versions",
                       path).splitlines():
        kind, name = line.split()[-2:]
        symbol, _, version = name.partition("@@")
        if not (kind == "A" and version in ("", symbol)):
            yield symbol, version


class Symbols(unittest.TestCase):
    def test_header_and_libraries_agree(self):
        for library, names in declared().items():
            found = {symbol for symbol, _ in exported(LIBRARIES[library])
                     if symbol.startswith("danebound_")}
            self.assertEqual(found, names, library)
            self.assertTrue(names, library)

    def test_c_functions_keep_their_version(self):
        for library, path in LIBRARIES.items():
            node = library.upper().replace("-", "_") + "_0"
            self.assertEqual({version for symbol, version in exported(path)
                              if symbol.startswith("danebound_")},
                             {node}, library)

    # A program that uses C++ names must not meet another release's library.
    def test_all_else_is_namespace_danebound_of_this_release(self):
        for library, path in LIBRARIES.items():
            node = f"{library.upper().replace('-', '_')}_CXX_{VERSION}"
            rest = [(symbol, version) for symbol, version in exported(path)
                    if not symbol.startswith("danebound_")]
            self.assertTrue(rest, library)
            for symbol, version in rest:
                self.assertIn("9danebound", symbol, library)
                self.assertEqual(version, node, symbol)

    def test_sonames(self):
        for library, path in LIBRARIES.items():
            self.assertIn(f"soname: [lib{library}.so.0]",
                          output(READELF, "-d", path))

    def test_nobody_carries_what_he_does_not_use(self):
        foreign = {library: set(re.findall(
            r"NEEDED.*\[lib(danebound|ssl|crypto|unbound|event|gnutls)[\w.-]*\]",
            output(READELF, "-d", path))) for library, path in LIBRARIES.items()}
        self.assertEqual(foreign, {
            "danebound": set(),
            "danebound-tls": {"danebound", "ssl", "crypto"},
            "danebound-embedded": {"danebound", "unbound", "event"}})

    # One set of rules in a process, whichever libraries it has.
    def test_only_libdanebound_has_the_rules(self):
        for library, path in LIBRARIES.items():
            rules = re.search(r" danebound::Conclude\(",
                              output(NM, "-C", "--defined-only", path))
            self.assertEqual(rules is not None, library == "danebound", library)


if __name__ == "__main__":
    HEADER, VERSION, NM, READELF = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
    LIBRARIES = dict(zip(("danebound", "danebound-tls", "danebound-embedded"),
                         sys.argv[5:8]))
    del sys.argv[1:8]
    unittest.main(verbosity=2)
