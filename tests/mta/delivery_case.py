"""What is asked of every mail server that sends: delivery_test.py runs it."""

import os
import pathlib

import deliveries

DOCUMENT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "mta" /
            "README.md")
MATRIX = {}  # {(scenario, MTA): what happened}


def outcome(result, arrivals, why):
    """What happened to a message, in words: where it arrived, else why not."""
    where = [f"{each.server}, {'TLS' if each.tls else 'no TLS'}"
             for each in arrivals]
    return f"{result.state}: {'; '.join(where) or why.strip(': ')}"


def print_matrix():
    """As Markdown."""
    names = list(dict.fromkeys(name for _, name in MATRIX))
    print("\n|", " | ".join(["scenario", *names]), "|")
    print("|---" * (len(names) + 1) + "|")
    for scenario in deliveries.SCENARIOS:
        cells = [MATRIX.get((scenario, name), "") for name in names]
        print("|", " | ".join([scenario, *cells]), "|")


def documented(name):
    """{scenario: what the document says of the MTA}."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in DOCUMENT.read_text().splitlines()
            if line.startswith("| ")]
    head = next(row for row in rows if row[0] == "scenario")
    if name not in head:
        return {}
    return {row[0]: row[head.index(name)] for row in rows
            if len(row) == len(head) and row[0] in deliveries.SCENARIOS}


class Deliveries:
    """For a test case of one MTA.

    SENDER   a kind of senders.Sender
    servers  the running receivers.Receivers
    """

    SENDER = None
    servers = None

    @classmethod
    def setUpClass(cls):
        cls.resolver = cls.start_resolver()
        cls.sender = cls.SENDER(cls.resolver, os.environ["DANEBOUND_SOCKET"])
        cls.addClassCleanup(cls.sender.close)

    @classmethod
    def start_resolver(cls):
        """The address of the resolver that the MTA asks."""
        return os.environ["DANEBOUND_TREE_DNS"]

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
            MATRIX[scenario, self.sender.NAME] = outcome(
                result, arrivals, self.sender.EXPECTED[scenario].words)
            with self.subTest("promise", scenario=scenario):
                self.assertLessEqual(set(arrivals),
                                     deliveries.SCENARIOS[scenario])
        self.assert_happened(self.sender.EXPECTED, happened)
        self.assertEqual(documented(self.sender.NAME),
                         {scenario: MATRIX[scenario, self.sender.NAME]
                          for scenario in deliveries.SCENARIOS},
                         f"{DOCUMENT}: put the table there that is printed")

    def test_follows_the_settings_after_a_reload(self):
        for name, expected in self.sender.EXPECTED_UNDER.items():
            with self.subTest(name):
                self.sender.reload(self.sender.SETTINGS[name])
                self.assert_happened(expected, self.deliver(expected))
