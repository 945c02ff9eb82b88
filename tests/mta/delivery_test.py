#!/usr/bin/python3
"""Real mail servers deliver to real mail servers, with danebound's policies.

Started without a tree it makes certificates and zones for one, and runs again
inside. Each scenario of deliveries.py is a domain that gets a message from each
MTA; at the end a table of what happened is printed.
"""

import functools
import os
import pathlib
import re
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "module"))

import deliveries  # noqa: E402
import exim_sender  # noqa: E402
import in_tree  # noqa: E402
import postfix_sender  # noqa: E402
import receivers  # noqa: E402
import sendmail_sender  # noqa: E402

NOT_VALIDATING = "127.53.1.5"
MATRIX = {}  # {(scenario, MTA): what happened}


def setUpModule():
    Deliveries.servers = receivers.Receivers(in_tree.folder())
    unittest.addModuleCleanup(print_matrix)
    unittest.addModuleCleanup(Deliveries.servers.stop)


def cell(result, arrivals):
    """What happened to a message, for the table."""
    where = [f"{each.server}{', TLS' if each.tls else ', no TLS'}"
             for each in arrivals]
    return f"{result.state}: {'; '.join(where) or reason(result.text)}"


def reason(text):
    """Of a line of a log: after Sendmail's stat=, or in Postfix's parentheses."""
    found = re.search(r"stat=(?:Deferred: )?(.*)$|\((.*)\)$", text)
    return found[1] or found[2] if found else text


def print_matrix():
    """As Markdown."""
    names = list(dict.fromkeys(name for _, name in MATRIX))
    print("\n|", " | ".join(["scenario", *names]), "|")
    print("|---" * (len(names) + 1) + "|")
    for scenario in deliveries.SCENARIOS:
        cells = [MATRIX.get((scenario, name), "") for name in names]
        print("|", " | ".join([scenario, *cells]), "|")


@functools.cache
def not_validating():
    """The address of a resolver that does not validate."""
    import resolver  # only inside the tree
    unbound = resolver.Resolver(server=[f"interface: {NOT_VALIDATING}"],
                                modules="iterator")
    unittest.addModuleCleanup(unbound.stop)
    return NOT_VALIDATING


class Deliveries:
    """What is asked of every MTA."""

    SENDER = None  # a kind of senders.Sender
    servers = None

    @classmethod
    def setUpClass(cls):
        cls.resolver = os.environ["DANEBOUND_TREE_DNS"]
        cls.sender = cls.SENDER(cls.resolver,
                                os.environ["DANEBOUND_SOCKET"])
        cls.addClassCleanup(cls.sender.close)

    def deliver(self, scenarios):
        """{scenario: (Result, [Arrival])} of a message for each."""
        self.servers.take()
        domains = {each: deliveries.domain(each) for each in scenarios}
        self.sender.send(domains.values())
        results = self.sender.results(domains.values())
        arrivals = self.servers.take()
        return {scenario: (results[domain], arrivals.get(domain, []))
                for scenario, domain in domains.items()}

    def assert_happened(self, expected, happened):
        for scenario, (result, arrivals) in happened.items():
            with self.subTest(scenario):
                wanted = expected[scenario]
                said = "\n".join([result.text, *self.sender.decisions()])
                self.assertEqual((result.state, tuple(arrivals)),
                                 (wanted.state, wanted.arrivals), said)
                self.assertIn(wanted.words, result.text)

    def test_delivers_over_the_right_tls_or_defers_with_the_reason(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        happened = self.deliver(deliveries.SCENARIOS)
        for scenario, (result, arrivals) in happened.items():
            MATRIX[scenario, self.sender.NAME] = cell(result, arrivals)
            if scenario not in self.sender.CANNOT:
                with self.subTest("promise", scenario=scenario):
                    self.assertLessEqual(set(arrivals),
                                         deliveries.SCENARIOS[scenario])
        self.assert_happened(self.sender.EXPECTED, happened)

    def test_follows_the_settings_after_a_reload(self):
        for name, expected in self.sender.EXPECTED_UNDER.items():
            with self.subTest(name):
                self.sender.reload(self.sender.SETTINGS[name])
                self.assert_happened(expected, self.deliver(expected))


class Postfix(Deliveries, unittest.TestCase):
    SENDER = postfix_sender.PostfixSender

    def deliver_one(self, scenario):
        """What happened, as the table has it, and the log of it."""
        begin = len(self.sender.log())
        happened = cell(*self.deliver([scenario])[scenario])
        return happened, self.sender.log()[begin:]

    def use_resolver(self, resolv_conf):
        self.addCleanup(self.sender.write_resolv_conf,
                        f"nameserver {self.resolver}\noptions trust-ad\n")
        self.sender.write_resolv_conf(resolv_conf)

    def test_runs_its_smtp_client_in_the_chroot_of_debian(self):
        self.deliver_one("insecure")
        found = [os.readlink(f"/proc/{process}/root")
                 for process in self.sender.root.processes()
                 if pathlib.Path(f"/proc/{process}/comm").read_text() == "smtp\n"]
        self.assertEqual(set(found),
                         {str(self.sender.root.path(postfix_sender.QUEUE))})

    def test_audit_logs_what_it_would_have_answered(self):
        self.sender.reload(self.sender.SETTINGS["audit"])
        self.deliver_one("mismatching")
        self.assertIn("next_hop=mismatching.example policy=audit answer=may "
                      "would_answer=dane-only", self.sender.decisions()[-1])

    def test_keeps_mail_while_nobody_answers(self):
        self.sender.stop_serve()
        self.addCleanup(self.sender.start_serve)
        for scenario in ("matching", "insecure"):
            happened, log = self.deliver_one(scenario)
            self.assertEqual(happened,
                             "deferred: client TLS configuration problem")
            self.assertIn("policy table lookup error", log)

    def test_keeps_mail_while_there_is_no_verdict_and_logs_why(self):
        self.sender.stop_serve()
        self.addCleanup(self.sender.start_serve)
        self.sender.start_serve("socketmap_deadline_ms = 500\n",
                                module_socket="/nonexistent/module.sock")
        self.addCleanup(self.sender.stop_serve)
        happened, log = self.deliver_one("insecure")
        self.assertEqual(happened, "deferred: client TLS configuration problem")
        self.assertRegex(log, "server temporary error: (deadline|unavailable): ")

    # Postfix sets the option for its own lookups.
    def test_needs_no_option_trust_ad(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.use_resolver(f"nameserver {self.resolver}\n")
        self.assertEqual(self.deliver_one("matching")[0],
                         "delivered: right, TLS")
        self.assertEqual(self.deliver_one("tlsa-bogus")[0],
                         "deferred: TLSA lookup error for "
                         "mx.tlsa-bogus.example:25")

    # Without the AD bit `dane-only` defers, and `dane` demands nothing.
    def test_falls_from_dane_to_may_without_a_validating_resolver(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.use_resolver(f"nameserver {not_validating()}\noptions trust-ad\n")
        happened, log = self.deliver_one("matching")
        self.assertEqual(happened, "deferred: non DNSSEC destination")
        self.assertIn("warning: DNSSEC validation may be unavailable", log)
        self.assertEqual(self.deliver_one("tlsa-bogus")[0],
                         "delivered: attacker, TLS")
        self.assertEqual(self.deliver_one("unusable-stripped")[0],
                         "delivered: clear, no TLS")
        # Postfix knows no better, danebound does.
        happened, log = self.deliver_one("mx-bogus")
        self.assertEqual(happened, "deferred: client TLS configuration problem")
        self.assertIn("temporary error: mx-bogus: mx-bogus.example MX: ", log)
        self.assertIn("  failed   resolver: ", self.sender.self_test())

    def test_passes_the_self_test(self):
        said = self.sender.self_test()
        self.assertIn("  passed   resolver: ", said)
        self.assertNotRegex(said, "  (failed|warning) ")

    # Without danebound `dane` is all that Postfix demands, of any destination.
    def test_gains_mail_that_waits_over_its_own_level_dane(self):
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.set("smtp_tls_policy_maps=", "smtp_tls_security_level=dane")
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "deferred: Server certificate not verified")
        self.use_resolver(f"nameserver {not_validating()}\n")
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "delivered: attacker, TLS")

    def test_needs_its_dns_support_level(self):
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.sender.set("-X", "smtp_dns_support_level")
        happened, log = self.deliver_one("matching")
        self.assertEqual(happened, "deferred: client TLS configuration problem")
        self.assertIn("dane-only configured with dnssec lookups disabled", log)
        self.assertEqual(self.deliver_one("unusable-stripped")[0],
                         "delivered: clear, no TLS")

    def test_is_documented_with_the_words_of_its_log(self):
        text = postfix_sender.DOCUMENT.read_text()
        for expected in (self.sender.EXPECTED,
                         *self.sender.EXPECTED_UNDER.values()):
            for scenario, each in expected.items():
                if each.state == "deferred":
                    self.assertIn(f"`{each.words}`", text, scenario)

    # Behind insecure MX records `dane` is `may`, unless Postfix is told.
    def test_needs_its_insecure_mx_policy_to_authenticate_there(self):
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.reload(self.sender.SETTINGS["insecure-mx-authenticate"])
        self.sender.set("-X", "smtp_tls_dane_insecure_mx_policy")
        self.assertEqual(self.deliver_one("insecure-mx-mismatching")[0],
                         "delivered: attacker, TLS")


@unittest.skipUnless("DANEBOUND_TEST_EXIM_OBJECT" in os.environ,
                     "exim4-dev was missing when danebound was built")
class Exim(Deliveries, unittest.TestCase):
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


class SendmailDeliveries(Deliveries):
    """What is asked of Sendmail with and without a relay."""

    # RFC 7672 2.2: two domains with the same MX hosts, of which one promises
    # nothing, share a transaction.
    def test_checks_every_recipient_of_a_transaction(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        domains = [deliveries.domain("insecure-mx-stripped"),
                   deliveries.domain("stripped")]
        for order in (domains, domains[::-1]):
            self.servers.take()
            self.sender.send_together("together", order)
            results = self.sender.results(order)
            self.assertEqual([results[domain].state for domain in domains],
                             ["delivered", "deferred"])
            self.assertEqual(len(self.servers.take()["together"]), 1)

    def test_keeps_mail_while_nobody_answers(self):
        self.sender.stop_serve()
        self.addCleanup(self.sender.start_serve)
        for scenario in ("matching", "insecure"):
            result, arrivals = self.deliver([scenario])[scenario]
            self.assertEqual((result.state, arrivals), ("deferred", []))
            self.assertIn("danebound: no answer for ", result.text)


class Sendmail(SendmailDeliveries, unittest.TestCase):
    SENDER = sendmail_sender.SendmailSender

    def test_is_documented_with_the_words_of_its_log(self):
        text = sendmail_sender.DOCUMENT.read_text()
        for scenario, each in self.sender.EXPECTED.items():
            if each.state == "deferred":
                self.assertIn(f"`{each.words}", text, scenario)


class RelayedSendmail(SendmailDeliveries, unittest.TestCase):
    SENDER = sendmail_sender.RelayedSendmailSender


if __name__ == "__main__":
    if in_tree.folder() is None:
        sys.exit(in_tree.run(deliveries.write_world))
    unittest.main(verbosity=2)
