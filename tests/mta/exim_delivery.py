"""Deliveries by Debian's Exim, which asks the module through ${dlfunc}."""

import os
import unittest

import deliveries
import delivery_case
import exim_sender


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

    def test_keeps_mail_without_a_module(self):
        self.sender.reload("{socket=/nowhere}")
        self.assert_deferred("insecure", "danebound: no verdict: /nowhere: ")

    def test_keeps_mail_without_the_object(self):
        self.replace(exim_sender.OBJECT, "/nowhere.so")
        self.assert_deferred("insecure", 'dlopen "/nowhere.so" failed')

    # Exim's resolver library believes no AD bit without "trust-ad".
    def test_keeps_mail_where_its_own_lookups_are_not_validated(self):
        self.resolve_without_ad()
        self.assert_deferred("matching", "certificate invalid")
        self.assert_deferred("mixed", "certificate invalid")
        self.assertEqual(self.outcome("insecure")[:2], ("delivered", ["clear"]))

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
