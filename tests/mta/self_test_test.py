#!/usr/bin/python3
"""`danebound self-test --mta` in the root of a real Postfix.

Runs beside the tree of tests/tree.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "module"))

import resolver  # noqa: E402
import roots  # noqa: E402

DANEBOUND = os.environ["DANEBOUND_TEST_COMMAND"]
VALIDATES = os.environ["DANEBOUND_TREE_DNS"]
QUEUE = "/var/spool/postfix"
MAP = "danebound/socketmap.sock"
MAIN_CF = f"""\
compatibility_level = 3.6
smtp_dns_support_level = dnssec
smtp_tls_security_level = may
smtp_tls_dane_insecure_mx_policy = dane
smtp_tls_policy_maps = socketmap:unix:{MAP}:QUERY
"""


class SelfTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = roots.Root("postfix", {"postfix": 101}, {"postdrop": 102})
        cls.addClassCleanup(cls.root.close)
        cls.root.install(DANEBOUND, "/usr/bin/danebound")

    def setUp(self):
        self.root.write("/etc/postfix/main.cf", MAIN_CF)
        self.root.write("/etc/postfix/master.cf",
                        "smtp unix - - y - - smtp\n")
        self.ask(VALIDATES)
        self.root.write("/etc/resolv.conf", "nameserver 192.0.2.53\n")

    def ask(self, address, options="options trust-ad\n"):
        """What Postfix finds in its chroot."""
        self.root.write(f"{QUEUE}/etc/resolv.conf",
                        f"nameserver {address}\n{options}")

    def serve(self):
        folder = self.root.path(f"{QUEUE}/danebound")
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder)
        conf = folder / "serve.conf"
        log = folder / "log"
        conf.write_text(f'module_socket = "{os.environ["DANEBOUND_SOCKET"]}"\n'
                        f'[[listen]]\nprotocol = "socketmap"\n'
                        f'unix = "{folder}/socketmap.sock"\n')
        with open(log, "wb") as output:
            daemon = subprocess.Popen([DANEBOUND, "serve", "--config", conf],
                                      stderr=output)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        self.assertTrue(
            resolver.wait_until(lambda: b"serving" in log.read_bytes()))

    def self_test(self, *arguments):
        """The exit code, and (name, result, text) of each check."""
        done = subprocess.run(
            self.root.command("danebound", "self-test", "--mta", "--json",
                              *arguments),
            text=True, capture_output=True, env=roots.environment(), timeout=100,
            check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, [
            (check["name"], check["result"], check["text"])
            for check in json.loads(done.stdout)["checks"]]

    def results(self, *arguments):
        code, checks = self.self_test(*arguments)
        return code, {name: result for name, result, _ in checks}

    def test_passes_when_resolver_settings_and_map_are_right(self):
        self.serve()
        code, checks = self.self_test()
        self.assertEqual({result for _, result, _ in checks}, {"passed"}, checks)
        self.assertEqual(
            [name for name, _, _ in checks],
            ["resolver", "trust-ad", "dns-support", "tls-level", "insecure-mx",
             "policy-map"])
        self.assertEqual(code, 0)

    # RFC 7672 2.1.1: without AD nothing is secure, and Postfix says nothing.
    def test_fails_when_the_resolver_sets_no_ad(self):
        unbound = resolver.Resolver(modules="dynlib iterator")
        self.addCleanup(unbound.stop)
        self.ask(resolver.ADDRESS)
        code, checks = self.self_test()
        self.assertEqual(checks[0][:2], ("resolver", "failed"))
        self.assertIn("without AD", checks[0][2])
        self.assertEqual(code, 4)

    def test_fails_when_no_resolver_answers(self):
        self.ask("127.53.1.250")
        code, results = self.results("--timeout", "2")
        self.assertEqual((code, results["resolver"]), (4, "failed"))

    def test_reads_the_resolver_of_the_chroot_only_when_postfix_is_in_it(self):
        self.root.resolve_with(VALIDATES)
        self.root.path(f"{QUEUE}/etc/resolv.conf").unlink()
        self.assertEqual(self.results()[1]["resolver"], "failed")
        self.root.write("/etc/postfix/master.cf", "smtp unix - - n - - smtp\n")
        self.assertEqual(self.results()[1]["resolver"], "passed")

    def test_warns_when_the_libc_may_hide_ad(self):
        self.ask(VALIDATES, options="")
        self.assertEqual(self.results()[1]["trust-ad"], "warning")

    def test_fails_when_nobody_answers_the_map(self):
        code, results = self.results()
        self.assertEqual((code, results["policy-map"]), (4, "failed"))

    def test_names_the_configuration_that_postconf_cannot_read(self):
        done = subprocess.run(
            self.root.command("danebound", "self-test", "--mta",
                              "--postfix-config", "/etc/nowhere"),
            text=True, capture_output=True, env=roots.environment(), check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("/etc/nowhere", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
