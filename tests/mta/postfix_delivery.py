"""Deliveries by Debian's Postfix, with the policies of `danebound serve`."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import deliveries
import delivery_case
import lying_resolver
import postfix_sender

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "module"))
NOT_VALIDATING = "127.53.1.5"


class Postfix(delivery_case.Deliveries, unittest.TestCase):
    SENDER = postfix_sender.PostfixSender

    def deliver_one(self, scenario):
        """What happened, as the table has it, and the log of it."""
        begin = len(self.sender.log())
        result, arrivals = self.deliver([scenario])[scenario]
        why = re.search(r"\((.*)\)$", result.text)[1]
        return (delivery_case.outcome(result, arrivals, why),
                self.sender.log()[begin:])

    @contextlib.contextmanager
    def logs(self, words):
        """Waits for these words of `danebound serve` after what is done inside."""
        count = self.sender.serve.log().count(words)
        yield
        self.sender.serve.wait_for(words, count + 1)

    def not_validating(self):
        """The address of a resolver that does not validate."""
        import resolver  # which is only inside the tree
        unbound = resolver.Resolver(server=[f"interface: {NOT_VALIDATING}"],
                                    modules="iterator")
        self.addCleanup(unbound.stop)
        return NOT_VALIDATING

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
        with self.logs("next_hop=mismatching.example policy=audit answer=NOTFOUND "
                       "would_answer=dane-only"):
            self.deliver_one("mismatching")

    def test_audit_and_log_summary_foretell_who_will_be_deferred(self):
        begin = len(self.sender.serve.log())
        self.sender.reload(self.sender.SETTINGS["audit"])
        self.deliver(set(deliveries.SCENARIOS) - {"insecure"})
        with self.logs("next_hop=insecure.unsigned policy=audit "):
            self.deliver_one("insecure")
        summary = json.loads(subprocess.run(
            [os.environ["DANEBOUND_TEST_COMMAND"], "log-summary", "--json"],
            input=self.sender.serve.log()[begin:], text=True, timeout=60,
            stdout=subprocess.PIPE, check=False).stdout)
        # Of a domain whose MX lookup fails Postfix does not ask.
        self.assertEqual(
            {each["next_hop"] for each in summary["next_hops"]
             if each["would_defer"]},
            {deliveries.domain(scenario) for scenario, expected
             in self.sender.EXPECTED.items()
             if expected.state == "deferred" and scenario != "mx-bogus"})

    # A TLS session of before would let the attacker in.
    def test_resumes_no_session_from_before_audit_ended(self):
        self.sender.reload(self.sender.SETTINGS["audit"])
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "delivered: attacker, TLS")
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "deferred: Server certificate not verified")

    # RFC 7672 2.2.1: a host that the administrator names is securely named.
    def test_authenticates_a_host_given_by_the_administrator(self):
        self.addCleanup(self.sender.set, "-X", "relayhost")
        self.sender.reload(self.sender.SETTINGS["enforce"])
        for host, happened in (
                ("mx.matching.example", "delivered: right, TLS"),
                ("mx.mismatching.example",
                 "deferred: Server certificate not verified")):
            self.sender.set(f"relayhost=[{host}]")
            with self.logs(f"next_hop=[{host}] policy=enforce answer=dane-only "):
                self.assertEqual(self.deliver_one("insecure")[0], happened)

    def test_gets_an_answer_while_settings_are_reloaded(self):
        domains = [deliveries.domain(each) for each, expected
                   in self.sender.EXPECTED.items()
                   if expected.state == "delivered"]
        begin = len(self.sender.log())
        with concurrent.futures.ThreadPoolExecutor() as pool:
            sent = pool.submit(self.sender.send, domains)
            while not sent.done():
                self.sender.reload(self.sender.SETTINGS["enforce"])
        results = self.sender.results(domains)
        self.assertEqual({result.state for result in results.values()},
                         {"delivered"}, results)
        self.assertNotIn("policy table lookup error", self.sender.log()[begin:])

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

    # Without a module: libunbound answers.
    def test_follows_verdicts_of_the_embedded_driver(self):
        self.sender.stop_serve()
        self.addCleanup(self.sender.start_serve)
        self.sender.start_serve(options=(
            "--embedded", "--unbound-conf", os.environ["DANEBOUND_TREE_CONF"]))
        self.addCleanup(self.sender.stop_serve)
        self.assert_happened(self.sender.EXPECTED,
                             self.deliver(deliveries.SCENARIOS))

    # Postfix sets the option for its own lookups.
    def test_needs_no_option_trust_ad(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.use_resolver(f"nameserver {self.resolver}\n")
        self.assertEqual(self.deliver_one("matching")[0],
                         "delivered: right, TLS")
        self.assertEqual(self.deliver_one("tlsa-bogus")[0],
                         "deferred: client TLS configuration problem")

    # Without the AD bit `dane-only` defers, and `dane` would demand nothing.
    def test_keeps_mail_without_a_validating_resolver(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.use_resolver(f"nameserver {self.not_validating()}\noptions trust-ad\n")
        happened, log = self.deliver_one("matching")
        self.assertEqual(happened, "deferred: non DNSSEC destination")
        self.assertIn("warning: DNSSEC validation may be unavailable", log)
        self.assertTrue(self.deliver_one("unusable-stripped")[0].startswith(
            "deferred: TLS is required, but was not offered"))
        # Postfix knows no better, danebound does.
        for scenario, reason in (
                ("tlsa-bogus", "tlsa-bogus: mx.tlsa-bogus.example: "),
                ("mx-bogus", "mx-bogus: mx-bogus.example MX: ")):
            happened, log = self.deliver_one(scenario)
            self.assertEqual(happened,
                             "deferred: client TLS configuration problem")
            self.assertIn(f"temporary error: {reason}", log)
        self.assertIn("  failed   resolver: ", self.sender.self_test())

    def test_passes_the_self_test_as_documented(self):
        said = self.sender.self_test().replace(self.resolver, "127.0.0.1")
        self.assertIn(f"# danebound self-test --mta\n{said}",
                      postfix_sender.DOCUMENT.read_text())

    # Without danebound `dane` is all that Postfix demands, of any destination.
    def test_gains_mail_that_waits_over_its_own_level_dane(self):
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.set("smtp_tls_policy_maps=", "smtp_tls_security_level=dane")
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "deferred: Server certificate not verified")
        self.use_resolver(f"nameserver {self.not_validating()}\n")
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "delivered: attacker, TLS")

    def test_needs_its_dns_support_level(self):
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.sender.set("-X", "smtp_dns_support_level")
        happened, log = self.deliver_one("matching")
        self.assertEqual(happened, "deferred: client TLS configuration problem")
        self.assertIn("dane-only configured with dnssec lookups disabled", log)
        self.assertTrue(self.deliver_one("unusable-stripped")[0].startswith(
            "deferred: TLS is required, but was not offered"))

    def assert_self_test_fails(self, check):
        said = " ".join(self.sender.self_test().split())
        self.assertIn(f" failed {check}: ", said)

    # Settings with which the policy that danebound gives has no effect.
    def test_needs_dns_for_its_hosts_as_the_self_test_says(self):
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.addCleanup(self.sender.set, "-X", "smtp_host_lookup")
        self.sender.set("smtp_host_lookup=native")
        _, log = self.deliver_one("matching")
        self.assertIn("dane-only configured with dnssec lookups disabled", log)
        self.assert_self_test_fails("host-lookup")

    def test_passes_danebound_by_in_a_service_without_the_map(self):
        option = "smtp/unix/smtp_tls_policy_maps"
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.addCleanup(self.sender.set, "-PX", option)
        self.sender.set("-P", f"{option}=")
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "delivered: attacker, TLS")
        self.assertEqual(self.deliver_one("stripped")[0],
                         "delivered: clear, no TLS")
        self.assert_self_test_fails("policy-map")

    # smtp_dns_support_level stands above it.
    def test_holds_with_disable_dns_lookups(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.addCleanup(self.sender.set, "-X", "disable_dns_lookups")
        self.sender.set("disable_dns_lookups=yes")
        self.assertEqual(self.deliver_one("matching")[0],
                         "delivered: right, TLS")
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "deferred: Server certificate not verified")

    # Postfix asks all tables for the name itself before any for what is above.
    def test_takes_a_table_of_its_own_first_for_the_name_itself(self):
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.sender.root.write("/etc/postfix/tls_policy",
                               "mismatching.example may\n.example may\n")
        self.sender.set("smtp_tls_policy_maps=texthash:/etc/postfix/tls_policy "
                        "socketmap:unix:danebound/socketmap.sock:QUERY")
        self.assertEqual(self.deliver_one("mismatching")[0],
                         "delivered: attacker, TLS")
        self.assertEqual(self.deliver_one("stripped")[0].split(" by ")[0],
                         "deferred: TLS is required, but was not offered")

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


class _WithALyingResolver(delivery_case.Deliveries):
    """Postfix asks a resolver that does not validate."""

    @classmethod
    def start_resolver(cls):
        unbound = lying_resolver.start()
        cls.addClassCleanup(unbound.stop)
        return lying_resolver.ADDRESS


class UnvalidatedPostfix(_WithALyingResolver, unittest.TestCase):
    SENDER = postfix_sender.UnvalidatedPostfixSender

    # Else it would be believed: it names a host of an attacker.
    def test_is_told_why_mail_waits(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        for scenario in ("partly", "null-mx"):
            begin = len(self.sender.log())
            self.deliver([scenario])
            self.assertIn(
                f"temporary error: mta-resolver: {self.sender.resolv_conf}, "
                f"{lying_resolver.ADDRESS}: it answers without AD",
                self.sender.log()[begin:])

    # The mail that waited goes, with nobody's help.
    def test_delivers_again_once_the_resolver_validates(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        good = os.environ["DANEBOUND_TREE_DNS"]
        self.addCleanup(self.sender.write_resolv_conf,
                        f"nameserver {self.resolver}\n")
        self.sender.write_resolv_conf(f"nameserver {good}\n")
        self.sender.serve.wait_for("mta-resolver state=good")
        for scenario in ("matching", "partly"):
            result, arrivals = self.deliver([scenario])[scenario]
            self.assertEqual(result.state, "delivered", result)
            self.assertLessEqual(set(arrivals), deliveries.SCENARIOS[scenario])


class PinnedPostfix(_WithALyingResolver, unittest.TestCase):
    SENDER = postfix_sender.PinnedPostfixSender

    # RFC 7672 8.1
    def test_sends_the_base_domain_as_sni(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.addCleanup(self.sender.use_documented_lines)
        self.sender.set("smtp_tls_loglevel=2")
        for scenario, name in (("matching", "mx.matching.example"),
                               ("mixed", "mx2.mixed.example")):
            begin = len(self.sender.log())
            self.deliver([scenario])
            self.assertIn(f"SNI hostname: {name}\n", self.sender.log()[begin:])

    # A TLS session of before would let the attacker in.
    def test_resumes_no_session_from_before_audit_ended(self):
        self.sender.reload(self.sender.SETTINGS["audit"])
        self.assertEqual(self.deliver(["mismatching"])["mismatching"][0].state,
                         "delivered")
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.assertEqual(self.deliver(["mismatching"])["mismatching"][0].state,
                         "deferred")

    # Pins are of SHA2-256: with another digest nobody matches.
    def test_needs_its_fingerprint_digest(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.addCleanup(self.sender.set, "-X", "smtp_tls_fingerprint_digest")
        self.sender.set("smtp_tls_fingerprint_digest=md5")
        result, arrivals = self.deliver(["matching"])["matching"]
        self.assertEqual((result.state, arrivals), ("deferred", []))


class TlsReports(unittest.TestCase):
    """The map QUERYwithTLSRPT, which Postfix understands as of 3.10."""

    SETTINGS = ('postfix_word = "pins"\nunenforced = "may"\n'
                '[destinations."mismatching.example"]\npolicy = "off"\n')

    def deliver(self, sender, scenarios):
        domains = {each: deliveries.domain(each) for each in scenarios}
        sender.send(domains.values())
        results = sender.results(domains.values())
        return {scenario: results[domain].state
                for scenario, domain in domains.items()}

    def sender(self, kind):
        sender = kind(os.environ["DANEBOUND_TREE_DNS"],
                      os.environ["DANEBOUND_SOCKET"], self.SETTINGS)
        self.addCleanup(sender.close)
        return sender

    def test_are_understood_by_the_postfix_of_debian_13(self):
        sender = self.sender(postfix_sender.NewerPostfixSender)
        self.assertGreaterEqual(sender.version(), (3, 10))
        self.assertEqual(
            self.deliver(sender, ("matching", "mismatching", "unusable", "forged",
                                  "stripped", "partly", "insecure")),
            {"matching": "delivered", "mismatching": "delivered",
             "unusable": "delivered", "forged": "delivered",
             "stripped": "deferred", "partly": "delivered",
             "insecure": "delivered"})
        self.assertNotIn("tls_policy", sender.log())
        self.assertIn("Verified TLS connection", sender.log())
        for word in ("fingerprint", "encrypt", "may", "dane"):
            sender.serve.wait_for(f"answer={word}")

    # Thus the map QUERY has none of them, ever.
    def test_make_that_of_debian_12_defer(self):
        sender = self.sender(postfix_sender.PostfixSender)
        sender.set("smtp_tls_policy_maps="
                   "socketmap:unix:danebound/socketmap.sock:QUERYwithTLSRPT")
        self.assertEqual(self.deliver(sender, ["matching"]),
                         {"matching": "deferred"})
        self.assertIn('invalid attribute name: "policy_type"', sender.log())
