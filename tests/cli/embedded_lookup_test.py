#!/usr/bin/python3
"""`danebound lookup --embedded` and `self-test --embedded`, against real signed
zones. Runs beside tests/tree/tree.py:

    tree.py run --only NAME… -- embedded_lookup_test.py DANEBOUND
"""

import json
import os
import subprocess
import sys
import unittest

CONF = os.environ.get("DANEBOUND_TREE_CONF", "")


def run(command, *arguments):
    return subprocess.run(
        [DANEBOUND, command, "--embedded", "--unbound-conf", CONF, *arguments],
        capture_output=True, text=True, timeout=60, check=False)


class EmbeddedLookup(unittest.TestCase):
    def test_delivers_under_authentication(self):
        result = run("lookup", "--json", "tlsa-full.example")
        self.assertEqual(result.returncode, 0, result.stderr)
        verdict = json.loads(result.stdout)
        self.assertEqual(verdict["security"], "secure")
        self.assertEqual([host["duty"] for host in verdict["hosts"]],
                         ["authenticate", "authenticate"])

    def test_ends_with_two_on_a_null_mx(self):
        self.assertEqual(run("lookup", "null-mx.example").returncode, 2)

    def test_ends_with_three_when_tlsa_fails(self):
        result = run("lookup", "--json", "tlsa-servfail.example")
        self.assertEqual(result.returncode, 3)
        host = json.loads(result.stdout)["hosts"][0]
        self.assertEqual((host["duty"], host["cause"]), ("skip", "tlsa-failed"))

    def test_looks_many_up_in_the_order_given(self):
        domains = ["null-mx.example", "tlsa-full.example", "a..b",
                   "tlsa-servfail.example"] * 10
        result = run("lookup", "--json", *domains)
        self.assertEqual(result.returncode, 4)
        printed = [json.loads(line)["next_hop"]
                   for line in result.stdout.splitlines()]
        self.assertEqual(printed, domains)

    def test_keeps_the_timeout(self):
        result = run("lookup", "--timeout", "0.001", "tlsa-full.example")
        self.assertIn(result.returncode, (3, 4))

    def test_tests_itself(self):
        result = run("self-test", "--json")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        checks = json.loads(result.stdout)["checks"]
        self.assertIn("trust-anchor", [check["name"] for check in checks])


if __name__ == "__main__":
    DANEBOUND = sys.argv.pop(1)
    unittest.main(verbosity=2)
