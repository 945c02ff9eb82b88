"""A resolver that does not validate gives no verdicts: RFC 7672 2.1.1 rests on
validation. DNS goes on untouched, and log and clients are told why."""

import time
import unittest

import dns.dnssec
import dns.message
import dns.name
import dns.query

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

    def test_names_below_a_trust_anchor_are_secure(self):
        facts = self.unbound.lookup("ok.example")
        self.assertEqual(facts.security, "secure")
        self.assertEqual(facts.host("mx.ok.example").state, "tlsa")

    # RFC 7672 2.1.1 and rule 12.
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


if __name__ == "__main__":
    unittest.main()
