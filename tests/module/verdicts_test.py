"""Verdicts through the socket: lookups, failures, deadlines, coalescing."""

import threading
import time
import unittest

import wire
from resolver import ModuleTest, tree_queries, wait_until


class Verdicts(ModuleTest):

    @classmethod
    def setUpClass(cls):
        from resolver import Resolver
        cls.shared = Resolver()

    @classmethod
    def tearDownClass(cls):
        cls.shared.stop()

    def test_secure_host_with_its_tlsa(self):
        facts = self.shared.lookup("ok.example")
        self.assertEqual((facts.kind, facts.security), ("mx", "secure"))
        host = facts.host("mx.ok.example")
        self.assertEqual((host.state, host.security), ("tlsa", "secure"))
        self.assertEqual(host.tlsa, [bytes([3, 1, 1]) + b"\x11" * 32])

    def test_hit_costs_one_request_one_reply_and_no_dns(self):
        self.shared.lookup("ok.example")
        before = tree_queries()
        with self.shared.client() as client:
            for _ in range(100):
                self.assertTrue(client.lookup("ok.example").from_cache)
            hits = client.stats()["cache.hits"]
        self.assertGreaterEqual(hits, 100)
        self.assertEqual(tree_queries(), before)

    def test_cached_only_asks_nothing(self):
        before = tree_queries()
        self.assert_refused("not-cached", self.shared.lookup, "never.example",
                            freshness=wire.CACHED_ONLY)
        self.assertEqual(tree_queries(), before)
        self.shared.lookup("ok.example")
        self.assertTrue(self.shared.lookup(
            "ok.example", freshness=wire.CACHED_ONLY).from_cache)

    def test_fresh_is_looked_up_again(self):
        self.shared.lookup("ok.example")
        facts = self.shared.lookup("ok.example", freshness=wire.FRESH)
        self.assertFalse(facts.from_cache)
        self.assertEqual(facts.kind, "mx")

    # RFC 7672 2.1.2, and the trap of Unbound's error cache: the second
    # SERVFAIL looks like an insecure answer without records.
    def test_servfail_is_a_failure_fresh_and_from_the_error_cache(self):
        for domain in ("servfail.example", "servfail.unsigned"):
            first = self.shared.lookup(domain, freshness=wire.FRESH)
            seen = len(tree_queries())
            second = self.shared.lookup(domain, freshness=wire.FRESH)
            self.assertEqual(len(tree_queries()), seen, "not from the cache")
            for facts in (first, second):
                self.assertEqual((facts.kind, facts.security),
                                 ("failed", "failed"))
                self.assertEqual(facts.hosts, [])
                self.assertIn("SERVFAIL", facts.texts())

    def test_bogus_names_the_record_and_the_reason(self):
        for _ in range(2):
            facts = self.shared.lookup("bogus.example", freshness=wire.FRESH)
            self.assertEqual((facts.kind, facts.security), ("failed", "bogus"))
            self.assertIn("expired", facts.texts())
            self.assertIn("bogus.example MX", facts.texts())
            self.assertIn("(EDE 7)", facts.texts())  # RFC 8914 4.8

    def test_failure_is_not_asked_again_at_once(self):
        self.shared.lookup("servfail.example", freshness=wire.FRESH)
        self.assertTrue(self.shared.lookup("servfail.example").from_cache)

    # Rule 2: failure costs only what it touches, and is asked again alone.
    def test_failed_host_is_asked_again_alone(self):
        first = self.shared.lookup("sick.example")
        self.assertEqual(first.host("mx1.sick.example").state, "tlsa")
        self.assertEqual(first.host("mx2.sick.example").state, "tlsa-failed")
        time.sleep(6)
        self.shared.control("flush", "sick.example")
        self.shared.control("flush", "mx1.sick.example")
        before = len(tree_queries())
        again = self.shared.lookup("sick.example")
        self.assertFalse(again.from_cache)
        self.assertEqual(again.host("mx1.sick.example").state, "tlsa")
        asked = [each for each in tree_queries()[before:]
                 if "sick.example" in each]
        self.assertTrue(asked)
        self.assertFalse([each for each in asked
                          if each.endswith(" MX") or "mx1" in each], asked)

    def test_equal_requests_share_one_lookup(self):
        self.shared.control("flush", "s0.slow.example")
        started = self.shared.counter("lookups.started")
        results = []

        def ask():
            results.append(self.shared.lookup("s0.slow.example"))
        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([each.kind for each in results], ["mx"] * 20)
        stats = self.shared.stats()
        self.assertEqual(stats["lookups.started"] - started, 1)
        self.assertGreaterEqual(stats["lookups.coalesced"], 19)

    # More than the connection takes at once, and than one worker runs at once.
    def test_many_requests_in_flight_are_answered_by_id(self):
        with self.shared.client() as client:
            client.send(b"".join(
                wire.lookup_frame(f"d{number}.many.example", number)
                for number in range(200)))
            replies = dict(client.read_facts() for _ in range(200))
        self.assertEqual(sorted(replies), list(range(200)))
        for facts in replies.values():
            self.assertEqual(facts.kind, "mx", facts)

    # The client's time: what is known by then, and nothing about the rest.
    def test_answers_before_the_client_gives_up_with_what_is_known(self):
        start = time.monotonic()
        facts = self.shared.lookup("part.example", timeout_ms=1500)
        self.assertLess(time.monotonic() - start, 1.5)
        self.assertEqual(facts.kind, "mx")
        self.assertEqual(facts.host("mx1.part.example").state, "tlsa")
        host = facts.host("q9.silent.example")
        self.assertEqual(host.state, "address-failed")
        self.assertIn("the time the client gave", host.reasons[0])

    def test_mx_that_does_not_come_in_time_is_a_failure(self):
        start = time.monotonic()
        facts = self.shared.lookup("silent.example", timeout_ms=400)
        self.assertLess(time.monotonic() - start, 0.4)
        self.assertEqual(facts.kind, "failed")

    def test_lookup_goes_on_after_a_client_has_left(self):
        started = self.shared.stats()["lookups.started"]
        with self.shared.client() as client:
            client.send(wire.lookup_frame("s1.slow.example"))
            wait_until(lambda: self.shared.stats()["lookups.started"] > started)
        self.assertTrue(wait_until(lambda: self._is_cached("s1.slow.example")))

    def _is_cached(self, domain):
        try:
            return bool(self.shared.lookup(domain,
                                           freshness=wire.CACHED_ONLY))
        except wire.Refused:
            return False

    def test_literal_needs_no_dns(self):
        with self.shared.client() as client:
            client.send(wire.frame(
                wire.LOOKUP, 1, b"\2\0\x19\4" + bytes([192, 0, 2, 1])
                + bytes(5)))
            _, facts = client.read_facts()
        self.assertEqual((facts.kind, facts.security),
                         ("address", "insecure"))

    def test_hello_names_module_and_resolver(self):
        with self.shared.client() as client:
            server, resolver = client.hello()
        self.assertRegex(server, r"^danebound-module \d")
        self.assertRegex(resolver, r"^unbound \d")

    def test_self_test_passes(self):
        with self.shared.client() as client:
            checks = client.self_test()
        # It may be a release that lacks fixes: modes_test, Release.
        self.assertNotEqual(checks.pop("resolver")[0], "failed")
        for name, (result, text) in checks.items():
            self.assertEqual(result, "passed", f"{name}: {text}")


class Flush(ModuleTest):

    def test_one_verdict(self):
        resolver = self.resolver()
        for domain in ("d1.many.example", "d2.many.example"):
            resolver.lookup(domain)
        with resolver.client() as client:
            self.assertEqual(client.flush("d1.many.example"), 1)
            self.assertEqual(client.flush("d1.many.example"), 0)
            self.assertFalse(client.lookup("d1.many.example").from_cache)
            self.assertTrue(client.lookup("d2.many.example").from_cache)

    def test_all_verdicts(self):
        resolver = self.resolver()
        with resolver.client() as client:
            for number in range(100):
                client.lookup(f"d{number}.many.example")
            self.assertEqual(client.flush(), 100)
            for number in range(100):
                self.assertFalse(
                    client.lookup(f"d{number}.many.example").from_cache)

    def test_open_lookup_is_not_kept_after_a_flush(self):
        resolver = self.resolver()
        with resolver.client() as waiting, resolver.client() as client:
            waiting.send(wire.lookup_frame("slow.example"))
            self.assertTrue(wait_until(
                lambda: client.stats()["lookups.open"] == 1))
            client.flush()
            self.assertEqual(waiting.read_facts()[1].kind, "mx")
            self.assert_refused("not-cached", client.lookup, "slow.example",
                                freshness=wire.CACHED_ONLY)


class Bounds(ModuleTest):

    def test_deadline_ends_a_lookup_and_the_known_hosts_stand(self):
        resolver = self.resolver(settings=["deadline_ms = 1000"])
        start = time.monotonic()
        facts = resolver.lookup("part.example")
        self.assertLess(time.monotonic() - start, 1.3)
        self.assertEqual(facts.host("mx1.part.example").state, "tlsa")
        host = facts.host("q9.silent.example")
        self.assertEqual(host.state, "address-failed")
        self.assertIn("deadline_ms", host.reasons[0])
        stats = resolver.stats()
        self.assertEqual(stats["lookups.open"], 0)
        self.assertEqual(stats["lookups.past_deadline"], 1)

    # Nobody wants what an ended lookup leaves behind.
    def test_sub_queries_left_behind_are_ended(self):
        resolver = self.resolver(settings=["deadline_ms = 300"])
        resolver.lookup("ok.example")
        self.assertEqual(resolver.lookup("silent.example").kind, "failed")
        self.assertTrue(wait_until(
            lambda: resolver.stats()["mesh.states"] == 0, 1))
        self.assertGreater(resolver.stats()["mesh.ended"], 0)
        self.assertNotIn("silent.example", resolver.control("dump_requestlist"))

    # A DNS client that asks for the same keeps its query.
    def test_sub_query_left_behind_is_kept_for_a_dns_client(self):
        resolver = self.resolver(settings=["deadline_ms = 600"])
        resolver.lookup("ok.example")
        with resolver.client() as client:
            client.send(wire.lookup_frame("slow.example"))
            answers = []
            asking = threading.Thread(
                target=lambda: answers.append(resolver.query("slow.example",
                                                             "MX")))
            asking.start()
            client.read_facts()
            self.assertTrue(wait_until(
                lambda: resolver.stats()["mesh.states"] == 0, 1))
            asking.join()
        self.assertEqual(answers[0].rcode(), 0)

    def test_busy_when_too_many_lookups_are_open(self):
        resolver = self.resolver(settings=["max_lookups = 5"])
        with resolver.client() as client:
            client.send(b"".join(wire.lookup_frame(f"s{n}.slow.example", n)
                                 for n in range(8)))
            results = [client.read_facts()[1] for _ in range(8)]
        refused = [each for each in results if isinstance(each, wire.Refused)]
        self.assertEqual([each.code for each in refused], ["busy"] * 3)
        self.assertIn("max_lookups", refused[0].text)

    def test_hosts_beyond_the_number_evaluated_are_listed(self):
        resolver = self.resolver(settings=["evaluated_hosts = 1"])
        facts = resolver.lookup("sick.example")
        self.assertEqual(facts.host("mx1.sick.example").state, "tlsa")
        self.assertEqual(facts.host("mx2.sick.example").state,
                         "not-evaluated")

    def test_cache_stays_within_its_bytes(self):
        resolver = self.resolver(settings=["cache_bytes = 20000"])
        with resolver.client() as client:
            for number in range(100):
                client.lookup(f"d{number}.many.example")
            stats = client.stats()
        self.assertLessEqual(stats["cache.bytes"], 20000)
        self.assertGreater(stats["cache.evictions"], 0)
        self.assertGreater(stats["cache.entries"], 0)


if __name__ == "__main__":
    unittest.main()
