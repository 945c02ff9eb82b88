#!/usr/bin/python3
"""danebound beside others who judge by DANE, on the same cases."""

import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import types
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mta"))

import cases  # noqa: E402
import chains  # noqa: E402
import in_tree  # noqa: E402
import judges  # noqa: E402
import random_cases  # noqa: E402
import starttls_server  # noqa: E402

ROOT = HERE.parents[1]


# ---- outside -----------------------------------------------------------------

def write_world(folder):
    """Leaves chains, keys, zones and the list of the cases in the folder."""
    made = [*cases.all_cases(), *random_cases.random_cases()]
    zone = [f"zone {cases.ZONE}. signed ecdsa nsec"]
    listed = []
    for number, case in enumerate(made):
        address = f"127.61.{number // 250}.{number % 250 + 1}"
        files = folder / f"{case.name}.pem", folder / f"{case.name}.key"
        files[0].write_text(chains.pem(case.chain))
        files[1].write_text(case.chain[0].key_pem())
        zone.append(f"  {case.name} A {address}")
        zone += [f"  _25._tcp.{case.name} TLSA {record}"
                 for record in case.records]
        listed.append({"name": case.name, "host": case.host, "address": address,
                       "records": case.records, "expected": case.expected,
                       "section": case.section, "chain_file": str(files[0]),
                       "key_file": str(files[1]), "short_dh": case.short_dh})
    (folder / "judged.scenario").write_text("\n".join(zone) + "\n")
    (folder / "shared.zones").write_text(
        "zone . signed ecdsa nsec\nzone example. signed ecdsa nsec\n")
    (folder / "cases.json").write_text(json.dumps(listed))


# ---- inside ------------------------------------------------------------------

def read_cases():
    text = (in_tree.folder() / "cases.json").read_text()
    return [types.SimpleNamespace(**case) for case in json.loads(text)]


def read_explanations(judge):
    """What docs/conformance.md explains of a judge: pattern of cases, outcome."""
    text = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    section = text.split("\n## Where other judges differ\n")[1].split("\n## ")[0]
    rows = re.findall(
        rf"^\| {judge} \| ([^|]+) \| (\w+) \| RFC [^|]+ \| [^|]+ \|$",
        section, re.MULTILINE)
    return {(pattern, outcome) for patterns, outcome in rows
            for pattern in re.findall("`([^`]+)`", patterns)}


class Judges(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.cases = read_cases()
        cls.written = [case for case in cls.cases
                       if not case.name.startswith("random")]
        cls.resolver = os.environ["DANEBOUND_TREE_DNS"]
        server = starttls_server.StarttlsServer(
            {case.address: (case.chain_file, case.key_file, case.short_dh)
             for case in cls.cases})
        cls.addClassCleanup(server.stop)

    def differences(self, judge, asked):
        """Each case of which the judge says another thing than the RFCs."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            judged = list(pool.map(judge.judge, asked))
        return [(case, outcome, text)
                for case, (outcome, text) in zip(asked, judged)
                if outcome != case.expected]

    def assert_explained(self, judge, asked):
        """Every difference has a row that explains it, and every row one."""
        explained = read_explanations(judge.NAME)
        seen = set()
        for case, outcome, text in self.differences(judge, asked):
            rows = {(pattern, word) for pattern, word in explained
                    if word == outcome and fnmatch.fnmatchcase(case.name, pattern)}
            seen |= rows
            with self.subTest(case.name):
                self.assertTrue(rows, f"{judge.NAME} says {outcome}, "
                                f"{case.section} says {case.expected}:\n{text}")
        self.assertEqual(explained - seen, set(), "explained, but not seen")

    def test_danebound_says_what_the_rfcs_say(self):
        self.assertEqual([(case.name, case.expected, case.section, text)
                          for case, _, text in
                          self.differences(judges.Danebound(), self.cases)],
                         [])

    # RFC 7672 2.2: what an MTA does with each outcome
    def test_danebound_acts_in_a_connection_as_it_judges_offline(self):
        actions = {"authenticated": "authenticated", "failed": "deferred",
                   "unusable": "encrypted"}
        done = subprocess.run(
            [os.environ["DANEBOUND_TEST_COMMAND"], "check", "--json",
             *(f"[{case.host}]" for case in self.cases)], text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
            check=False)
        got = {report["domain"]: report["outcome"]
               for report in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(got, {f"[{case.host}]": actions[case.expected]
                               for case in self.cases}, done.stderr)

    def test_postfix_client(self):
        judge = judges.PosttlsFinger(self.resolver)
        self.addCleanup(judge.close)
        self.assert_explained(judge, self.cases)

    def test_exim(self):
        judge = judges.Exim(self.resolver, self.written)
        self.addCleanup(judge.close)
        self.assert_explained(judge, self.written)

    def test_ldns_dane(self):
        self.assert_explained(judges.LdnsDane(), self.written)

    def test_danetool(self):
        anchor = pathlib.Path(os.environ["DANEBOUND_TREE"], "root.key")
        judge = judges.Danetool(self.resolver, anchor.read_text())
        self.addCleanup(judge.close)
        self.assert_explained(judge, self.written)

    # RFC 7672 3.1.1, 3.1.2
    def test_danebound_judges_at_the_time_given(self):
        year = ["--time", str(int(time.time()) + 365 * 86400)]
        judge = judges.Danebound()
        for case in self.cases:
            if case.name.startswith(("right2", "right3")):
                with self.subTest(case.name):
                    outcome, text = judge.judge_at(case, *year)
                    self.assertEqual(outcome, "failed" if "right2" in case.name
                                     else "authenticated", text)


if __name__ == "__main__":
    if in_tree.folder() is None:
        sys.exit(in_tree.run(write_world))
    unittest.main(verbosity=2)
