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
import in_tree  # noqa: E402
import postfix_sender  # noqa: E402
import receivers  # noqa: E402

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
    why = re.search(r"\((.*)\)$", result.text)
    return f"{result.state}: {'; '.join(where) or (why or [result.text] * 2)[1]}"


def print_matrix():
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
                self.assertLessEqual(set(arrivals), deliveries.SCENARIOS[scenario],
                                     scenario)
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

    # Behind insecure MX records `dane` is `may`, unless Postfix is told.
    def test_needs_its_insecure_mx_policy_to_authenticate_there(self):
        self.addCleanup(self.sender.set, "smtp_tls_dane_insecure_mx_policy=dane")
        self.sender.reload(self.sender.SETTINGS["insecure-mx-authenticate"])
        self.sender.set("-X", "smtp_tls_dane_insecure_mx_policy")
        self.assertEqual(self.deliver_one("insecure-mx-mismatching")[0],
                         "delivered: attacker, TLS")


if __name__ == "__main__":
    if in_tree.folder() is None:
        sys.exit(in_tree.run(deliveries.write_world))
    unittest.main(verbosity=2)
