"""Deliveries by Debian's Exim, which asks the module through ${dlfunc}."""

import os
import re
import unittest

import deliveries
import delivery_case
import exim_sender
import serve_daemon

JSON_SOCKET = "/run/danebound-serve/json.sock"


@unittest.skipUnless("DANEBOUND_TEST_EXIM_OBJECT" in os.environ,
                     "exim4-dev was missing when danebound was built")
class Exim(delivery_case.Deliveries, unittest.TestCase):
    SENDER = exim_sender.EximSender

    def setUp(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])

    def outcome(self, scenario):
        """The state of a message, where it arrived, and what the log says."""
        result, arrivals = self.deliver([scenario])[scenario]
        return result.state, [each.server for each in arrivals], result.text

    def replace(self, old, new):
        """Changes a line of the configuration."""
        self.assertIn(old, self.sender.configuration)
        self.sender.configure(self.sender.configuration.replace(old, new))

    def resolve_without_ad(self):
        path = self.sender.root.path("/etc/resolv.conf")
        self.addCleanup(path.write_text, path.read_text())
        path.write_text(f"nameserver {self.resolver}\n")

    def assert_deferred(self, scenario, words):
        state, arrivals, text = self.outcome(scenario)
        self.assertEqual((state, arrivals), ("deferred", []), text)
        self.assertIn(words, text)

    def take_module_away(self):
        path = self.sender.root.path("/run/danebound/module.sock")
        away = path.with_suffix(".away")
        path.rename(away)
        self.addCleanup(away.rename, path)

    def test_keeps_mail_without_a_module(self):
        self.take_module_away()
        self.assert_deferred("insecure", "danebound: no verdict: /run/danebound/")
        self.assert_document_is_right("no verdict")

    def assert_document_is_right(self, *words):
        """The lines of the log with these words are as the document shows them."""
        blocks = re.findall(r"^```log\n(.*?)^```$",
                            exim_sender.DOCUMENT.read_text(), re.M | re.S)
        for word in words:
            line, = (line for line in "".join(blocks).splitlines()
                     if word in line)
            self.assertIn(line, self.sender.log())

    def test_says_what_the_document_shows(self):
        self.deliver(("mismatching", "stripped", "mixed-bogus", "mx-bogus"))
        self.assert_document_is_right("user@mismatching", "user@stripped",
                                      "mixed-bogus", "mx-bogus")

    def test_keeps_mail_without_the_object(self):
        self.replace(exim_sender.OBJECT, "/nowhere.so")
        self.assert_deferred("insecure", 'dlopen "/nowhere.so" failed')

    # As it does when the verdict of its router has grown old.
    def test_asks_again_in_the_transport_by_the_group_of_its_user(self):
        self.replace("{$host_address}", "{$host_address}{}")
        self.assertEqual(self.outcome("matching")[:2], ("delivered", ["right"]))
        group = self.sender.root.path("/etc/group")
        self.addCleanup(group.write_text, group.read_text())
        group.write_text(group.read_text().replace(":Debian-exim\n", ":\n"))
        self.assert_deferred("matching", "defer (-58)")
        self.assertIn("Permission denied", self.sender.decisions()[-1])

    # As when the module goes away while Exim waits for the greeting.
    def test_believes_no_certificate_of_a_host_that_is_skipped_too_late(self):
        self.replace("event_action = ", "# event_action = ")
        state, servers, _ = self.outcome("mixed-bogus")
        self.assertEqual((state, servers), ("delivered", ["right"]))
        self.assert_deferred("tlsa-bogus", "danebound: tlsa-bogus")

    # Exim's resolver library believes no AD bit without "trust-ad".
    def test_keeps_mail_where_its_own_lookups_are_not_validated(self):
        self.resolve_without_ad()
        self.assert_deferred("matching", "certificate invalid")
        self.assert_deferred("mixed", "certificate invalid")
        self.assertEqual(self.outcome("insecure")[:2], ("delivered", ["clear"]))

    # RFC 7672 3.1.2. GnuTLS does not look whether the anchor signed anything.
    def test_falls_for_a_forged_chain_unless_ee_only_is_chosen(self):
        state, servers, text = self.outcome("forged-anchor")
        self.assertEqual((state, servers), ("delivered", ["forger"]))
        self.assertIn(" CV=dane ", text)
        self.sender.reload("{ee-only}")
        self.assert_deferred("forged-anchor", "defer (-58)")
        self.assertIn("DANE-TA(2)", self.sender.decisions()[-1])

    # RFC 7672 2.2.2 has the name before the CNAMEs as the second candidate.
    def test_keeps_mail_where_tlsa_is_at_the_name_before_the_cnames(self):
        self.assert_deferred("host-alias", "certificate invalid")

    def test_owes_each_domain_of_a_message_its_own(self):
        domains = [deliveries.domain(each) for each in
                   ("matching", "stripped", "mx-bogus", "insecure")]
        self.sender.send_together(domains)
        self.assertEqual(
            [result.state for result in self.sender.results(domains).values()],
            ["delivered", "deferred", "deferred", "delivered"])

    def test_owes_a_smarthost_what_its_own_name_promises(self):
        for host, state, servers in (
                ("mx.matching.example", "delivered", ["right"]),
                ("mx.mismatching.example", "deferred", [])):
            self.replace("driver = dnslookup",
                         f"driver = manualroute\n  route_list = * {host}")
            lines = self.sender.root.path("/etc/exim4/exim4.conf").read_text()
            self.sender.configure(lines.replace("{$domain}", f"{{[{host}]}}"))
            self.assertEqual(self.outcome("insecure")[:2], (state, servers))

    def test_may_ask_danebound_serve_before_its_own_dane(self):
        gate = exim_sender.lines_of_the_document()[3]
        self.sender.root.make_folder("/run/danebound-serve")
        serve = serve_daemon.ServeDaemon(os.environ["DANEBOUND_SOCKET"], f"""
[[listen]]
protocol = "json"
unix = "{self.sender.root.path(JSON_SOCKET)}"
mode = "0666"
""")
        self.addCleanup(serve.stop)
        before, _, after = self.sender.configuration.partition("danebound:\n")
        self.sender.configure(f"{before}\n{gate}\ndanebound:\n{after}".replace(
            "  address_data =", "  # address_data ="))
        self.assertEqual(self.outcome("matching")[:2], ("delivered", ["right"]))
        self.assertEqual(self.outcome("insecure")[:2], ("delivered", ["clear"]))
        for scenario in ("tlsa-bogus", "mx-bogus"):
            self.assert_deferred(scenario, "danebound: no host may be used now")
        self.assertEqual(self.outcome("null-mx")[0], "bounced")
        self.sender.root.path(JSON_SOCKET).unlink()
        self.assert_deferred("insecure", JSON_SOCKET)

    def test_says_why_a_host_is_skipped(self):
        self.outcome("mixed-bogus")
        self.assertRegex(
            self.sender.decisions()[-1],
            r"danebound: mx1\.mixed-bogus\.example \[\S+\] skip: "
            r"_25\._tcp\.mx1\.mixed-bogus\.example TLSA: signature expired")

    # Why docs/mta/exim.md does not use them: three things of Exim 4.96.
    def test_returns_mail_by_hosts_require_dane(self):
        self.resolve_without_ad()
        self.replace("hosts_try_dane", "hosts_require_dane")
        self.assertEqual(self.outcome("matching")[0], "bounced")

    def test_takes_a_list_that_does_not_expand_for_an_empty_one(self):
        for option in ("hosts_require_tls", "hosts_try_dane"):
            self.replace(f"{option} = ", f"{option} = ${{dlfunc{{/no.so}}{{duty}}}}")
            self.sender.configuration = self.sender.root.path(
                "/etc/exim4/exim4.conf").read_text()
        self.assertEqual(self.outcome("stripped")[:2], ("delivered", ["clear"]))

    def test_loses_mail_by_a_variable_that_does_not_expand(self):
        self.replace("address_data = ", "set = r_danebound = ")
        self.sender.send([deliveries.domain("mx-bogus")])
        self.assertEqual(self.sender.wait_for_completed(), {})
        self.assertRegex(self.sender.log(), r" Completed\n\Z")
