#!/usr/bin/python3
"""Real mail servers deliver to real mail servers, with danebound's policies.

Started without a tree it makes certificates and zones for one, and runs again
inside. Each scenario of deliveries.py is a domain that gets a message from each
MTA; at the end a table of what happened is printed.
"""

import os
import re
import sys
import unittest

sys.dont_write_bytecode = True

import deliveries  # noqa: E402
import in_tree  # noqa: E402
import postfix_sender  # noqa: E402
import receivers  # noqa: E402

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


class Deliveries:
    """What is asked of every MTA."""

    SENDER = None  # a kind of senders.Sender
    servers = None

    @classmethod
    def setUpClass(cls):
        cls.sender = cls.SENDER(os.environ["DANEBOUND_TREE_DNS"],
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


if __name__ == "__main__":
    if in_tree.folder() is None:
        sys.exit(in_tree.run(deliveries.write_world))
    unittest.main(verbosity=2)
