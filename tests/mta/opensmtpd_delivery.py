"""Deliveries by Debian's OpenSMTPD, with a table of `danebound` and a relay."""

import unittest

import delivery_case
import opensmtpd_sender


class OpenSmtpd(delivery_case.Deliveries, unittest.TestCase):
    SENDER = opensmtpd_sender.OpenSmtpdSender

    def is_relayed(self, scenario):
        begin = len(self.sender.log())
        result, arrivals = self.deliver([scenario])[scenario]
        self.assertEqual((result.state, len(arrivals)), ("delivered", 1))
        return opensmtpd_sender.TO_RELAY in self.sender.log()[begin:]

    def test_gives_the_relay_what_dane_touches_and_delivers_the_rest(self):
        self.sender.reload(self.sender.SETTINGS["enforce"])
        self.assertTrue(self.is_relayed("matching"))
        self.assertFalse(self.is_relayed("insecure"))

    # RFC 7672 2.1.2: where nothing is known the relay finds out itself.
    def test_gives_the_relay_all_while_nobody_answers(self):
        self.sender.stop_serve()
        self.assertTrue(self.is_relayed("insecure"))
        self.sender.start_serve()
        self.assertFalse(self.is_relayed("insecure"))
