"""What one MX query of a DNS client makes the resolver ask, and whom.

The queries are counted where they arrive (authority.py).
"""

import time
import unittest

import authority
import resolver

SETTLED = 1.5   # seconds without a query: all that was caused has come
FLOOD_SECONDS = 6
FLOOD_RATE = 49  # queries a second


class PrefetchCost(resolver.ModuleTest):

    @classmethod
    def setUpClass(cls):
        cls.authority = authority.Authority()

    @classmethod
    def tearDownClass(cls):
        cls.authority.stop()

    def start(self, *server):
        """Starts an Unbound that knows all that lies above the domains."""
        self.unbound = self.resolver(server=[
            *server, f'trust-anchor: "{self.authority.signed.anchor()}"'])
        self.unbound.lookup("ok.example")
        for zone in authority.ZONES:
            if zone != "sluggish":
                self.unbound.query(f"{zone}.made.unsigned", "SOA")
                self.unbound.query(f"absent-{zone}.{zone}.made.unsigned", "A")
        self.settle()

    def settle(self):
        """All queries, once none has come for a while."""
        seen = len(self.authority.queries())
        end = time.monotonic() + 20
        while time.monotonic() < end:
            time.sleep(SETTLED)
            queries = self.authority.queries()
            if len(queries) == seen:
                return queries
            seen = len(queries)
        return queries

    def caused_by(self, domain):
        """The queries that one MX query causes, its own among them."""
        self.start()
        before = len(self.settle())
        self.assertTrue(self.unbound.resolves(domain))
        caused = self.settle()[before:]
        self.assertGreater(self.unbound.counter("prefetch.started"), 0)
        return caused

    # The module's own questions are those for what a verdict is made of; the
    # rest is how the resolver finds and validates the answers.
    def sub_queries(self, queries):
        asked = {(query.name, query.kind) for query in queries}
        return {(name, kind) for name, kind in asked
                if name[0] == "h" and kind in (authority.A, authority.AAAA)
                or kind == authority.TLSA}

    def test_of_sixteen_hosts_in_signed_zones_is_bounded(self):
        caused = self.caused_by("d1.signed.made.unsigned")
        self.assertLessEqual(len(self.sub_queries(caused)), 12)
        self.assertLessEqual(len(caused), 40)

    def test_spares_a_third_party_where_nothing_exists(self):
        caused = self.caused_by("d1.absent.made.unsigned")
        self.assertLessEqual(
            len([query for query in caused if query.server == "third"]), 3)

    def test_of_chains_of_aliases_is_bounded(self):
        self.assertLessEqual(
            len(self.caused_by("d1.chains.made.unsigned")), 60)

    def assert_flood_is_bounded(self, domains):
        # Each MX question goes upstream itself, and but for this twice (RFC
        # 9156).
        self.start("qname-minimisation: no")
        before = len(self.settle())
        start = time.monotonic()
        due = start
        for domain in domains:
            self.unbound.query(domain, "MX")
            due += 1 / FLOOD_RATE
            time.sleep(max(0, due - time.monotonic()))
        seconds = time.monotonic() - start
        caused = self.settle()[before:]
        third = [query for query in caused if query.server == "third"]
        self.assertLessEqual(len(third), 15 * seconds)
        self.assertLessEqual(len(caused), 100 * seconds)

    # The answer has a TTL of 0 and names other hosts each time.
    def test_of_a_domain_that_changes_with_each_answer_is_bounded(self):
        self.assert_flood_is_bounded(
            ["zero.absent.made.unsigned"] * FLOOD_RATE * FLOOD_SECONDS)

    def test_of_ever_new_domains_is_bounded(self):
        self.assert_flood_is_bounded(
            [f"d{number}.absent.made.unsigned"
             for number in range(FLOOD_RATE * FLOOD_SECONDS)])


if __name__ == "__main__":
    unittest.main()
