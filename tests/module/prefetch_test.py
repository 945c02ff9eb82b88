"""Prefetch: an MX answer to a DNS client starts the verdict lookup beside it."""

import time
import unittest

import resolver
import wire


class Prefetch(resolver.ModuleTest):

    def is_cached(self, unbound, domain):
        try:
            return bool(unbound.lookup(domain, freshness=wire.CACHED_ONLY))
        except wire.Refused:
            return False

    def assert_prefetched(self, unbound, domain):
        self.assertTrue(resolver.wait_until(
            lambda: self.is_cached(unbound, domain)), unbound.stats())

    def test_follows_an_mx_answer_from_the_network(self):
        unbound = self.resolver()
        self.assertTrue(unbound.resolves("ok.example"))
        self.assert_prefetched(unbound, "ok.example")
        self.assertEqual(unbound.counter("prefetch.started"), 1)

    def test_warms_what_an_mta_asks_next(self):
        unbound = self.resolver()
        self.assertTrue(unbound.resolves("ok.example"))
        self.assert_prefetched(unbound, "ok.example")
        seen = len(resolver.tree_queries())
        for name, kind in (("mx.ok.example", "A"),
                           ("_25._tcp.mx.ok.example", "TLSA")):
            self.assertTrue(unbound.resolves(name, kind))
        unbound.query("mx.ok.example", "AAAA")
        self.assertEqual(len(resolver.tree_queries()), seen)

    def test_follows_an_mx_answer_from_the_message_cache(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        with unbound.client() as client:
            client.flush()
        self.assertTrue(unbound.resolves("ok.example"))
        self.assert_prefetched(unbound, "ok.example")
        self.assertEqual(unbound.counter("prefetch.started"), 1)

    # Whatever came of it: a name costs its hosts little, however often it is
    # asked for.
    def test_is_not_repeated_within_half_a_minute(self):
        unbound = self.resolver()
        self.assertTrue(unbound.resolves("ok.example"))
        self.assert_prefetched(unbound, "ok.example")
        with unbound.client() as client:
            client.flush()
        self.assertTrue(unbound.resolves("ok.example"))
        stats = unbound.stats()
        self.assertEqual(stats["prefetch.started"], 1)
        self.assertEqual(stats["prefetch.dropped.recent"], 1)

    def test_follows_neither_lookups_nor_their_sub_queries(self):
        unbound = self.resolver()
        unbound.lookup("d1.many.example")
        unbound.lookup("[mx.many.example]")
        self.assertEqual(unbound.counter("prefetch.seen"), 0)

    def test_follows_only_mx_records(self):
        unbound = self.resolver()
        unbound.query("mx.ok.example", "A")
        unbound.query("mx.ok.example", "MX")          # NODATA
        unbound.query("absent.ok.example", "MX")      # NXDOMAIN
        unbound.query("servfail.example", "MX")
        unbound.query("servfail.example", "MX")       # from the error cache
        unbound.query("bogus.example", "MX")
        time.sleep(0.5)
        self.assertEqual(unbound.counter("prefetch.seen"), 0)

    def test_is_not_repeated_while_the_verdict_lives(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        for _ in range(5):
            self.assertTrue(unbound.resolves("ok.example"))
        stats = unbound.stats()
        self.assertEqual(stats.get("prefetch.started", 0), 0)
        self.assertEqual(stats["prefetch.seen"], 5)

    def test_can_be_turned_off(self):
        unbound = self.resolver(settings=["prefetch = false"])
        self.assertTrue(unbound.resolves("ok.example"))
        time.sleep(0.5)
        self.assertFalse(self.is_cached(unbound, "ok.example"))

    def test_of_a_flood_is_limited(self):
        unbound = self.resolver(settings=["prefetch_per_second = 5"])
        unbound.lookup("ok.example")
        start = time.monotonic()
        for number in range(100):
            self.assertTrue(unbound.resolves(f"d{number}.many.example"))
        seconds = time.monotonic() - start
        time.sleep(0.2)
        stats = unbound.stats()
        self.assertLessEqual(stats["prefetch.started"], 5 * (seconds + 2))
        self.assertGreater(stats["prefetch.dropped.rate"], 0)

    # A request is not bound by what a prefetch on its way may cost.
    def test_is_superseded_by_a_request(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        with unbound.client() as client:
            self.assertTrue(unbound.resolves("slow.example"))
            facts = client.lookup("slow.example")
        self.assertEqual(facts.kind, "mx")


if __name__ == "__main__":
    unittest.main()
