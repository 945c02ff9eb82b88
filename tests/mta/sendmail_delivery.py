"""Deliveries by Debian's Sendmail, which asks the map `sendmail`."""

import unittest

import deliveries
import delivery_case
import sendmail_sender


class SendmailDeliveries(delivery_case.Deliveries):
    """What is asked of Sendmail with and without a relay."""

    # RFC 7672 2.2: two domains with the same MX hosts, of which one promises
    # nothing, share a transaction.
    def test_checks_every_recipient_of_a_transaction(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        domains = [deliveries.domain("insecure-mx-stripped"),
                   deliveries.domain("stripped")]
        for order in (domains, domains[::-1]):
            self.servers.take()
            self.sender.send_together("together", order)
            results = self.sender.results(order)
            self.assertEqual([results[domain].state for domain in domains],
                             ["delivered", "deferred"])
            self.assertEqual(len(self.servers.take()["together"]), 1)

    # The next hop is what counts: a host of the operator's, or one with TLSA.
    def test_checks_the_next_hop_of_a_mailer_table(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.sender.route({
            deliveries.domain("stripped"): "esmtp:[127.60.1.4]",
            deliveries.domain("insecure"): "esmtp:[mx.matching.example]"})
        self.addCleanup(self.sender.route, {})
        happened = self.deliver(["stripped", "insecure"])
        self.assertEqual(happened["stripped"][0].state, "delivered")
        result, arrivals = happened["insecure"]
        self.assertEqual((result.state, arrivals), ("deferred", []))
        self.assertIn("vouch for the hosts of [mx.matching.example]", result.text)

    # RFC 7672 2.1.3: danebound looks whether the CNAME is secure, Sendmail
    # cannot.
    def test_asks_about_the_domain_and_not_about_what_its_cname_names(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        begin = len(self.sender.decisions())
        self.sender.send(["alias.matching.example"])
        self.sender.results(["alias.matching.example"])
        asked = "\n".join(self.sender.decisions()[begin:])
        self.assertIn("next_hop=alias.matching.example ", asked)
        self.assertNotIn("next_hop=matching.example ", asked)

    # LMTP to this machine for instance.
    def test_demands_nothing_where_a_mailer_has_no_host(self):
        self.assertTrue(self.sender.evaluate("Local_tls_server NO")
                        .endswith("returns: OK"))

    def test_keeps_mail_while_nobody_answers(self):
        self.sender.stop_serve()
        self.addCleanup(self.sender.start_serve)
        for scenario in ("matching", "insecure"):
            result, arrivals = self.deliver([scenario])[scenario]
            self.assertEqual((result.state, arrivals), ("deferred", []))
            self.assertIn("danebound: no answer for ", result.text)


class Sendmail(SendmailDeliveries, unittest.TestCase):
    SENDER = sendmail_sender.SendmailSender

    def test_is_documented_with_the_words_of_its_log(self):
        text = sendmail_sender.DOCUMENT.read_text()
        for scenario, each in self.sender.EXPECTED.items():
            if each.state == "deferred":
                self.assertIn(f"`{each.words}", text, scenario)


class RelayedSendmail(SendmailDeliveries, unittest.TestCase):
    SENDER = sendmail_sender.RelayedSendmailSender
