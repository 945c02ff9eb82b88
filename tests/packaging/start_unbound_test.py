"""start-unbound starts the Unbound with the module where that works, and Debian's
where it does not. The first is real; Debian's is a script that says its arguments."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNBOUND = pathlib.Path(os.environ["DANEBOUND_TEST_UNBOUND"])
MODULE = pathlib.Path(os.environ["DANEBOUND_TEST_MODULE"])
# It ends at once, before it is ready: there is no such address to listen at.
SETTINGS = """\
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: 192.0.2.1
  trust-anchor-file: "/usr/share/dns/root.key"
  module-config: "dynlib validator iterator"
dynlib:
  dynlib-file: "{module}"
"""


class StartUnbound(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.lib = self.folder / "lib/danebound"
        self.lib.mkdir(parents=True)
        (self.folder / "bin").mkdir()
        shutil.copy(ROOT / "unbound-conf/start-unbound.sh",
                    self.lib / "start-unbound")
        self.module = self.lib / "danebound-module.so"
        self.module.symlink_to(MODULE)
        for name in ("unbound", "unbound-checkconf"):
            (self.lib / name).symlink_to(UNBOUND.parent / name)
        (self.folder / "bin/danebound").symlink_to(
            os.environ["DANEBOUND_TEST_COMMAND"])
        self.conf = self.folder / "unbound.conf"
        self.conf.write_text(SETTINGS.format(folder=self.folder,
                                             module=self.module))
        self.settings = self.folder / "module.conf"
        self.settings.write_text(f'socket = "{self.folder}/module.sock"\n')
        self.debians = self.folder / "debians"
        self.debians.write_text('#!/bin/sh\necho "debians $*"\n')
        self.debians.chmod(0o755)
        self.state = self.folder / "state"
        self.no_mounts = self.folder / "no-mounts.conf"

    def run_script(self, *arguments, result="success"):
        return subprocess.run(
            [self.lib / "start-unbound", *arguments], text=True, timeout=60,
            capture_output=True, check=False,
            env={"PATH": "/usr/bin:/bin",
                 "SERVICE_RESULT": result,
                 "DANEBOUND_UNBOUND_NO_MOUNTS": str(self.no_mounts),
                 "DANEBOUND_CONF": str(self.settings),
                 "DANEBOUND_UNBOUND_CONF": str(self.conf),
                 "DANEBOUND_DEBIANS_UNBOUND": str(self.debians),
                 "DANEBOUND_UNBOUND_STATE": str(self.state)})

    def start(self):
        return self.run_script("start", "-d", "-p")

    def assert_ours(self, done):
        self.assertNotIn("debians", done.stdout)
        self.assertNotIn("danebound: ", done.stderr)
        self.assertIn("192.0.2.1", done.stderr)  # ours, which cannot listen

    def assert_debians(self, done, why):
        self.assertEqual(done.stdout, "debians -d -p\n")
        self.assertRegex(done.stderr, why)
        self.assertIn("there are no verdicts", done.stderr)

    def crash(self, times):
        for _ in range(times):
            self.assert_ours(self.start())
            self.run_script("started")
            self.run_script("stopped", result="signal")

    def test_starts_ours(self):
        self.assert_ours(self.start())

    def test_starts_debians_when_the_module_is_missing(self):
        self.module.unlink()
        self.assert_debians(self.start(), "cannot run with .*danebound-module.so")

    def test_starts_debians_when_the_module_is_cut_off(self):
        self.module.unlink()
        self.module.write_bytes(MODULE.read_bytes()[:70000])
        self.assert_debians(self.start(), "cannot run with .*danebound-module.so")

    def test_starts_debians_when_our_unbound_is_missing(self):
        (self.lib / "unbound").unlink()
        self.assert_debians(self.start(), "cannot run")

    def test_starts_debians_when_settings_are_bad(self):
        self.conf.write_text(self.conf.read_text() + "nonsense\n")
        self.assert_debians(self.start(), f"{self.conf} is bad: .*nonsense")

    def test_starts_debians_when_the_chroot_lacks_the_module(self):
        chroot = self.folder / "chroot"
        (chroot / str(self.folder)[1:]).mkdir(parents=True)
        (chroot / "usr/share/dns").mkdir(parents=True)
        shutil.copy("/usr/share/dns/root.key", chroot / "usr/share/dns")
        self.conf.write_text(self.conf.read_text().replace(
            'chroot: ""', f'chroot: "{chroot}"'))
        self.assert_debians(self.start(), f"{chroot} has no {self.module}")

    def fail_to_start(self, result="exit-code"):
        self.assert_ours(self.start())
        self.run_script("stopped", result=result)

    def test_starts_debians_after_two_starts_that_did_not_get_ready(self):
        self.fail_to_start()
        self.fail_to_start()
        self.assert_debians(self.start(), "did not start")
        # Debian's own trouble changes nothing.
        self.run_script("stopped", result="signal")
        self.assert_debians(self.start(), "did not start")

    def test_starts_debians_after_one_start_that_took_too_long(self):
        self.fail_to_start(result="timeout")
        self.assert_debians(self.start(), "did not start")

    def test_forgets_starts_that_did_not_get_ready_after_five_minutes(self):
        self.fail_to_start()
        self.fail_to_start()
        notes = self.state / "not-ready"
        notes.write_text("".join(f"{int(line) - 301}\n" for line in
                                 notes.read_text().split()))
        self.fail_to_start()
        self.assert_ours(self.start())

    def test_says_that_its_unit_lacks_hardening(self):
        self.no_mounts.write_text("")
        self.assertIn("without the hardening", self.start().stderr)

    def test_starts_debians_when_its_notes_cannot_be_written(self):
        self.state.write_text("no folder")
        done = self.start()
        self.assertIn("cannot be written", done.stderr)
        self.assertIn("starting Debian's Unbound", done.stderr)

    def test_starts_debians_after_three_crashes_within_a_minute(self):
        self.crash(2)
        self.assert_ours(self.start())
        self.run_script("started")
        self.run_script("stopped", result="signal")
        self.assert_debians(self.start(), "ended in disorder 3 times")

    def test_forgets_crashes_after_a_minute(self):
        self.crash(2)
        crashes = self.state / "crashes"
        crashes.write_text("".join(f"{int(line) - 61}\n" for line in
                                   crashes.read_text().split()))
        self.crash(1)
        self.assert_ours(self.start())

    def test_tries_ours_again_after_a_stop_in_order(self):
        self.crash(3)
        self.assert_debians(self.start(), "in disorder")
        self.run_script("stopped")
        self.assertFalse(self.state.exists())
        self.assert_ours(self.start())

    def test_check_holds_for_good_settings(self):
        done = self.run_script("check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_check_names_what_is_bad(self):
        for path in (self.conf, self.settings):
            before = path.read_text()
            path.write_text(before + "nonsense = 1\n")
            done = self.run_script("check")
            self.assertNotEqual(done.returncode, 0, path)
            self.assertIn("nonsense", done.stdout + done.stderr)
            path.write_text(before)

    def test_check_leaves_debians_alone(self):
        self.conf.write_text(self.conf.read_text() + "nonsense\n")
        self.assert_debians(self.start(), "nonsense")
        self.assertEqual(self.run_script("check").returncode, 0)


class NoMountsGenerator(unittest.TestCase):

    def drop_in(self, *wrapper):
        """The text of what it writes; None: it writes nothing."""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [*wrapper, ROOT / "unbound-conf/no-mounts-generator.sh", folder,
                 folder, folder], text=True, capture_output=True, timeout=60,
                check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (0, "", ""))
            path = pathlib.Path(
                folder, "unbound.service.d/zz-danebound-no-mounts.conf")
            return path.read_text() if path.exists() else None

    @unittest.skipIf(os.geteuid() != 0, "only root may mount")
    def test_writes_nothing_where_mounts_are_allowed(self):
        self.assertIsNone(self.drop_in())

    def test_drops_each_line_of_the_unit_that_takes_mounts(self):
        # A user who is root to nobody else, and to no mounts.
        text = self.drop_in("setpriv", "--no-new-privs", "--bounding-set=-all",
                            "--inh-caps=-all")
        dropped = dict(re.findall(r"(?m)^(\w+)=(.*)$", text))
        unit = (ROOT / "unbound-conf/systemd.conf").read_text()
        self.assertEqual(set(dropped), set(re.findall(
            r"(?m)^((?:Protect|Private|ReadWrite)\w+)=", unit)))
        self.assertGreater(len(dropped), 8)
        self.assertEqual(set(dropped.values()), {"", "no", "default"})


if __name__ == "__main__":
    unittest.main()
