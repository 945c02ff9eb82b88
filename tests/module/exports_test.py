"""What the shared object shows to the program that loads it."""

import subprocess
import unittest

import resolver


class Exports(unittest.TestCase):

    def read(self, *options):
        return subprocess.run(["readelf", "-W", *options, resolver.MODULE],
                              capture_output=True, text=True,
                              check=True).stdout

    def test_only_the_six_hooks_are_exported(self):
        names = set()
        for line in self.read("--dyn-syms").splitlines():
            words = line.split()
            if len(words) >= 8 and words[6].isdigit():
                names.add(words[7])
        self.assertEqual(names, {"init", "deinit", "operate", "inform_super",
                                 "clear", "get_mem"})

    def test_the_library_is_never_unloaded_and_binds_late(self):
        dynamic = self.read("--dynamic")
        self.assertIn("NODELETE", dynamic)
        self.assertNotIn("BIND_NOW", dynamic)
        self.assertNotRegex(dynamic, r"Flags:.*\bNOW\b")
        self.assertIn("SYMBOLIC", dynamic)

    # A data symbol is bound when the library is loaded, before anything can
    # be compared.
    def test_no_data_of_unbound_is_used(self):
        for line in self.read("--dyn-syms").splitlines():
            words = line.split()
            # Unbound's symbols have neither a version nor a C++ name.
            if (len(words) >= 8 and words[6] == "UND" and "@" not in words[7]
                    and not words[7].startswith("_")):
                self.assertNotEqual(words[3], "OBJECT", line)

    def test_neither_libunbound_nor_libssl_is_linked(self):
        dynamic = self.read("--dynamic")
        self.assertNotIn("libunbound", dynamic)
        self.assertNotIn("libssl", dynamic)


if __name__ == "__main__":
    unittest.main()
