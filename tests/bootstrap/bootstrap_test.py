"""What `bootstrap` says, what it derives from the machine's package sources, and
what it leaves behind. That it builds from nothing is what CI shows."""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOOTSTRAP = ROOT / "bootstrap"


def run(*arguments):
    return subprocess.run([BOOTSTRAP, *arguments], text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)


def run_inside(script, *arguments, **options):
    """Runs bash with bootstrap's functions at hand."""
    return subprocess.run(
        ["bash", "-c", f". {BOOTSTRAP}\n{script}", "bootstrap", *arguments],
        text=True, timeout=60, stdin=subprocess.DEVNULL, capture_output=True,
        check=False, **options)


class Folder(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class CommandLine(unittest.TestCase):

    def test_helps(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("build", "run", "test", "deb", "fuzz", "soak", "bench", "lint",
                     "--unbound", "--repository", "Exit codes"):
            self.assertIn(word, done.stdout)

    def test_refuses_what_it_does_not_know(self):
        for arguments in (["dance"], ["--dance"], ["test", "dance"],
                          ["test", "-R"], ["build", "-R", "serve"],
                          ["build", "dance"], ["build", "--unbound"],
                          ["build", "--unbound", "../x"],
                          ["build", "--unbound", "/etc"],
                          ["deb", "one", "two"], ["deb", "--repository"],
                          ["deb", "--sign", "key"],
                          ["build", "--quick"], ["soak", "--publish"],
                          ["fuzz", "dance"], ["fuzz", "0"],
                          ["fuzz", "5", "../x"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertRegex(done.stderr, "^bootstrap: ")

    def test_shows_its_usage_when_nothing_is_asked(self):
        done = run()
        self.assertEqual(done.returncode, 2)
        self.assertIn("Usage:", done.stderr)


class Machine(Folder):

    def test_says_so_when_it_is_not_debian(self):
        other = self.write("os-release", 'ID=other\nPRETTY_NAME="Other 7"\n')
        done = run_inside("os_release=$1; check_machine", other)
        self.assertEqual(done.returncode, 3)
        self.assertIn("this is Other 7", done.stderr)

    def test_names_missing_packages_when_it_cannot_become_root(self):
        self.folder.chmod(0o755)
        shutil.copy(BOOTSTRAP, self.folder)
        for program in ("dirname", "dpkg-query", "bash"):
            (self.folder / program).symlink_to(shutil.which(program))
        command = ["bash", "-c",
                   f". {self.folder}/bootstrap\ninstall_packages dpkg no-such-one"]
        if os.geteuid() == 0:
            command = [shutil.which("setpriv"), "--reuid=65534",
                       "--clear-groups", *command]
        done = subprocess.run(command, env={"PATH": str(self.folder)}, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("apt-get install no-such-one", done.stderr)


class Packages(unittest.TestCase):

    # What Debian takes for granted where packages are built, and what is for the
    # repository alone.
    NOT_NAMED = {"build-essential", "g++", "make", "dpkg-dev", "apt-utils"}

    def test_installs_what_the_packages_say_they_are_built_with(self):
        done = run_inside('printf "%s\\n" "${BUILD_PACKAGES[@]}" '
                          '"${UNBOUND_PACKAGES[@]}" "${DEB_PACKAGES[@]}"')
        control = (ROOT / "packaging/debian/control").read_text(encoding="utf-8")
        field = re.search(r"^Build-Depends:((?:.*\n )*.*)$", control,
                          re.MULTILINE)[1]
        named = {re.sub(r"\(.*|:any", "", each).strip()
                 for each in field.split(",")}
        named = {"debhelper" if each == "debhelper-compat" else each
                 for each in named} - {"python3"}
        self.assertEqual(set(done.stdout.split()) - self.NOT_NAMED, named)


class Sources(Folder):
    """What is derived keeps the options of the entry that it came from."""

    DEB822 = """\
# A comment
Types: deb
URIs: http://mirror.invalid/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Architectures: amd64
Signed-By: /a.gpg

Types: deb
URIs: http://other.invalid/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
"""
    ONE_LINE = """\
# deb [signed-by=/no.gpg] http://mirror.invalid/debian bookworm main
deb [arch=amd64 signed-by=/a.gpg,/b.gpg trusted=yes] http://mirror.invalid/debian/ bookworm main
deb http://mirror.invalid/debian bookworm-updates main
"""

    def options(self, function, text, uri, name):
        path = self.write("x", text)
        done = run_inside(f'{function} "$@"', path, uri, name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_takes_the_options_of_a_deb822_entry(self):
        uri = "http://mirror.invalid/debian"
        for name in ("bookworm", "bookworm-updates"):
            self.assertEqual(
                self.options("deb822_options", self.DEB822, uri, name),
                "Signed-By: /a.gpg\n")

    def test_takes_a_key_that_is_part_of_the_entry(self):
        self.assertEqual(
            self.options("deb822_options", self.DEB822,
                         "http://other.invalid/debian-security",
                         "bookworm-security"),
            "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n")

    def test_takes_nothing_of_another_entry(self):
        self.assertEqual(
            self.options("deb822_options", self.DEB822,
                         "http://mirror.invalid/debian", "bookworm-security"), "")

    def test_takes_the_options_of_a_one_line_entry(self):
        uri = "http://mirror.invalid/debian"
        self.assertEqual(
            self.options("one_line_options", self.ONE_LINE, uri, "bookworm"),
            "signed-by: /a.gpg /b.gpg\ntrusted: yes\n")
        self.assertEqual(self.options("one_line_options", self.ONE_LINE, uri,
                                      "bookworm-updates"), "")


class Archive(Folder):
    """An archive of sources, which apt reads; it does not hand out all it lists."""

    ENTRY = """
write_source_entries() {{
  printf "Types: deb-src\\nURIs: file:{folder}/archive\\nSuites: ./\\nTrusted: yes\\n" >"$2"
}}
"""

    def list_source(self, version, is_handed_out):
        dsc = (f"Format: 3.0 (native)\nSource: unbound\nVersion: {version}\n"
               f"Binary: unbound\nArchitecture: any\n")
        name = f"unbound_{version}.dsc"
        if is_handed_out:
            self.write(f"archive/{name}", dsc)
        with open(self.folder / "archive/Sources", "a", encoding="ascii") as lists:
            lists.write(f"Package: unbound\n{dsc.split(chr(10), 2)[2]}"
                        f"Format: 3.0 (native)\nDirectory: .\nChecksums-Sha256:\n "
                        f"{hashlib.sha256(dsc.encode()).hexdigest()} {len(dsc)} "
                        f"{name}\n\n")

    def fetch(self, **sources):
        (self.folder / "archive").mkdir()
        for version, is_handed_out in sources.items():
            self.list_source(version.replace("v", "").replace("_", "."),
                             is_handed_out)
        shutil.copy(BOOTSTRAP, self.folder)
        return subprocess.run(
            ["bash", "-c", f". {self.folder}/bootstrap\n"
             + self.ENTRY.format(folder=self.folder)
             + "have_source trixie unbound; warn_of_older trixie; has_source trixie"],
            text=True, timeout=60, stdin=subprocess.DEVNULL, capture_output=True,
            check=False)

    def fetched(self):
        return {path.name for path in self.folder.glob("build/apt/trixie/*.dsc")}

    def test_takes_the_newest_source_that_is_listed(self):
        done = self.fetch(v1_22_0=True, v1_26_2=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.fetched(), {"unbound_1.26.2.dsc"})
        self.assertNotIn("not the newest", done.stdout)

    def test_takes_the_newest_that_is_handed_out_and_says_so(self):
        done = self.fetch(v1_22_0=True, v1_24_1=True, v1_26_2=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.fetched(), {"unbound_1.24.1.dsc"})
        self.assertIn("not the newest Unbound: the archive lists 1.26.2",
                      done.stdout)

    def test_says_what_is_missing_where_none_is_handed_out(self):
        done = self.fetch(v1_22_0=False, v1_26_2=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.fetched(), set())
        self.assertIn("no source of trixie's Unbound: of it the archive lists "
                      "1.26.2, and does not hand it out", done.stderr)
        self.assertIn("--unbound FOLDER", done.stderr)


class Deb(Folder):
    """`deb`, with a packaging/build.sh that says what it is to build from."""

    BUILD = """#!/bin/bash
mkdir -p "$2"
echo "$1" >"$2/../../from"
touch "$2/danebound_1_amd64.deb"
"""
    # All but what asks an archive.
    HERE = """
check_machine() { VERSION_CODENAME=trixie; }
install_packages() { :; }
fetch_unbound() { echo "The archive lists no source of Unbound."; }
"""

    def deb(self, *words):
        shutil.copy(BOOTSTRAP, self.folder)
        (self.folder / "packaging").mkdir()
        self.write("packaging/build.sh", self.BUILD).chmod(0o755)
        done = subprocess.run(
            ["bash", "-c", f". {self.folder}/bootstrap\n{self.HERE}\nmain deb "
             + " ".join(words)],
            text=True, timeout=60, stdin=subprocess.DEVNULL, capture_output=True,
            check=False)
        return done, (self.folder / "from").read_text().strip()

    def test_builds_all_but_one_package_where_there_is_no_source_of_unbound(self):
        done, source = self.deb()
        self.assertEqual(source, "")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("1 packages in", done.stdout)
        self.assertIn("no source of trixie's Unbound", done.stderr)
        self.assertIn("without danebound-unbound", done.stderr)
        self.assertTrue((self.folder / "build/deb/danebound_1_amd64.deb").exists())

    def test_builds_from_a_source_package(self):
        (self.folder / "build/apt/trixie").mkdir(parents=True)
        dsc = self.write("build/apt/trixie/unbound_1.22.0-2.dsc", "")
        done, source = self.deb()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(source, str(dsc))

    def test_builds_from_a_folder(self):
        (self.folder / "unbound/util").mkdir(parents=True)
        self.write("unbound/configure", "")
        self.write("unbound/util/module.h", "")
        done, source = self.deb("--unbound", f"{self.folder}/unbound")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(source, f"{self.folder}/unbound")


class Verdicts(unittest.TestCase):
    """What `run` prints, without the module."""

    def test_come_by_embedded(self):
        done = subprocess.run(
            [ROOT / "tests/tree/demo.sh",
             os.environ["DANEBOUND_TEST_BUILD"] + "/bin/danebound"],
            text=True, timeout=110, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreaterEqual(done.stdout.count("\n# "), 12)
        self.assertIn("null-mx.example: undeliverable", done.stdout)


class Fuzzing(Folder):
    """`fuzz` with scripts in place of the targets."""

    CLEAN = """
echo "#8 DONE cov: 12 ft: 34"
echo "stat::number_of_executed_units: 56"
"""
    FAULTY = """
echo "#8 NEW cov: 12 ft: 34"
echo "broken: two and two"
echo "artifact_prefix='x'; Test unit written to $PWD/crash-1"
exit 77
"""

    def fuzz(self, **targets):
        (self.folder / "bin").mkdir()
        for target, script in targets.items():
            program = self.write(f"bin/fuzz_{target}",
                                 f"#!/bin/bash\n{script}\n")
            program.chmod(0o755)
        done = run_inside(f"""
fuzzed={self.folder} fuzz_seeds={self.folder}
fuzz_each 1 "$@"
echo "failed: $fuzz_failed"
""", *targets)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_says_what_each_target_did(self):
        printed = self.fuzz(good=self.CLEAN, better=self.CLEAN, best=self.CLEAN)
        self.assertEqual(
            printed.count("56 executions, coverage 12, no findings"), 3)
        self.assertIn("failed: 0", printed)

    def test_names_the_input_of_a_finding_and_goes_on(self):
        printed = self.fuzz(bad=self.FAULTY, good=self.CLEAN, best=self.CLEAN)
        self.assertRegex(printed, r"bad .*FAILED: /.*/crash-1")
        self.assertIn("broken: two and two", printed)
        self.assertEqual(printed.count("no findings"), 2)
        self.assertIn("failed: 1", printed)

    def test_fails_when_a_target_does_not_run(self):
        printed = self.fuzz(bad="exit 1")
        self.assertIn("FAILED: it did not run", printed)
        self.assertIn("failed: 1", printed)


class Internet(Folder):
    """`run DOMAIN` in a network of its own, without a way out."""

    SCRIPT = f"""
ip link set lo up
$ROUTE
. {BOOTSTRAP}
project=$DANEBOUND_TEST_BUILD unbound_program=$DANEBOUND_TEST_UNBOUND
run_on_internet example.org
exit
"""

    def start(self, route):
        unshare = ["unshare", "--net"]
        if os.geteuid() != 0:
            unshare.append("--map-root-user")
        return subprocess.Popen(
            [*unshare, "bash", "-c", self.SCRIPT.replace("$ROUTE", route)],
            env={**os.environ, "TMPDIR": str(self.folder)}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)

    def assert_nothing_left(self):
        self.assertEqual(list(self.folder.iterdir()), [])
        for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = process.read_bytes()
            except OSError:
                continue
            self.assertNotIn(str(self.folder).encode(), line)

    def test_says_so_when_no_root_server_can_be_reached(self):
        process = self.start(route=":")
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, errors)
        self.assertIn("cannot reach the Internet's DNS", errors)
        self.assert_nothing_left()

    def test_leaves_nothing_behind_when_interrupted(self):
        # Packets go out and nothing comes back: it waits.
        process = self.start(route="ip route add default dev lo")
        deadline = time.monotonic() + 30
        while not list(self.folder.glob("*/module.sock")):
            self.assertLess(time.monotonic(), deadline)
            self.assertIsNone(process.poll())
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
