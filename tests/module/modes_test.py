"""What the operator sets in unbound.conf, and what verdicts make of it.

A resolver that does not validate gives no verdicts: RFC 7672 2.1.1 rests on
validation. DNS goes on untouched, and log and clients are told why."""

import contextlib
import threading
import time
import unittest

import dns.dnssec
import dns.message
import dns.name
import dns.query

import cache_backend
import resolver
import wire


def ds_of(zone, server):
    """The DS record of a zone, from the server that serves it."""
    zone = dns.name.from_text(zone)
    query = dns.message.make_query(zone, "DNSKEY")
    answer = dns.query.tcp(query, server, timeout=5).answer[0]
    key = next(each for each in answer if each.flags & 1)
    return dns.dnssec.make_ds(zone, key, "SHA256").to_text()


class NotValidating(resolver.ModuleTest):

    def assert_no_verdicts(self, unbound, words):
        text = self.assert_refused("not-validating", unbound.lookup,
                                   "ok.example")
        self.assertIn(words, text)
        self.assertTrue(resolver.wait_until(lambda: text in unbound.log()))
        self.assertTrue(unbound.resolves())

    def test_no_verdicts_without_a_validator(self):
        unbound = self.resolver(modules="dynlib iterator", anchor=False)
        self.assert_no_verdicts(unbound, "module-config")
        with unbound.client() as client:
            self.assertEqual(client.self_test()["validator"][0], "failed")

    def test_no_verdicts_without_a_trust_anchor(self):
        unbound = self.resolver(anchor=False)
        self.assert_no_verdicts(unbound, "trust-anchor")
        with unbound.client() as client:
            self.assertEqual(client.self_test()["trust-anchor"][0], "failed")

    def test_points_declared_insecure_are_no_trust_anchors(self):
        unbound = self.resolver(server=['domain-insecure: "ok.example"'],
                                anchor=False)
        self.assert_no_verdicts(unbound, "trust-anchor")

    def test_no_verdicts_in_permissive_mode(self):
        unbound = self.resolver(server=["val-permissive-mode: yes"])
        self.assert_no_verdicts(unbound, "val-permissive-mode")
        with unbound.client() as client:
            self.assertEqual(client.self_test()["permissive-mode"][0],
                             "failed")

    # A zone whose keys do not validate would pass for unsigned.
    def test_no_verdicts_where_stripped_signatures_pass(self):
        unbound = self.resolver(server=["harden-dnssec-stripped: no"])
        self.assert_no_verdicts(unbound, "harden-dnssec-stripped")
        with unbound.client() as client:
            self.assertEqual(client.self_test()["harden-dnssec-stripped"][0],
                             "failed")


class AnchorsOfUnknownAlgorithm(resolver.ModuleTest):
    """All that is signed would pass for unsigned below such an anchor."""

    ANCHORS = {"algorithm": f". IN DS 12345 200 2 {'A' * 64}",
               "digest": f". IN DS 12345 8 200 {'A' * 64}",
               "key": f". IN DNSKEY 257 3 200 {'A' * 128}"}

    # Unbound passes over them.
    def test_one_of_a_fixed_anchor_is_none(self):
        for what, anchor in self.ANCHORS.items():
            with self.subTest(what):
                unbound = self.resolver(server=[f'trust-anchor: "{anchor}"'],
                                        anchor=False)
                self.assertIn("trust-anchor", self.assert_refused(
                    "not-validating", unbound.lookup, "ok.example"))

    # Unbound keeps them, and nothing below is believed.
    def test_one_of_a_file_that_follows_rollovers_fails_the_lookup(self):
        for what, anchor in self.ANCHORS.items():
            with self.subTest(what):
                unbound = self.resolver(anchor=False, start=False)
                anchors = unbound.folder / "anchors"
                anchors.write_text(f"{anchor}\n")
                unbound.edit_conf("server:", "server:\n  auto-trust-anchor-"
                                  f'file: "{anchors}"')
                unbound.start()
                facts = unbound.lookup("ok.example")
                self.assertEqual((facts.kind, facts.security),
                                 ("failed", "bogus"))
                with unbound.client() as client:
                    self.assertEqual(
                        client.self_test()["known-name-secure"][0], "failed")


class UnusedAnchors(resolver.ModuleTest):
    """All that is signed would pass for unsigned below an anchor that Unbound
    passes over, or that has no key which counts (RFC 5011), also beside one
    that is good."""

    PENDING = (";;id: . 1\n. 3600 IN DNSKEY {key} ;;state=1 [ ADDPEND ] "
               ";;count=1 ;;lastchange={now} ;;then\n")
    UNKNOWN = f". IN DS 12345 200 2 {'A' * 64}\n"

    def kinds(self):
        query = dns.message.make_query(".", "DNSKEY")
        keys = dns.query.tcp(query, "127.53.0.1", timeout=5).answer[0]
        key = next(each for each in keys if each.flags & 1).to_text()
        return {
            "empty": ("trust-anchor-file", ""),
            "comments": ("trust-anchor-file", "; a comment\n\n"),
            "pending": ("auto-trust-anchor-file",
                        self.PENDING.format(key=key, now=int(time.time()))),
            "unknown": ("trust-anchor-file", self.UNKNOWN),
            "keys file": ("trusted-keys-file", "trusted-keys { };\n"),
            "pattern": ("trusted-keys-file", None)}

    @contextlib.contextmanager
    def unbound(self, setting, text, beside):
        good = [f'trust-anchor: "ok.example. DS '
                f'{ds_of("ok.example", "127.53.0.3")}"'] if beside else []
        unbound = resolver.Resolver(server=good, anchor=False, start=False)
        try:
            path = unbound.folder / "anchors"
            if text is None:
                path = unbound.folder / "*.none"
            else:
                path.write_text(text)
            unbound.edit_conf("server:", f'server:\n  {setting}: "{path}"')
            unbound.start()
            yield unbound, str(path)
        finally:
            unbound.stop()

    def test_give_no_verdicts_alone_and_beside_a_good_one(self):
        for what, (setting, text) in self.kinds().items():
            for beside in (False, True):
                with self.subTest(what=what, beside=beside), self.unbound(
                        setting, text, beside) as (unbound, path):
                    for domain in ("ok.example", "d1.many.example"):
                        why = self.assert_refused(
                            "not-validating", unbound.lookup, domain)
                    self.assertIn(f"{setting} {path}: ", why)
                    self.assertTrue(resolver.wait_until(
                        lambda why=why, log=unbound.log: why in log()))
                    self.assertTrue(unbound.resolves())
                    with unbound.client() as client:
                        self.assertEqual(
                            client.self_test()["trust-anchor"],
                            ("failed", why))

    def test_are_told_from_good_ones_of_every_setting(self):
        root = (resolver.TREE / "root.key").read_text()
        island = ds_of("ok.example", "127.53.0.3")
        for setting, text in (
                ("trust-anchor-file",
                 f"$ORIGIN example.\nok 60 IN DS ( {island} ) ; good\n{root}"),
                ("auto-trust-anchor-file", root)):
            with self.subTest(setting), self.unbound(
                    setting, text, True) as (unbound, _):
                facts = unbound.lookup("ok.example")
                self.assertEqual(facts.security, "secure")
                with unbound.client() as client:
                    self.assertEqual(client.self_test()["trust-anchor"],
                                     ("passed", "at ., ok.example"))


class PermissiveModeAtRunTime(resolver.ModuleTest):

    def switch(self, unbound, word):
        unbound.control("set_option", "val-permissive-mode:", word)

    def test_next_lookup_gives_no_verdict(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        self.switch(unbound, "yes")
        self.assert_refused("not-validating", unbound.lookup,
                            "d1.many.example")

    # The cached verdict was validated; a worker is asked once a second.
    def test_cached_verdicts_stop_within_seconds(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        self.switch(unbound, "yes")
        self.assertTrue(resolver.wait_until(lambda: self._refused(unbound), 3))

    def _refused(self, unbound):
        try:
            unbound.lookup("ok.example")
        except wire.Refused as refused:
            return refused.code == "not-validating"
        return False

    def test_mode_switched_while_a_lookup_runs_gives_no_verdict(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        with unbound.client() as client:
            client.send(wire.lookup_frame("slow.example"))
            time.sleep(0.3)
            self.switch(unbound, "yes")
            _, result = client.read_facts()
        self.assertIsInstance(result, wire.Refused)
        self.assertEqual(result.code, "not-validating")

    # Unbound keeps what it let through as "indeterminate", which looks like a
    # name below no trust anchor.
    def test_bogus_answers_let_through_are_bogus_when_it_is_off_again(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        self.switch(unbound, "yes")
        self.assertTrue(unbound.resolves("bogus.example"))
        self.switch(unbound, "no")
        seen = len(resolver.tree_queries())
        facts = unbound.lookup("bogus.example")
        asked = [each for each in resolver.tree_queries()[seen:]
                 if each == "bogus.example. MX"]
        self.assertEqual(asked, [], "not from the cache: the test shows little")
        self.assertEqual((facts.kind, facts.security), ("failed", "bogus"))

    def test_verdicts_are_given_again_when_it_is_off(self):
        unbound = self.resolver(server=["val-permissive-mode: yes"])
        self.assert_refused("not-validating", unbound.lookup, "ok.example")
        self.switch(unbound, "no")
        self.assertEqual(unbound.lookup("ok.example").security, "secure")


class Islands(resolver.ModuleTest):
    """Trust anchors for two zones and none above."""

    def setUp(self):
        anchors = [f'trust-anchor: "{zone}. DS {ds_of(zone, "127.53.0.3")}"'
                   for zone in ("ok.example", "alias.example")]
        self.unbound = self.resolver(server=anchors, anchor=False)

    def test_self_test_looks_at_all_and_misses_one_at_the_root(self):
        with self.unbound.client() as client:
            checks = client.self_test()
        self.assertEqual(checks["trust-anchor"][0], "warning")
        self.assertIn("ok.example, alias.example, none at the root",
                      checks["trust-anchor"][1])
        self.assertEqual(
            checks["known-name-secure"],
            ("passed", "DNSKEY of ok.example, alias.example is secure"))

    def test_names_below_a_trust_anchor_are_secure(self):
        facts = self.unbound.lookup("ok.example")
        self.assertEqual(facts.security, "secure")
        self.assertEqual(facts.host("mx.ok.example").state, "tlsa")

    # RFC 7672 2.1.1
    def test_names_below_none_are_insecure_and_say_so(self):
        facts = self.unbound.lookup("d1.many.example")
        self.assertEqual((facts.kind, facts.security), ("mx", "insecure"))
        self.assertIn("no trust anchor", facts.texts())

    # The security of the alias itself is told, though the message is not
    # secure: RFC 7672 2.2.2, "Insecure CNAME".
    def test_secure_alias_may_lead_below_none(self):
        facts = self.unbound.lookup("[mx.alias.example]")
        host = facts.host("mx.alias.example")
        self.assertEqual((host.state, host.security), ("no-tlsa", "insecure"))
        self.assertIn("_25._tcp.mx.alias.example TLSA", facts.texts())


class Expired(resolver.ModuleTest):
    """Unbound may give its clients what has expired (RFC 8767). No verdict
    rests on it."""

    def assert_found_anew(self, unbound):
        """The zone's records live for 7 seconds."""
        self.assertEqual(unbound.lookup("brief.example").security, "secure")
        time.sleep(8.5)
        with unbound.client() as client:
            client.flush()
        facts = unbound.lookup("brief.example")
        self.assertEqual((facts.kind, facts.security), ("mx", "secure"))
        host = facts.host("mx.brief.example")
        self.assertEqual(host.state, "tlsa")
        self.assertGreater(min(facts.life, host.life), 0)

    def test_answers_are_asked_again_with_serve_expired(self):
        self.assert_found_anew(self.resolver(server=["serve-expired: yes"]))

    def test_answers_of_a_cache_backend_are_asked_again(self):
        with cache_backend.CacheBackend("127.0.0.1") as backend:
            self.assert_found_anew(self.resolver(
                modules="dynlib validator cachedb iterator",
                clauses=backend.clause))
            self.assertTrue(backend.stored)

    # Unbound 1.17 hands them to every query, with a TTL of 0.
    def test_answers_of_a_cache_backend_are_asked_again_with_serve_expired(
            self):
        with cache_backend.CacheBackend("127.0.0.1") as backend:
            self.assert_found_anew(self.resolver(
                server=["serve-expired: yes"],
                modules="dynlib validator cachedb iterator",
                clauses=backend.clause))
            self.assertTrue(backend.stored)


class CacheBackend(resolver.ModuleTest):

    # A reload empties Unbound's own caches, not the backend's.
    def test_verdicts_rest_on_what_a_backend_kept_over_a_reload(self):
        with cache_backend.CacheBackend("127.0.0.1") as backend:
            unbound = self.resolver(
                modules="dynlib validator cachedb iterator",
                clauses=backend.clause)
            first = unbound.lookup("ok.example")
            unbound.reload()
            seen = len(resolver.tree_queries())
            again = unbound.lookup("ok.example")
        self.assertNotIn("ok.example. MX", resolver.tree_queries()[seen:])
        for facts in (first, again):
            self.assertEqual(facts.security, "secure")
            self.assertEqual(facts.host("mx.ok.example").state, "tlsa")


@unittest.skipIf(resolver.release() < (1, 23, 0),
                 "fast_reload came with Unbound 1.23")
class FastReload(resolver.ModuleTest):
    """fast_reload changes trust anchors and stubs with neither deinit nor
    init."""

    def is_found_anew(self, unbound):
        return not unbound.lookup("ok.example").from_cache

    def test_verdicts_of_the_former_configuration_are_dropped(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        self.assertFalse(self.is_found_anew(unbound))
        unbound.edit_conf("server:\n",
                          'server:\n  domain-insecure: "alias.example"\n')
        unbound.control("fast_reload")
        self.assertTrue(resolver.wait_until(
            lambda: self.is_found_anew(unbound), 3))

    def test_verdicts_stay_where_nothing_is_read_again(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        time.sleep(2.5)
        for number in range(20):
            self.assertTrue(unbound.resolves(f"d{number}.many.example"))
        self.assertFalse(self.is_found_anew(unbound))

    def test_no_verdicts_once_the_trust_anchor_is_gone(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        unbound.edit_conf("  trust-anchor-file:", "  # ")
        unbound.control("fast_reload")
        self.assertTrue(resolver.wait_until(
            lambda: self.is_refused(unbound), 3))

    def is_refused(self, unbound):
        try:
            unbound.lookup("ok.example")
        except wire.Refused as refused:
            return refused.code == "not-validating"
        return False

    # A mesh state that Unbound drops is a lookup that is asked again.
    def test_lookups_that_run_are_answered_when_all_queries_are_dropped(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        with unbound.client() as client:
            client.send(wire.lookup_frame("slow.example"))
            time.sleep(0.4)
            unbound.control("fast_reload", "+d")
            _, result = client.read_facts()
        self.assertEqual(result.kind, "mx")
        self.assertTrue(unbound.resolves("d1.many.example"))


class Load(resolver.ModuleTest):

    def assert_all_answered(self, unbound, count):
        """`count` fresh lookups from as many clients, beside DNS clients."""
        failures = []

        def ask(number):
            try:
                facts = unbound.lookup(f"d{number}.many.example")
                if facts.kind != "mx":
                    failures.append(facts)
            except wire.Refused as refused:
                failures.append(refused)
        asking = [threading.Thread(target=ask, args=(number,))
                  for number in range(count)]
        for thread in asking:
            thread.start()
        for number in range(count, 2 * count):
            self.assertTrue(unbound.resolves(f"d{number}.many.example"))
        for thread in asking:
            thread.join()
        self.assertEqual(failures, [])

    def test_is_borne_by_four_threads_with_so_reuseport(self):
        unbound = self.resolver(server=["num-threads: 4", "so-reuseport: yes"])
        self.assert_all_answered(unbound, 60)
        self.assertGreaterEqual(unbound.counter("workers.known"), 2)

    def test_is_borne_with_64_queries_a_thread(self):
        unbound = self.resolver(server=["num-queries-per-thread: 64"])
        self.assert_all_answered(unbound, 60)

    def test_all_hosts_of_a_wide_domain_are_known_with_64_queries_a_thread(
            self):
        unbound = self.resolver(server=["num-queries-per-thread: 64"])
        facts = unbound.lookup("wide.example")
        self.assertEqual([host.state for host in facts.hosts], ["tlsa"] * 16)


class Release(resolver.ModuleTest):

    def test_that_lacks_fixes_is_told_in_log_and_self_test_alike(self):
        unbound = self.resolver()
        with unbound.client() as client:
            result, text = client.self_test()["resolver"]
            named = client.hello()[1]
        number = ".".join(map(str, resolver.release()))
        self.assertTrue(named.startswith(f"unbound {number}"), named)
        self.assertIn(number, text)
        self.assertEqual(text in unbound.log(), result == "warning")


if __name__ == "__main__":
    unittest.main()
