#!/usr/bin/python3
"""`danebound self-test --mta` in the root of a real Postfix.

Runs beside the tree of tests/tree.
"""

import json
import os
import pathlib
import shlex
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

    def self_test(self, *arguments, user="0:0"):
        """The exit code, and (name, result, text) of each check."""
        chroot, *inside = self.root.command("danebound", "self-test", "--mta",
                                            "--json", *arguments)
        done = subprocess.run(
            [chroot, f"--userspec={user}", *inside], text=True,
            capture_output=True, env=roots.environment(), timeout=100,
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
            ["resolver", "trust-ad", "transport", "dns-support", "host-lookup",
             "tls-level", "insecure-mx", "policy-map"])
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

    def test_fails_when_another_service_alone_is_asked(self):
        self.serve()
        self.set("smtp_tls_policy_maps = "
                 f"socketmap:unix:{MAP}:postfix")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["policy-map"]))
        self.assertIn("does not ask danebound", found["policy-map"][1])

    def test_asks_another_service_only_whether_it_answers(self):
        self.serve()
        self.set("smtp_tls_policy_maps = unionmap:{"
                 f"socketmap:unix:{MAP}:postfix, socketmap:unix:{MAP}:QUERY}}")
        self.assertEqual(self.found(), (0, {}))
        self.set(f"smtp_tls_policy_maps = socketmap:unix:{MAP}:QUERY, "
                 "socketmap:inet:[::1]:9:postfix")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["policy-map"]))
        self.assertIn("socketmap:inet:[::1]:9:postfix: ", found["policy-map"][1])

    def test_fails_when_nobody_asks(self):
        self.set("smtp_tls_policy_maps =")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["policy-map"]))

    def test_fails_when_no_service_runs_the_client(self):
        self.root.write("/etc/postfix/master.cf",
                        "smtp unix - - y - - error\n")
        code, found = self.found()
        self.assertEqual((code, found["policy-map"][0]), (4, "failed"))

    def add_services(self, *lines):
        self.root.write("/etc/postfix/master.cf",
                        "".join(f"{line}\n" for line in
                                ("smtp unix - - y - - smtp", *lines)))

    def set(self, *lines):
        """Writes main.cf with these lines in place of those of their names."""
        names = {line.split(" ")[0] for line in lines}
        kept = [line for line in MAIN_CF.splitlines()
                if line.split(" ")[0] not in names]
        self.root.write("/etc/postfix/main.cf", "\n".join([*kept, *lines, ""]))

    def found(self):
        """The exit code, and what is not passed: name to result and text."""
        code, checks = self.self_test()
        return code, {name: (result, text) for name, result, text in checks
                      if result != "passed"}

    def test_fails_when_addresses_come_past_dnssec(self):
        self.serve()
        self.set("smtp_host_lookup = native")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["host-lookup"]))
        self.assertIn("Run: postconf smtp_host_lookup=dns",
                      found["host-lookup"][1])

    def test_fails_when_the_default_transport_has_options_of_its_own(self):
        self.serve()
        self.add_services(
            "out unix - - y - - smtp -o smtp_tls_policy_maps=",
            "  -o { smtp_dns_support_level = enabled } -o syslog_name=x/$service_name")
        self.set("default_transport = out:")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["dns-support", "policy-map"]))
        for result, text in found.values():
            self.assertEqual(result, "failed")
            self.assertIn("master.cf, out (used by default_transport): ", text)
        self.assertIn("Run: postconf -PX out/unix/smtp_dns_support_level",
                      found["dns-support"][1])

    def test_mends_what_it_names(self):
        self.serve()
        self.root.write("/etc/postfix/master.cf",
                        "smtp unix - - y - - smtp -o smtp_tls_policy_maps=\n")
        self.set("smtp_dns_support_level =")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["dns-support", "policy-map"]))
        for _, text in found.values():
            self.root.run(*text.split("Run: ")[1].split())
        self.assertEqual(self.found(), (0, {}))

    def test_mends_the_folder_that_was_asked_for(self):
        self.serve()
        here, there = "/etc/postfix", "/etc/it's"
        self.root.write(f"{there}/main.cf", MAIN_CF.replace("dnssec", "enabled"))
        self.root.write(f"{there}/master.cf",
                        "smtp unix - - y - - smtp -o smtp_host_lookup=native\n")
        before = self.root.path(f"{here}/master.cf").read_text()
        asked = ("--postfix-config", there)
        code, checks = self.self_test(*asked)
        failed = [text for _, result, text in checks if result == "failed"]
        self.assertEqual((code, len(failed)), (4, 2), checks)
        for text in failed:
            self.root.run(*shlex.split(text.split("Run: ")[1]))
        self.assertEqual(self.self_test(*asked)[0], 0)
        self.assertEqual(self.root.path(f"{here}/main.cf").read_text(), MAIN_CF)
        self.assertEqual(self.root.path(f"{here}/master.cf").read_text(), before)

    # Postfix's words are the same in capitals.
    def test_takes_words_in_any_case(self):
        self.serve()
        self.set("smtp_dns_support_level = DNSSEC")
        self.assertEqual(self.found(), (0, {}))
        self.set("ignore_mx_lookup_error = YES",
                 "smtp_tls_security_level = None")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["dns-support", "tls-level"]))

    def test_leaves_the_hop_to_a_content_filter_alone(self):
        self.serve()
        self.add_services(
            "amavis unix - - n - 2 smtp -o smtp_tls_security_level=none",
            "  -o smtp_tls_policy_maps= -o smtp_dns_support_level=")
        _, found = self.found()
        for _, text in found.values():
            self.assertIn("amavis (not seen to be used)", text)
            self.assertNotIn("Run:", text)
        self.assertEqual(list(found), ["dns-support", "tls-level", "policy-map"])
        self.set("content_filter = amavis:[127.0.0.1]:10024")
        self.assertEqual(self.found(), (0, {}))
        self.set("our_filter = amavis")
        self.add_services(
            "amavis unix - - n - 2 smtp -o smtp_tls_security_level=none",
            "localhost:10025 inet n - y - - smtpd -o content_filter=",
            "smtp inet n - y - - smtpd -o content_filter=$our_filter:[::1]:1")
        self.assertEqual(self.found(), (0, {}))

    def test_names_other_instances(self):
        self.serve()
        self.set("multi_instance_directories = /etc/postfix-a /etc/postfix-b")
        code, found = self.found()
        self.assertEqual((code, list(found)), (0, ["instances"]))
        self.assertIn("/etc/postfix-a, /etc/postfix-b", found["instances"][1])

    # Beside the chroot's, /etc/resolv.conf is not to be had.
    def test_warns_when_named_destinations_alone_have_a_bad_resolver(self):
        self.serve()
        self.root.path("/etc/resolv.conf").unlink()
        self.add_services("inner unix - - n - - smtp")
        for lines in (["transport_maps = inline:{a.example=inner}"],
                      ["relay_domains = a.example", "relay_transport = inner"]):
            self.set(*lines)
            code, found = self.found()
            self.assertEqual((code, list(found)), (0, ["resolver"]), found)
            self.assertIn("master.cf, inner (used by ", found["resolver"][1])
        self.set("default_transport = inner")
        self.assertEqual(self.found()[0], 4)

    # transport(5): "*" of the table stands before default_transport.
    def test_sees_that_a_table_overrides_the_default_transport(self):
        self.serve()
        self.root.write("/etc/postfix/master.cf",
                        "smtp unix - - y - - smtp -o smtp_host_lookup=native\n"
                        "out unix - - y - - smtp\n")
        self.set("transport_maps = inline:{{* = out:}}")
        code, found = self.found()
        self.assertEqual((code, list(found)), (0, ["host-lookup"]), found)
        self.set("transport_maps = inline:{{* = :[192.0.2.1]}}")
        self.assertEqual(self.found()[0], 4)

    def test_groups_what_a_table_of_senders_names(self):
        self.serve()
        self.add_services("out unix - - y - - smtp", "error unix - - y - - error",
                          "box unix - - y - - lmtp -o lmtp_tls_policy_maps=$our",
                          "pipe unix - - y - - pipe")
        entries = ["@0.example=dunno", "@1.example=Dunno", "@2.example=error",
                   "@3.example=box", *(f"@{i}.example=pipe" for i in range(4, 10))]
        table = "sender_dependent_default_transport_maps = inline:{%s}"
        self.set(table % ", ".join(entries), f"our = socketmap:unix:{MAP}:QUERY")
        code, checks = self.self_test()
        texts = [text for name, result, text in checks
                 if (name, result) == ("transport", "warning")]
        self.assertEqual((code, len(texts)), (0, 2), texts)
        box, = (text for text in texts if " = box" in text)
        self.assertIn("It asks danebound", box)
        pipe, = (text for text in texts if " = pipe" in text)
        self.assertIn(" and 3 more = pipe", pipe)

    # "$name" of main.cf, which one client alone has other.
    def test_sees_an_option_through_a_name_in_main_cf(self):
        self.serve()
        self.add_services("out unix - - y - - smtp -o our_lookup=native")
        self.set("our_lookup = dns", "smtp_host_lookup = $our_lookup",
                 "default_transport = out")
        code, found = self.found()
        self.assertEqual((code, list(found)), (4, ["host-lookup"]))

    def test_reads_which_transports_the_tables_name(self):
        self.serve()
        self.add_services("slow unix - - y - - smtp -o smtp_host_lookup=native",
                          "relay unix - - y - - smtp")
        self.root.write("/etc/postfix/transport", "a.example slow:[192.0.2.1]\n")
        self.root.run("postmap", "/etc/postfix/transport")
        for table in ("hash", "proxy:hash", "texthash"):
            self.set(f"transport_maps = {table}:/etc/postfix/transport")
            code, found = self.found()
            self.assertEqual((code, list(found)), (0, ["host-lookup"]), found)
            self.assertIn("slow (used by transport_maps: a.example)",
                          found["host-lookup"][1])
        self.root.write("/etc/postfix/transport", "* slow:[192.0.2.1]\n")
        code, found = self.found()
        self.assertEqual((code, found["host-lookup"][0]), (4, "failed"))

    def test_says_which_tables_it_cannot_list(self):
        self.serve()
        self.add_services("slow unix - - y - - smtp -o smtp_host_lookup=native")
        self.set("transport_maps = static:slow")
        code, found = self.found()
        self.assertEqual((code, found["host-lookup"][0]), (4, "failed"))
        self.assertIn("static:slow: it cannot be listed (", found["transport"][1])
        self.assertIn("sequence operation is not supported",
                      found["transport"][1])

    def test_says_who_may_list_a_table(self):
        self.serve()
        self.root.write("/etc/postfix/transport", "a.example smtp:\n", mode=0o600)
        self.set("transport_maps = texthash:/etc/postfix/transport")
        self.assertEqual(self.found(), (0, {}))
        _, checks = self.self_test(user="1000:1000")
        (result, text), = [check[1:] for check in checks
                           if "cannot be listed" in check[2]]
        self.assertEqual(result, "warning")
        self.assertIn("Permission denied", text)
        self.assertIn("Run this as root", text)

    def test_claims_nothing_that_a_plain_user_cannot_see(self):
        self.serve()
        self.root.path(f"{QUEUE}/danebound").chmod(0o750)
        code, checks = self.self_test(user="1000:1000")
        self.assertEqual(code, 0, checks)
        (result, text), = [check[1:] for check in checks
                           if check[0] == "policy-map"]
        self.assertEqual(result, "warning")
        self.assertNotIn("deferred", text)
        self.assertIn("as root", text)

    def test_names_the_configuration_that_postconf_cannot_read(self):
        done = subprocess.run(
            self.root.command("danebound", "self-test", "--mta",
                              "--postfix-config", "/etc/nowhere"),
            text=True, capture_output=True, env=roots.environment(), check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("/etc/nowhere", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
