"""What `cmake --install` leaves is complete, fits together, and replaces files
that a running Unbound has mapped by rename."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUTSIDE = HERE / "outside"
C_OUTPUT = "client: 192.0.2.1 opportunistic\nembedded: 2001:db8::1 opportunistic\n"
PREFIX = "usr/local"
PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")


def run(*command, **options):
    done = subprocess.run(command, text=True, capture_output=True, check=False,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def build_id(program):
    return re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "-n", program))[1]


class Install(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = cls.folder / PREFIX
        cls.install()

    @classmethod
    def install(cls):
        run(os.environ["DANEBOUND_TEST_CMAKE"], "--install",
            os.environ["DANEBOUND_TEST_BUILD"], "--prefix", f"/{PREFIX}",
            env={**os.environ, "DESTDIR": str(cls.folder)})

    def test_leaves_command_libraries_module_and_its_unbound(self):
        for name in ("bin/danebound", "lib/libdanebound.so.0",
                     "lib/libdanebound-tls.so.0",
                     "lib/libdanebound-embedded.so.0", "include/danebound.h",
                     "lib/danebound/danebound-module.so",
                     "lib/danebound/unbound",
                     "lib/danebound/exim-danebound.so",
                     "lib/danebound/no-authorities",
                     "lib/danebound/start-unbound",
                     "lib/danebound/unbound-checkconf"):
            self.assertTrue((self.prefix / name).exists(), name)

    def test_leaves_what_shells_complete_by_and_manual_pages(self):
        for name in ("bash-completion/completions/danebound",
                     "zsh/site-functions/_danebound",
                     "fish/vendor_completions.d/danebound.fish",
                     "man/man1/danebound.1", "man/man1/danebound-lookup.1",
                     "man/man3/danebound.h.3", "man/man7/danebound.7",
                     "man/man5/danebound-serve.conf.5",
                     "man/man5/danebound-module.conf.5",
                     "man/man8/danebound-serve.8"):
            self.assertGreater((self.prefix / "share" / name).stat().st_size,
                               300, name)

    def test_command_finds_its_libraries(self):
        self.assertRegex(run(self.prefix / "bin/danebound", "--version"),
                         r"^danebound \d+\.\d+\.\d+\n$")

    def test_unbound_can_load_modules(self):
        self.assertRegex(run(self.prefix / "lib/danebound/unbound", "-V"),
                         r"Linked modules: .*\bdynlib\b")

    def test_module_was_built_for_that_unbound(self):
        wanted = build_id(self.prefix / "lib/danebound/unbound")
        module = (self.prefix / "lib/danebound/danebound-module.so").read_bytes()
        self.assertIn(wanted.encode(), module)

    def test_checker_knows_the_settings_that_include_debians(self):
        debians = self.folder / "debians.conf"
        debians.write_text(f'server:\n  directory: "{self.folder}"\n'
                           '  username: ""\n'
                           '  trust-anchor-file: "/usr/share/dns/root.key"\n')
        text = (self.prefix / "share/danebound/danebound.conf").read_text()
        conf = self.folder / "unbound.conf"
        conf.write_text(text.replace("/usr/local", str(self.prefix)).replace(
            "/etc/unbound/unbound.conf\"", f'{debians}"'))
        self.assertIn("no errors", run(
            self.prefix / "lib/danebound/unbound-checkconf", conf))

    def test_examples_name_files_that_are_installed(self):
        examples = sorted((self.prefix / "share/danebound").glob("*.conf"))
        self.assertGreaterEqual(len(examples), 6)
        named = {path for example in examples for path in
                 re.findall(r"/usr/local/[\w./-]*\w", example.read_text())}
        self.assertTrue(named)
        for path in named:
            self.assertTrue((self.folder / path[1:]).exists(), path)

    # Those that the page has no line for say themselves where they belong.
    def test_page_or_their_heads_say_where_files_belong(self):
        block, = (block for block in
                  re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
                  if "# cmake --install" in block)
        folder = self.folder / re.search(r"# cd /(\S+)", block)[1]
        used = set(re.findall(r"^# (?:install -Dm644|cat) (\S+)", block,
                              re.MULTILINE))
        self.assertTrue(used)
        for name in used:
            self.assertTrue((folder / name).exists(), name)
        for path in folder.glob("*.conf"):
            head = path.read_text().partition("\n\n")[0]
            self.assertTrue(path.name in used or "/etc/" in head, path.name)
        for path in re.findall(r"`/usr/local/(\S+)`", PAGE):
            self.assertTrue((self.prefix / path).exists(), path)

    # Overwritten in place, a mapped file ends the Unbound that has it mapped.
    def test_replaces_module_and_unbound_by_rename(self):
        paths = [self.prefix / "lib/danebound" / name
                 for name in ("danebound-module.so", "unbound")]
        with open(paths[0], "rb") as module, open(paths[1], "rb") as unbound:
            before = [os.fstat(file.fileno()).st_ino for file in (module, unbound)]
            size = os.fstat(module.fileno()).st_size
            self.install()
            after = [path.stat().st_ino for path in paths]
            self.assertEqual(len(module.read()), size)
        for old, new in zip(before, after):
            self.assertNotEqual(old, new)
        self.assertFalse(list((self.prefix / "lib/danebound").glob("*.new")))

    def flags(self, *packages):
        return run("pkg-config", "--cflags", "--libs", *packages,
                   env={**os.environ, "PKG_CONFIG_PATH":
                        str(self.prefix / "lib/pkgconfig")}).split()

    def run_installed(self, program):
        return run(program, env={"LD_LIBRARY_PATH": str(self.prefix / "lib")})

    def test_c_program_outside_the_tree_builds_and_runs(self):
        program = self.folder / "c-consumer"
        run(os.environ["DANEBOUND_TEST_CC"], "-std=c99", "-pedantic", "-Wall",
            "-Wextra", "-Werror", OUTSIDE / "consumer.c", "-o", program,
            *self.flags("danebound-tls", "danebound-embedded"))
        self.assertEqual(self.run_installed(program), C_OUTPUT)

    def test_cxx_program_outside_the_tree_builds_and_runs(self):
        program = self.folder / "cxx-consumer"
        run(os.environ["DANEBOUND_TEST_CXX"], "-std=c++20",
            OUTSIDE / "consumer.cc", "-o", program, *self.flags("danebound-cxx"))
        self.assertEqual(self.run_installed(program), "opportunistic\n")

    def test_cmake_project_outside_the_tree_builds_and_runs(self):
        build = self.folder / "outside"
        cmake = os.environ["DANEBOUND_TEST_CMAKE"]
        run(cmake, "-S", OUTSIDE, "-B", build, "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_C_COMPILER={os.environ['DANEBOUND_TEST_CC']}",
            f"-DCMAKE_CXX_COMPILER={os.environ['DANEBOUND_TEST_CXX']}")
        run(cmake, "--build", build)
        self.assertEqual(self.run_installed(build / "c-consumer"), C_OUTPUT)
        self.assertEqual(self.run_installed(build / "cxx-consumer"),
                         "opportunistic\n")

    def test_python_finds_the_package_and_the_package_its_library(self):
        folder, = self.prefix.glob("lib/python3*/dist-packages")
        said = run("/usr/bin/python3", "-B", "-c",
                   "import danebound\n"
                   "client = danebound.Client('/nowhere')\n"
                   "print(client.lookup('[192.0.2.1]').hosts[0].duty.value)\n"
                   "print(danebound.__file__)",
                   env={"PYTHONPATH": str(folder)})
        self.assertEqual(said, f"opportunistic\n{folder}/danebound/__init__.py\n")
        # Where Debian's Python looks without being told.
        below = f"/{folder.relative_to(self.folder)}"
        self.assertIn(below, run("/usr/bin/python3", "-c",
                                 "import site; print(site.getsitepackages())"))
        self.assertTrue((folder / "danebound/py.typed").exists())

    def test_package_for_c_asks_for_no_library_of_its_own(self):
        self.assertEqual([flag for flag in self.flags("danebound")
                          if flag.startswith("-l")], ["-ldanebound"])


if __name__ == "__main__":
    unittest.main()
