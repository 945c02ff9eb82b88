"""Two resolvers that share DNS answers in a real Redis, by Unbound's cachedb:
module-config "dynlib validator cachedb iterator". Each validates for itself, so
that what Redis says of a signed zone is believed no more than the network."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

import resolver

ROOT = pathlib.Path(os.environ["DANEBOUND_TEST_REDIS"])
PLACE = ("127.0.0.1", 6379)
CHAIN = "dynlib validator cachedb iterator"
TRAILER = 16  # octets behind a message: when it was stored, when it ends
FIRST, SECOND, THIRD = "127.53.1.2", "127.53.1.3", "127.53.1.4"


class Redis:
    """Debian's redis-server, without a disk."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-redis-"))
        libraries = ROOT / "usr/lib" / (os.uname().machine + "-linux-gnu")
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [str(ROOT / "usr/bin/redis-server"), "--bind", PLACE[0],
                 "--port", str(PLACE[1]), "--save", "", "--dir",
                 str(self.folder)],
                stdout=log, stderr=log,
                env=dict(os.environ, LD_LIBRARY_PATH=str(libraries)))
        if not resolver.wait_until(self._answers):
            raise AssertionError((self.folder / "log").read_text())

    def _answers(self):
        try:
            return self.call("PING") == b"PONG"
        except OSError:
            return False

    def call(self, *words):
        """One command; a status, a number, an octet string or a list of them."""
        octets = [word if isinstance(word, bytes) else str(word).encode()
                  for word in words]
        with socket.create_connection(PLACE, 5) as sock:
            sock.sendall(b"*%d\r\n" % len(octets) + b"".join(
                b"$%d\r\n%s\r\n" % (len(each), each) for each in octets))
            with sock.makefile("rb") as replies:
                return self._read(replies)

    def _read(self, replies):
        line = replies.readline().rstrip()
        if line[:1] == b"*":
            return [self._read(replies) for _ in range(int(line[1:]))]
        if line[:1] != b"$":
            return line[1:]
        size = int(line[1:])
        return None if size < 0 else replies.read(size + 2)[:size]

    def messages(self):
        """Key and DNS message of each entry, and what stands behind it."""
        for key in self.call("KEYS", "*"):
            value = self.call("GET", key)
            yield (key, dns.message.from_wire(value[:-TRAILER]),
                   value[-TRAILER:])

    def forge(self, name, kind, old, new):
        """Replaces octets in the entry for a question."""
        for key, message, _ in self.messages():
            question = message.question[0]
            if (question.name.to_text(True) == name
                    and dns.rdatatype.to_text(question.rdtype) == kind):
                value = self.call("GET", key)
                assert old in value, value
                self.call("SET", key, value.replace(old, new))
                return
        raise AssertionError(f"nothing is kept for {name} {kind}")

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


class SharedTest(resolver.ModuleTest):

    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.stop)

    def start(self, address, server=(), clauses=(), **options):
        return self.resolver(
            server=[f"interface: {address}", *server], modules=CHAIN,
            settings=["prefetch = false"],
            clauses=["cachedb:", '  backend: "redis"',
                     f"  redis-server-host: {PLACE[0]}",
                     f"  redis-server-port: {PLACE[1]}", *clauses], **options)

    def start_cut_off(self):
        """A resolver that finds no name server: what it knows is of Redis."""
        unbound = self.start(THIRD, start=False)
        hints = unbound.folder / "hints"
        hints.write_text(". 3600 IN NS dns.root.\n"
                         "dns.root. 3600 IN A 127.53.99.1\n")
        unbound.edit_conf(f"{resolver.TREE}/root.hints", str(hints))
        unbound.start()
        return unbound

    def fill(self, domain):
        """Has Redis know all that a verdict of the domain rests on. The first
        resolver finds DS records in referrals, which cachedb does not see; the
        second has the rest out of Redis and asks for them. Returns what the
        second says."""
        self.start(FIRST).lookup(domain)
        return self.start(SECOND).lookup(domain)


class Shared(SharedTest):

    def assert_found(self, facts):
        self.assertEqual((facts.kind, facts.security), ("mx", "secure"))
        self.assertEqual(facts.host("mx.ok.example").state, "tlsa")

    # All queries for the zone are logged: the fault server has it.
    def test_a_cold_verdict_of_the_second_asks_nothing_of_the_zone(self):
        self.assert_found(self.start(FIRST).lookup("ok.example"))
        seen = len(resolver.tree_queries())
        self.assertGreater(seen, 0)
        self.assert_found(self.start(SECOND).lookup("ok.example"))
        self.assertEqual([each for each in resolver.tree_queries()[seen:]
                          if "ok.example." in each.split()[0]], [])

    def test_one_of_the_third_asks_nobody(self):
        facts = self.fill("ok.example")
        again = self.start_cut_off().lookup("ok.example")
        self.assert_found(again)
        self.assertLessEqual(again.life, facts.life)

    # What it would be without: the test above shows something.
    def test_a_resolver_that_is_cut_off_knows_nothing_by_itself(self):
        facts = self.start_cut_off().lookup("ok.example", timeout_ms=3000)
        self.assertEqual(facts.kind, "failed")

    def test_a_reload_loses_nothing(self):
        self.fill("ok.example")
        third = self.start_cut_off()
        third.lookup("ok.example")
        third.reload()
        self.assert_found(third.lookup("ok.example"))


class Poisoned(SharedTest):
    """Somebody writes into Redis."""

    DIGEST, FORGED = b"\x03\x01\x01" + b"\x11" * 32, b"\x03\x01\x01" + b"\x66" * 32

    def test_a_record_of_a_signed_zone_is_never_believed(self):
        self.fill("ok.example")
        self.redis.forge("_25._tcp.mx.ok.example", "TLSA", self.DIGEST,
                         self.FORGED)
        host = self.start_cut_off().lookup(
            "ok.example", timeout_ms=3000).host("mx.ok.example")
        self.assertEqual((host.state, host.tlsa), ("tlsa-failed", []))

    def test_it_costs_a_second_question_where_name_servers_are_there(self):
        self.fill("ok.example")
        self.redis.forge("_25._tcp.mx.ok.example", "TLSA", self.DIGEST,
                         self.FORGED)
        host = self.start(THIRD).lookup("ok.example").host("mx.ok.example")
        self.assertNotIn(self.FORGED, host.tlsa)
        self.assertIn(host.state, ("tlsa", "tlsa-failed"))

    def test_mx_records_of_a_signed_zone_are_never_believed(self):
        self.fill("ok.example")
        self.redis.forge("ok.example", "MX", b"\0\x0a\x02mx", b"\0\x0a\x02ev")
        facts = self.start_cut_off().lookup("ok.example", timeout_ms=3000)
        self.assertEqual((facts.kind, facts.hosts), ("failed", []))

    def test_a_denial_without_proof_is_not_believed(self):
        self.fill("ok.example")
        for key, message, trailer in self.redis.messages():
            if message.question[0].rdtype == dns.rdatatype.TLSA:
                denial = dns.message.make_response(
                    dns.message.make_query(*self.question(message)))
                denial.flags |= dns.flags.RA | dns.flags.AA
                self.redis.call("SET", key, denial.to_wire() + trailer)
        host = self.start_cut_off().lookup(
            "ok.example", timeout_ms=3000).host("mx.ok.example")
        self.assertEqual(host.state, "tlsa-failed")

    @staticmethod
    def question(message):
        return message.question[0].name, message.question[0].rdtype

    # docs/scale.md: for unsigned zones Redis is as good as the network is.
    def test_records_of_an_unsigned_zone_are_believed(self):
        self.fill("plain.unsigned")
        self.redis.forge("plain.unsigned", "MX", b"\0\x0a\x02mx",
                         b"\0\x0a\x02ev")
        facts = self.start_cut_off().lookup("plain.unsigned", timeout_ms=3000)
        self.assertEqual(facts.security, "insecure")
        self.assertEqual(facts.hosts[0].name, "ev.plain.unsigned")


class Ended(SharedTest):

    def assert_asked_anew(self, server=()):
        """The zone's records live for 7 seconds."""
        self.start(FIRST).lookup("brief.example")
        time.sleep(8.5)
        seen = len(resolver.tree_queries())
        facts = self.start(SECOND, server=server).lookup("brief.example")
        self.assertEqual((facts.kind, facts.security), ("mx", "secure"))
        host = facts.host("mx.brief.example")
        self.assertGreater(min(facts.life, host.life), 0)
        self.assertIn("brief.example. MX", resolver.tree_queries()[seen:])

    def test_entries_that_have_ended_are_no_answers(self):
        self.assert_asked_anew()

    def test_nor_with_serve_expired(self):
        self.assert_asked_anew(["serve-expired: yes"])


class Trouble(SharedTest):
    """Without Redis it is slower, and not down."""

    def assert_verdicts(self, unbound, domains, seconds):
        for domain in domains:
            start = time.monotonic()
            facts = unbound.lookup(domain)
            self.assertLess(time.monotonic() - start, seconds)
            self.assertEqual((facts.kind, facts.security), ("mx", "secure"))
        self.assertTrue(unbound.resolves())

    def test_gone(self):
        first = self.start(FIRST)
        first.lookup("ok.example")
        self.redis.process.kill()
        self.redis.process.wait()
        self.assert_verdicts(first, ["d1.many.example", "d2.many.example"], 5)

    def test_not_there_at_the_start(self):
        self.redis.process.kill()
        self.redis.process.wait()
        self.assert_verdicts(self.start(FIRST), ["ok.example"], 5)

    # Unbound waits redis-timeout (100 ms) each time it asks.
    def test_silent(self):
        first = self.start(FIRST)
        first.lookup("ok.example")
        self.redis.process.send_signal(signal.SIGSTOP)
        self.assert_verdicts(first, ["d1.many.example"], 10)
        self.redis.process.send_signal(signal.SIGCONT)
        self.assert_verdicts(first, ["d3.many.example"], 5)

    def test_full(self):
        first = self.start(FIRST)
        first.lookup("ok.example")
        self.redis.call("CONFIG", "SET", "maxmemory", "1")
        self.assertTrue(self.redis.call("SET", "a", "b").startswith(b"OOM"))
        self.assert_verdicts(first, ["d1.many.example"], 5)

    def test_cut_values(self):
        self.fill("ok.example")
        for number, key in enumerate(self.redis.call("KEYS", "*")):
            self.redis.call("SET", key, self.redis.call("GET", key)[:number])
        self.assert_verdicts(self.start(THIRD), ["ok.example"], 10)


if __name__ == "__main__":
    unittest.main()
