"""How long verdicts live: docs/verdicts.md has the promise."""

import time
import unittest

import resolver
import wire


class Life(resolver.ModuleTest):

    def test_ends_with_the_shortest_ttl_and_is_looked_up_again(self):
        unbound = self.resolver()
        facts = unbound.lookup("brief.example")
        self.assertLessEqual(facts.life, 7)
        self.assertGreater(facts.life, 5)
        end = time.monotonic() + facts.life
        time.sleep(facts.life - 2)
        left = unbound.lookup("brief.example")
        self.assertTrue(left.from_cache)
        self.assertLessEqual(left.life, end - time.monotonic() + 1)
        unbound.write_settings("prefetch = false")
        time.sleep(end - time.monotonic() + 0.2)
        again = unbound.lookup("brief.example", freshness=wire.ANY)
        self.assertGreater(again.life, 0)

    # On an idle worker Unbound's time is that of the last event.
    def test_is_not_lengthened_by_an_idle_worker(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        for name, kind in (("clock.example", "MX"), ("mx.clock.example", "A"),
                           ("mx.clock.example", "AAAA"),
                           ("_25._tcp.mx.clock.example", "TLSA")):
            self.assertTrue(unbound.resolves(name, kind))
        asked = time.monotonic()
        seen = len(resolver.tree_queries())
        time.sleep(6)
        facts = unbound.lookup("clock.example", freshness=wire.FRESH)
        idle = int(time.monotonic() - asked)
        self.assertEqual(len(resolver.tree_queries()), seen, "not cached")
        self.assertLessEqual(facts.life, 60 - idle + 1)
        self.assertLessEqual(facts.host("mx.clock.example").life,
                             60 - idle + 1)

    def test_of_nothing_goes_to_those_who_wait_and_is_not_kept(self):
        unbound = self.resolver()
        facts = unbound.lookup("zero.example")
        self.assertEqual((facts.kind, facts.life), ("mx", 0))
        self.assertEqual(facts.host("mx.zero.example").state, "tlsa")
        self.assert_refused("not-cached", unbound.lookup, "zero.example",
                            freshness=wire.CACHED_ONLY)

    def test_is_capped_by_the_setting(self):
        unbound = self.resolver(settings=["max_verdict_life = 3"])
        facts = unbound.lookup("ok.example")
        self.assertLessEqual(facts.life, 3)
        self.assertLessEqual(facts.host("mx.ok.example").life, 3)
        time.sleep(3.1)
        self.assert_refused("not-cached", unbound.lookup, "ok.example",
                            freshness=wire.CACHED_ONLY)

    # serve-expired must not lengthen what a verdict rests on.
    def test_expired_records_are_not_used_where_clients_get_them(self):
        unbound = self.resolver(server=["serve-expired: yes",
                                        "serve-expired-client-timeout: 1",
                                        "serve-expired-reply-ttl: 30"])
        unbound.lookup("brief.example")
        time.sleep(8)
        self.assertTrue(unbound.resolves("brief.example"))
        for _ in range(2):
            facts = unbound.lookup("brief.example", freshness=wire.FRESH)
            self.assertEqual(facts.security, "secure")
            self.assertLessEqual(facts.life, 7)
            self.assertLessEqual(facts.host("mx.brief.example").life, 7)


class Renewal(resolver.ModuleTest):

    # Asked once more within its life, it is there without a pause.
    def test_verdict_in_use_is_renewed_before_it_ends(self):
        unbound = self.resolver()
        unbound.lookup("brief.example")
        end = time.monotonic() + 16
        while time.monotonic() < end:
            facts = unbound.lookup("brief.example",
                                   freshness=wire.CACHED_ONLY)
            self.assertGreater(facts.life, 0)
            time.sleep(0.2)
        self.assertGreaterEqual(unbound.counter("renewals.started"), 2)

    def test_verdict_that_nobody_asks_for_is_not_renewed(self):
        unbound = self.resolver()
        unbound.lookup("brief.example")
        time.sleep(8)
        self.assertEqual(unbound.counter("renewals.started"), 0)
        self.assert_refused("not-cached", unbound.lookup, "brief.example",
                            freshness=wire.CACHED_ONLY)


if __name__ == "__main__":
    unittest.main()
