#!/usr/bin/python3
"""`danebound serve` beside lookups of domains with dead name servers.

Runs with the zones of tests/module/flood_zones and authority.py: a dead domain
has 16 hosts, each in a zone whose three name servers are silent. More of them
are open than one connection to the module may have (64); meanwhile healthy
domains that are not cached are asked for.
"""

import contextlib
import json
import resource
import subprocess
import time
import unittest

from serving import DANEBOUND, Serve

import authority
import resolver
import socketmap

UNIT_FILES = 16384  # LimitNOFILE= of serve-service.conf
DEADLINES = "socketmap_deadline_ms = 15000\njson_deadline_ms = 3900"


class BesideDeadDomains:
    """What both say: the module, and libunbound in the daemon."""

    PROMPT = 0.0  # seconds that a healthy domain may take
    LOOKUP = (0, 0)  # time-out of `danebound lookup`, and how long it may take

    @classmethod
    def setUpClass(cls):
        cls.authority = authority.Authority()
        cls.addClassCleanup(cls.authority.stop)

    def start(self, resolver_options, serve_options):
        self.unbound = resolver.Resolver(server=[
            f'trust-anchor: "{self.authority.signed.anchor()}"'],
            **resolver_options)
        self.addCleanup(self.unbound.stop)
        self.serve = Serve(self.unbound.socket, DEADLINES,
                           arguments=serve_options(self.unbound))
        self.addCleanup(self.serve.stop)
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def assert_prompt(self, ask):
        took = []
        for number in range(12):
            start = time.monotonic()
            ask(f"w{number}.signed.made.unsigned")
            took.append(time.monotonic() - start)
            time.sleep(0.1)
        self.assertLess(max(took), self.PROMPT, took)

    def ask_map(self, domain):
        self.assertEqual(self.serve.ask(domain), "OK dane-only")

    def ask_json(self, domain):
        line, = self.serve.json_lines(domain + "\n")
        self.assertEqual(line["disposition"], "deliver")

    # As many processes of Postfix, one domain each.
    def test_a_hundred_that_postfix_asks_for(self):
        for number in range(100):
            client = self.stack.enter_context(self.serve.client())
            client.send(f"d{number}.dead.made.unsigned")
        self.wait_for_open(100)
        self.assert_prompt(self.ask_map)

    def test_two_hundred_and_forty_asked_for_as_json(self):
        for connection in range(8):
            sock = self.stack.enter_context(
                socketmap.connect(self.serve.json))
            sock.sendall(b"".join(
                f"d{connection * 30 + each}.dead.made.unsigned\n".encode()
                for each in range(30)))
        self.wait_for_open(240)
        self.assert_prompt(self.ask_json)

    # By the client library: one process, and one time-out for all of them.
    def test_a_hundred_that_one_run_of_lookup_asks_for(self):
        timeout, most = self.LOOKUP
        domains = [f"d{number}.dead.made.unsigned" for number in range(100)]
        began = time.monotonic()
        asked = subprocess.run(
            [DANEBOUND, "lookup", "--json", "--timeout", str(timeout),
             *self.resolver_of_lookup(),
             *domains, "w1.signed.made.unsigned"],
            capture_output=True, check=False, timeout=60)
        self.assertLess(time.monotonic() - began, most)
        last = json.loads(asked.stdout.splitlines()[-1])
        self.assertEqual(last["disposition"], "deliver")


class DeadDomains(BesideDeadDomains, unittest.TestCase):
    PROMPT = 0.5  # the machine may be busy
    LOOKUP = (3, 8)

    def setUp(self):
        self.start({}, lambda unbound: ())
        self.unbound.query("dead.made.unsigned", "A")
        self.unbound.lookup("warm.signed.made.unsigned")

    def wait_for_open(self, count):
        """Waits until the module has so many lookups."""
        self.assertTrue(
            resolver.wait_until(
                lambda: self.unbound.counter("lookups.open") >= count, 3),
            self.unbound.stats())
        time.sleep(1)

    def resolver_of_lookup(self):
        return ["--socket", str(self.unbound.socket)]


class EmbeddedDeadDomains(BesideDeadDomains, unittest.TestCase):
    PROMPT = 5.0  # in one thread with all else; where they wait, 15 s
    LOOKUP = (6, 16)

    def setUp(self):
        # As the unit has it: questions on their way are bounded by it.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most != resource.RLIM_INFINITY and most < UNIT_FILES:
            self.skipTest(f"{most} open files at most: the unit has {UNIT_FILES}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (UNIT_FILES, most))
        self.start({"start": False}, lambda unbound: (
            "--embedded", "--unbound-conf", str(unbound.conf)))
        self.ask_map("warm.signed.made.unsigned")

    def wait_for_open(self, count):
        del count  # nobody tells
        time.sleep(2)

    def resolver_of_lookup(self):
        return ["--embedded", "--unbound-conf", str(self.unbound.conf)]


if __name__ == "__main__":
    unittest.main()
