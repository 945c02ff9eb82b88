#!/usr/bin/python3
"""The resolver that the mail servers themselves ask, as `danebound serve` sees it."""

import socket
import subprocess
import threading
import time
import unittest
import urllib.request

from serving import DANEBOUND, METRICS, ServeTest, TCP
import resolver


class NameServer:
    """A name server that answers all questions with no records, or not at all."""

    ADDRESS = "127.53.9.1"

    def __init__(self, flags=0x81a0, address=ADDRESS):
        """flags  of its answers: 0x81a0 with AD, 0x8180 without, 0x8182
        SERVFAIL; None: it is silent."""
        self.flags = flags
        self.address = address
        self.asked = 0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, 53))
        self.thread = threading.Thread(target=self._answer)
        self.thread.start()

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (self.address, 53))
        self.thread.join()
        self.sock.close()

    def _answer(self):
        while True:
            octets, peer = self.sock.recvfrom(4096)
            if not octets:
                return
            self.asked += 1
            if self.flags is not None:
                self.sock.sendto(octets[:2] + self.flags.to_bytes(2, "big") +
                                 b"\0\1" + bytes(6) + octets[12:17], peer)


class MailServersResolver(ServeTest):
    """What Postfix is told while its own resolver is no good."""

    GOOD = "mta-resolver state=good"

    def name_server(self, flags):
        server = NameServer(flags)
        self.addCleanup(server.stop)
        return server

    def serve_by(self, address, **options):
        """By a resolv.conf that names the address."""
        serve = self.serve(**options)
        serve.wait_for(self.GOOD)  # as the class has it
        self.point(serve, address)
        return serve

    def point(self, serve, *addresses):
        """Replaces the file, as all do that write it."""
        new = serve.resolv_conf.with_suffix(".new")
        new.write_text("".join(f"nameserver {each}\n" for each in addresses))
        new.rename(serve.resolv_conf)

    def assert_answers(self, serve, mixed, absent):
        self.assertRegex(serve.ask("mixed.example"), mixed)
        for key in ("absent.example", "null.example"):
            self.assertRegex(serve.ask(key), absent)
        # These rest on nothing that Postfix looks up, or Postfix itself defers.
        for key, reply in (("ok.example", "OK dane-only"),
                           ("unusable.example", "OK encrypt"),
                           ("none.example", "NOTFOUND ")):
            self.assertEqual(serve.ask(key), reply)

    # RFC 7672 2.2: `dane` would demand nothing of anybody.
    def test_that_does_not_validate_turns_dane_into_temp(self):
        self.name_server(0x8180)
        serve = self.serve_by(NameServer.ADDRESS)
        serve.wait_for("mta-resolver state=bad")
        bad = (f"^TEMP mta-resolver: {serve.resolv_conf}, {NameServer.ADDRESS}: "
               "it answers without AD, it does not validate$")
        self.assert_answers(serve, bad, bad)
        # Who does not go by that resolver has the verdict's word.
        self.assertEqual(serve.ask("mixed.example", "sendmail"),
                         "OK authenticate")
        self.assertEqual(serve.ask("mixed.example", "opensmtpd"), "OK dane")
        self.assertEqual(serve.ask("absent.example", "opensmtpd"), "NOTFOUND ")
        line, = serve.json_lines("absent.example\n")
        self.assertEqual(line["disposition"], "undeliverable")

    def test_is_seen_within_seconds_when_it_is_good_again(self):
        server = self.name_server(0x8180)
        serve = self.serve_by(NameServer.ADDRESS)
        serve.wait_for("mta-resolver state=bad")
        server.flags = 0x81a0
        self.assertTrue(resolver.wait_until(
            lambda: serve.log().count(self.GOOD) == 2))
        self.assert_answers(serve, "^OK dane$", "^NOTFOUND $")

    # Whatever AD it sets: whoever is on the way to it can set it, too.
    def test_that_is_not_of_this_machine_turns_dane_into_temp(self):
        serve = self.serve_by("192.0.2.53")
        serve.wait_for("mta-resolver state=bad")
        bad = ("^TEMP mta-resolver: .*, 192.0.2.53: it is not on this machine, "
               "nor trusted by the settings$")
        self.assert_answers(serve, bad, bad)

    # Nothing was learned.
    def test_that_does_not_answer_changes_nothing(self):
        for flags in (None, 0x8182):
            with self.subTest(flags=flags):
                server = NameServer(0x8180)
                try:
                    serve = self.serve_by(NameServer.ADDRESS)
                    serve.wait_for("mta-resolver state=bad")
                    server.flags = 0x81a0
                    self.assertTrue(resolver.wait_until(
                        lambda serve=serve: serve.log().count(self.GOOD) == 2))
                    server.flags = flags
                    asked = server.asked
                    serve.reload()  # it looks
                    self.assertTrue(resolver.wait_until(
                        lambda: server.asked > asked))
                    time.sleep(2.5)
                    self.assert_answers(serve, "^OK dane$", "^NOTFOUND $")
                    server.flags = 0x8180
                    serve.reload()
                    self.assertTrue(resolver.wait_until(
                        lambda serve=serve: serve.log().count(
                            "mta-resolver state=bad") == 2))
                    server.flags = flags
                    serve.reload()
                    time.sleep(2.5)
                    self.assert_answers(serve, "^TEMP mta-resolver: ",
                                        "^TEMP mta-resolver: ")
                finally:
                    server.stop()

    # Nobody listens at the other, as often at ::1: that says nothing for it, and
    # nothing against it, whatever the first showed before.
    def test_counts_by_what_each_name_server_showed_last(self):
        server = self.name_server(0x8180)
        serve = self.serve()
        serve.wait_for(self.GOOD)
        self.point(serve, NameServer.ADDRESS, "127.53.9.2")
        serve.wait_for("mta-resolver state=bad")
        server.flags = 0x81a0
        self.assertTrue(resolver.wait_until(
            lambda: serve.log().count(self.GOOD) == 2))
        self.assert_answers(serve, "^OK dane$", "^NOTFOUND $")
        other = NameServer(0x8180, "127.53.9.2")
        try:
            self.assertTrue(resolver.wait_until(
                lambda: serve.log().count("mta-resolver state=bad") == 2))
        finally:
            other.stop()
        # Silent again, it is what it showed last.
        asked = server.asked
        self.assertTrue(resolver.wait_until(lambda: server.asked > asked + 1))
        self.assertRegex(serve.ask("mixed.example"),
                         "^TEMP mta-resolver: .*, 127.53.9.2: it answers")

    # Nobody waits for it.
    def test_that_is_silent_holds_nobody_up(self):
        self.name_server(None)
        serve = self.serve_by(NameServer.ADDRESS)
        begin = time.monotonic()
        for _ in range(20):
            self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        self.assertLess(time.monotonic() - begin, 1.0)
        serve.wait_for("mta-resolver state=unknown")
        unknown = ("^TEMP mta-resolver: no name server has shown that it "
                   f"validates: {serve.resolv_conf}, {NameServer.ADDRESS}: "
                   "no answer within 2 s$")
        self.assert_answers(serve, unknown, unknown)

    def test_is_nobodys_business_where_nothing_is_enforced(self):
        serve = self.serve_by("192.0.2.53", tail="""
[default]
policy = "audit"
[destinations."absent.example"]
policy = "off"
""")
        serve.wait_for("mta-resolver state=bad")
        for key in ("mixed.example", "null.example", "absent.example"):
            self.assertEqual(serve.ask(key), "NOTFOUND ")
        serve.wait_for("next_hop=mixed.example policy=audit answer=NOTFOUND "
                       "would_answer=TEMP")
        line, = (line for line in serve.log().splitlines()
                 if "next_hop=mixed.example" in line)
        self.assertRegex(line, r"disposition=deliver .*reasons=mta-resolver.* "
                               r'error=".*, 192\.0\.2\.53: it is not on this')
        said = subprocess.run([DANEBOUND, "log-summary", "--no-check",
                               serve.log_file],
                              capture_output=True, text=True, check=False).stdout
        self.assertIn("mta-resolver", said)

    def test_shows_in_the_metrics(self):
        serve = self.serve_by("192.0.2.53", tail=METRICS)
        serve.wait_for("mta-resolver state=bad")
        with urllib.request.urlopen(f"http://{TCP[0]}:{TCP[1]}/metrics",
                                    timeout=10) as page:
            text = page.read().decode()
        self.assertIn('danebound_serve_mta_resolver{state="bad"} 1\n', text)

    def test_is_trusted_or_not_looked_at_by_a_setting_alone(self):
        serve = self.serve_by("192.0.2.53")
        serve.wait_for("mta-resolver state=bad")
        serve.write('mta_trusted_resolvers = ["192.0.2.53"]')
        serve.reload()
        serve.wait_for("mta-resolver state=unknown")
        # Trust is in the way to it: whether it validates it has to show.
        self.assertRegex(serve.ask("mixed.example"), "^TEMP mta-resolver: no name "
                         "server has shown .*, 192.0.2.53: ")
        serve.write()
        serve.reload()
        self.assertRegex(serve.ask("mixed.example"), "^TEMP mta-resolver: ")
        serve.resolv_conf = "off"
        serve.write()
        serve.reload()
        serve.wait_for("mta-resolver state=off")
        self.assertEqual(serve.ask("mixed.example"), "OK dane")


if __name__ == "__main__":
    unittest.main()
