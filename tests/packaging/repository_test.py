"""packaging/repository.sh makes a repository that apt takes; and, signed, takes no
longer once somebody has touched it. apt is real, with a state of its own."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTROL = """\
Package: {name}
Version: {version}
Architecture: all
Maintainer: danebound <danebound@localhost>
Description: a package of the test
"""


@unittest.skipUnless(shutil.which("apt-ftparchive") and shutil.which("gpg"),
                     "no apt-ftparchive or gpg")
class Repository(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        # apt reads as another user.
        self.folder.chmod(0o755)
        self.repository = self.folder / "repository"
        self.suite = self.repository / "trixie"
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                            "GNUPGHOME": str(self.folder / "gnupg")}
        (self.folder / "gnupg").mkdir(mode=0o700)
        self.addCleanup(self.run_program, "gpgconf", "--kill", "all")

    def run_program(self, *words):
        return subprocess.run(words, text=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.environment)

    def make_key(self):
        done = self.run_program("gpg", "--batch", "--passphrase", "",
                                "--quick-generate-key", "test@localhost",
                                "ed25519", "sign", "never")
        self.assertEqual(done.returncode, 0, done.stderr)

    def package(self, name, version):
        source = self.folder / "package"
        (source / "DEBIAN").mkdir(parents=True, exist_ok=True)
        (source / "DEBIAN/control").write_text(
            CONTROL.format(name=name, version=version))
        path = self.folder / f"{name}_{version}_all.deb"
        done = self.run_program("dpkg-deb", "-b", str(source), str(path))
        self.assertEqual(done.returncode, 0, done.stderr)
        return str(path)

    def add(self, *packages, key=""):
        done = self.run_program(str(ROOT / "packaging/repository.sh"),
                                str(self.repository), "trixie", key, *packages)
        self.assertEqual(done.returncode, 0, done.stderr)

    def apt(self, *words):
        """apt that knows danebound.sources alone."""
        state = self.folder / "apt"
        shutil.rmtree(state, ignore_errors=True)
        for each in ("lists/partial", "cache/archives/partial", "sources"):
            (state / each).mkdir(parents=True)
        shutil.copy(self.suite / "danebound.sources", state / "sources")
        (state / "status").write_text("")
        options = [f"-oDir::State::lists={state}/lists",
                   f"-oDir::State::status={state}/status",
                   f"-oDir::Cache={state}/cache", "-oDir::Etc::sourcelist=none",
                   f"-oDir::Etc::sourceparts={state}/sources",
                   "-oAPT::Sandbox::User=root", "-oDir::Etc::trusted=none",
                   "-oDir::Etc::trustedparts=/dev/null",
                   "-oAPT::Update::Error-Mode=any"]
        update = self.run_program("apt-get", *options, "-q", "update")
        if update.returncode != 0:
            return update
        return self.run_program(words[0], *options, *words[1:])

    def versions(self, name="danebound-test"):
        done = self.apt("apt-cache", "madison", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return re.findall(r"\| +(\S+) +\|", done.stdout)

    def test_keeps_older_packages_and_is_trusted_as_a_folder(self):
        self.add(self.package("danebound-test", "1.0"))
        self.add(self.package("danebound-test", "1.1"))
        self.assertEqual(self.versions(), ["1.1", "1.0"])
        self.assertFalse((self.suite / "InRelease").exists())

    def test_brings_its_key_where_it_is_signed(self):
        self.make_key()
        self.add(self.package("danebound-test", "1.0"), key="test@localhost")
        self.assertNotIn("Trusted", (self.suite / "danebound.sources").read_text())
        self.assertEqual(self.versions(), ["1.0"])
        (self.suite / "InRelease").unlink()
        self.assertEqual(self.versions(), ["1.0"])  # by Release.gpg

    def test_is_not_taken_where_somebody_touched_its_lists(self):
        self.make_key()
        self.add(self.package("danebound-test", "1.0"), key="test@localhost")
        for name in ("Packages", "Packages.gz"):
            (self.suite / name).unlink()
        lists = self.run_program("apt-ftparchive", "packages", str(self.suite))
        (self.suite / "Packages").write_text(
            lists.stdout.replace("1.0", "9.9"))
        self.assertNotEqual(self.apt("apt-cache", "madison", "x").returncode, 0)
        # Nor with lists of theirs, unsigned or signed by another key.
        for each in ("InRelease", "Release.gpg"):
            (self.suite / each).unlink()
        release = self.run_program("apt-ftparchive", "release", str(self.suite))
        (self.suite / "Release").write_text(release.stdout)
        self.assertNotEqual(self.apt("apt-cache", "madison", "x").returncode, 0)

    def test_is_signed_anew_by_another_key_only_with_its_new_sources(self):
        self.make_key()
        self.add(self.package("danebound-test", "1.0"), key="test@localhost")
        before = (self.suite / "danebound.sources").read_text()
        shutil.rmtree(self.folder / "gnupg")
        self.run_program("gpgconf", "--kill", "all")
        (self.folder / "gnupg").mkdir(mode=0o700)
        self.make_key()
        self.add(self.package("danebound-test", "1.1"), key="test@localhost")
        self.assertEqual(self.versions(), ["1.1", "1.0"])
        (self.suite / "danebound.sources").write_text(before)
        self.assertNotEqual(self.apt("apt-cache", "madison", "x").returncode, 0)


if __name__ == "__main__":
    unittest.main()
