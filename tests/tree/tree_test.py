#!/usr/bin/python3
"""Tests of the tree: what it puts on the wire, and what it leaves behind.

The classes whose name begins with Wire run inside a tree made of fixtures/; the
others start trees.
"""

import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

import dns.dnssec  # noqa: E402
import dns.exception  # noqa: E402
import dns.flags  # noqa: E402
import dns.message  # noqa: E402
import dns.name  # noqa: E402
import dns.query  # noqa: E402
import dns.rcode  # noqa: E402
import dns.rdatatype  # noqa: E402
import dns.rrset  # noqa: E402

import keys  # noqa: E402
import placement  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE / "tree.py"
FIXTURES = HERE / "fixtures"
INSIDE = "DANEBOUND_TREE" in os.environ
TIMEOUT = 3.0  # seconds
IN = dns.rdataclass.IN


def query(server, name, rdtype, tcp=False):
    message = dns.message.make_query(name, rdtype, want_dnssec=True,
                                     payload=1232)
    exchange = dns.query.tcp if tcp else dns.query.udp
    return exchange(message, server, timeout=TIMEOUT)


def exchange_octets(server, name, rdtype):
    """An answer that dns.message will not parse."""
    message = dns.message.make_query(name, rdtype, want_dnssec=True,
                                     payload=1232)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(TIMEOUT)
        sock.sendto(message.to_wire(), (server, 53))
        return sock.recv(65535)


def referral(zone):
    """What the servers above say of a zone one below a top-level domain."""
    depth = len(dns.name.from_text(zone)) - 2
    return query(placement.server_address(depth), zone, "SOA")


def server_of(zone):
    return next(rrset[0].address for rrset in referral(zone).additional
                if rrset.rdtype == dns.rdatatype.A)


def ask(name, zone, rdtype="A", tcp=False):
    return query(server_of(zone), name, rdtype, tcp)


def signed_by_zone(message, name, rdtype, zone):
    """Validates an RRset of an answer with the zone's DNSKEY RRset."""
    owner = dns.name.from_text(name)
    origin = dns.name.from_text(zone)
    rdtype = dns.rdatatype.from_text(rdtype)
    for section in (message.answer, message.authority):
        rrset = message.get_rrset(section, owner, IN, rdtype)
        if rrset is not None:
            break
    signature = message.get_rrset(section, owner, IN, dns.rdatatype.RRSIG,
                                  rdtype)
    if signature is None:
        raise dns.dnssec.ValidationFailure("no RRSIG")
    keyset = query(server_of(zone), zone, "DNSKEY").get_rrset(
        dns.message.ANSWER, origin, IN, dns.rdatatype.DNSKEY)
    dns.dnssec.validate_rrsig(rrset, signature[0], {origin: keyset})


@unittest.skipUnless(INSIDE, "runs inside a tree")
class WireFaults(unittest.TestCase):
    ZONE = "faults.example."

    def ask(self, label, rdtype="A", tcp=False):
        return ask(f"{label}.{self.ZONE}", self.ZONE, rdtype, tcp)

    def validate(self, label, rdtype="A", tcp=False):
        signed_by_zone(self.ask(label, rdtype, tcp), f"{label}.{self.ZONE}",
                       rdtype, self.ZONE)

    def assert_bogus(self, label, why):
        with self.assertRaisesRegex(dns.dnssec.ValidationFailure, why):
            self.validate(label)

    def test_answers_with_the_rcode_named(self):
        for word in ("servfail", "refused", "notimp", "formerr"):
            for tcp in (False, True):
                rcode = self.ask(word, tcp=tcp).rcode()
                self.assertEqual(dns.rcode.to_text(rcode).lower(), word)

    def test_hurts_only_the_question_named(self):
        self.validate("sound")
        self.assertEqual(self.ask("servfail", "AAAA").rcode(),
                         dns.rcode.NOERROR)

    def test_drop_is_silent_over_udp_and_tcp(self):
        for tcp in (False, True):
            with self.assertRaises(dns.exception.Timeout):
                self.ask("drop", tcp=tcp)

    def test_garbage_cannot_be_parsed(self):
        with self.assertRaises(dns.exception.DNSException):
            self.ask("garbage")

    def test_truncate_needs_tcp(self):
        self.assertTrue(self.ask("truncate").flags & dns.flags.TC)
        self.validate("truncate", tcp=True)

    def test_truncate_then_refuse_has_no_tcp(self):
        name = "truncate-then-refuse.no-tcp.example."
        self.assertTrue(ask(name, "no-tcp.example.").flags & dns.flags.TC)
        with self.assertRaises(ConnectionRefusedError):
            ask(name, "no-tcp.example.", tcp=True)

    def test_delay_takes_its_time(self):
        start = time.monotonic()
        self.validate("delay")
        self.assertGreaterEqual(time.monotonic() - start, 0.3)

    def test_signatures_are_wrong_as_named(self):
        self.assert_bogus("expired", "expired")
        self.assert_bogus("future", "not yet valid")
        self.assert_bogus("wrong-key", "verify")
        self.assert_bogus("wrong-labels", "longer than RRSIG labels")
        self.assert_bogus("stripped", "no RRSIG")

    def test_a_forged_denial_has_no_proof(self):
        for word, rcode in (("forged-nodata", dns.rcode.NOERROR),
                            ("forged-nxdomain", dns.rcode.NXDOMAIN)):
            reply = self.ask(word)
            self.assertEqual(reply.rcode(), rcode)
            self.assertFalse(reply.answer)
            self.assertEqual([each.rdtype for each in reply.authority],
                             [dns.rdatatype.SOA])

    def test_nxdomain_says_so_beside_a_proof_of_the_contrary(self):
        reply = self.ask("nxdomain")
        self.assertEqual(reply.rcode(), dns.rcode.NXDOMAIN)
        signed_by_zone(reply, self.ZONE, "SOA", self.ZONE)
        self.validate("below.nxdomain")

    def test_a_fault_of_an_absent_rrset_hurts_its_proof(self):
        name = f"absent.{self.ZONE}"
        with self.assertRaises(dns.dnssec.ValidationFailure):
            signed_by_zone(self.ask("absent"), name, "NSEC", self.ZONE)
        signed_by_zone(self.ask("absent", "AAAA"), name, "NSEC", self.ZONE)

    def test_rdata_that_no_tool_carries_is_signed(self):
        self.validate("long", "TLSA", tcp=True)
        octets = exchange_octets(server_of(self.ZONE),
                                 f"short.{self.ZONE}", "TLSA")
        for rdata in (b"\3\1", b"\3\1\1" + b"\x11" * 32):
            self.assertIn(struct.pack("!H", len(rdata)) + rdata, octets)
        self.assertIn(struct.pack("!H", dns.rdatatype.RRSIG), octets)

    def test_a_fault_of_ds_hurts_the_referral(self):
        reply = query(server_of("delegation.example."),
                      "child.delegation.example.", "SOA")
        types = {(each.rdtype, each.covers) for each in reply.authority}
        self.assertIn((dns.rdatatype.DS, 0), types)
        self.assertNotIn((dns.rdatatype.RRSIG, dns.rdatatype.DS), types)

    def test_queries_are_logged(self):
        self.ask("sound", "AAAA")
        log = pathlib.Path(os.environ["DANEBOUND_TREE_QUERIES"]).read_text()
        self.assertIn("faults.example. udp sound.faults.example. AAAA\n", log)


@unittest.skipUnless(INSIDE, "runs inside a tree")
class WireSignings(unittest.TestCase):
    def validate(self, zone):
        signed_by_zone(ask(zone, zone), zone, "A", zone)

    def ds_of(self, zone):
        return referral(zone).get_rrset(
            dns.message.AUTHORITY, dns.name.from_text(zone), IN,
            dns.rdatatype.DS)

    def assert_bogus(self, zone, why):
        with self.assertRaisesRegex(dns.dnssec.ValidationFailure, why):
            self.validate(zone)

    def assert_ds_fits(self, zone, fits):
        origin = dns.name.from_text(zone)
        keyset = ask(zone, zone, "DNSKEY").get_rrset(
            dns.message.ANSWER, origin, IN, dns.rdatatype.DNSKEY)
        made = dns.dnssec.make_ds(origin, keyset[0], "SHA256")
        self.assertEqual(self.ds_of(zone)[0] == made, fits)

    def test_sound_zones_validate_up_to_their_ds(self):
        for name, number in keys.NUMBERS.items():
            zone = f"{name}.example."
            self.validate(zone)
            self.assert_ds_fits(zone, True)
            self.assertEqual(self.ds_of(zone)[0].algorithm, number)

    def test_each_delegation_is_a_referral(self):
        self.assertFalse(referral("ecdsa.example.").flags & dns.flags.AA)

    def test_denials_are_as_named(self):
        for zone, rdtype, opt_out in (("ecdsa", "NSEC", 0),
                                      ("rsa", "NSEC3", 0),
                                      ("ed25519", "NSEC3", 1)):
            reply = ask(f"gone.{zone}.example.", f"{zone}.example.")
            proofs = [each for each in reply.authority
                      if dns.rdatatype.to_text(each.rdtype) == rdtype]
            self.assertTrue(proofs, zone)
            if rdtype == "NSEC3":
                self.assertEqual(proofs[0][0].flags, opt_out)

    def test_nsec3_has_as_many_iterations_as_named(self):
        for zone, iterations in (("rsa.example.", 0),
                                 ("iterations.example.", 300)):
            reply = ask(f"gone.{zone}", zone)
            proofs = [each for each in reply.authority
                      if each.rdtype == dns.rdatatype.NSEC3]
            self.assertEqual(proofs[0][0].iterations, iterations)

    def test_insecure_zones_have_no_ds(self):
        for zone in ("unsigned.example.", "island.example.",
                     "unsigned.optout."):
            self.assertIsNone(self.ds_of(zone))
        self.validate("island.example.")
        self.assert_bogus("unsigned.example.", "no RRSIG")

    def test_broken_zones_are_broken_as_named(self):
        self.assert_bogus("expired.example.", "expired")
        self.assert_bogus("future.example.", "not yet valid")
        self.assert_bogus("wrong-key.example.", "verify")
        self.assert_bogus("missing-rrsig.example.", "no RRSIG")
        self.validate("wrong-ds.example.")
        self.assert_ds_fits("wrong-ds.example.", False)

    def test_unsupported_numbers_stand_in_the_ds(self):
        self.assertEqual(
            self.ds_of("unsupported-algorithm.example.")[0].algorithm, 123)
        self.assertEqual(
            self.ds_of("unsupported-digest.example.")[0].digest_type, 200)

    def test_signatures_end_when_named(self):
        self.validate("ends.example.")
        reply = ask("ends.example.", "ends.example.")
        signature = reply.get_rrset(
            dns.message.ANSWER, dns.name.from_text("ends.example."), IN,
            dns.rdatatype.RRSIG, dns.rdatatype.A)[0]
        self.assertLessEqual(signature.expiration, time.time() + 300)

    def test_a_zone_far_away_takes_its_time_for_each_answer(self):
        for rdtype in ("A", "AAAA"):
            start = time.monotonic()
            ask("far.example.", "far.example.", rdtype)
            self.assertGreaterEqual(time.monotonic() - start, 0.2)


def run_tree(*arguments, **options):
    return subprocess.run([TREE, *arguments], capture_output=True, text=True,
                          check=False, timeout=60, **options)


@unittest.skipIf(INSIDE, "runs outside")
class Wire(unittest.TestCase):
    def test_the_wire_is_as_the_fixtures_say(self):
        done = run_tree("run", "--scenarios", FIXTURES, "--",
                        sys.executable, __file__, "-v")
        self.assertEqual(done.returncode, 0, done.stderr)


@unittest.skipIf(INSIDE, "runs outside")
class CommandLine(unittest.TestCase):
    def test_the_exit_code_is_the_commands(self):
        done = run_tree("run", "--scenarios", FIXTURES, "--", "sh", "-c",
                        "exit 7")
        self.assertEqual(done.returncode, 7, done.stderr)

    def test_lists_questions_for_programs(self):
        done = run_tree("list", "--scenarios", FIXTURES, "--only", "demo")
        self.assertEqual(done.stdout.splitlines(), [
            "faults\tsound.faults.example\t\tOne RRset for each fault",
            "faults\t[mx.example]:26\trequire\tOne RRset for each fault"])

    def test_refuses_a_scenario_that_is_not_there(self):
        done = run_tree("run", "--only", "gone", "--", "true")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no scenario gone", done.stderr)

    def test_names_file_and_line_of_a_mistake(self):
        for text, error in (
                ("zone a. sined\n", "x.scenario:1: a zone is NAME"),
                ("zone a.example. signed\n  @ CNAME b\n",
                 "x.scenario:2: a CNAME cannot stand"),
                ("zone a. signed\n  t TLSA 3 1 1 1\n", "x.scenario:2: TLSA"),
                ("faults\n  a A vanish\n", "x.scenario:2: a fault is"),
                ("faults\n  a A delay soon\n", "x.scenario:2: a delay is"),
                ("zone example. signed\n", "is also in shared.zones")):
            with tempfile.TemporaryDirectory() as folder:
                (pathlib.Path(folder) / "shared.zones").write_text(
                    (FIXTURES / "shared.zones").read_text())
                (pathlib.Path(folder) / "x.scenario").write_text(text)
                done = run_tree("list", "--scenarios", folder)
                self.assertEqual(done.returncode, 1)
                self.assertIn(error, done.stderr)

    def test_says_what_a_server_that_will_not_start_says(self):
        done = run_tree("run", "--scenarios", FIXTURES, "--unbound",
                        "/bin/false", "--", "true")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unbound does not answer", done.stderr)


@unittest.skipIf(INSIDE, "runs outside")
class CleanUp(unittest.TestCase):
    def start(self, parent):
        """Starts a tree below the folder `parent` and waits for it."""
        ready = pathlib.Path(parent) / "ready"
        tree = subprocess.Popen(
            [TREE, "run", "--scenarios", FIXTURES, "--", "sh", "-c",
             f"touch {ready}; exec sleep 60"],
            env=dict(os.environ, TMPDIR=str(parent)),
            stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not ready.exists():
            self.assertIsNone(tree.poll())
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        ready.unlink()
        return tree

    def processes_naming(self, text):
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if text.encode() in path.read_bytes():
                    found.append(path)
            except OSError:
                continue  # it ended meanwhile
        return found

    def wait_until_gone(self, text):
        end = time.monotonic() + 10
        while self.processes_naming(text):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_a_signal_leaves_neither_process_nor_file(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with tempfile.TemporaryDirectory() as parent:
                tree = self.start(parent)
                self.assertTrue(self.processes_naming(parent))
                tree.send_signal(number)
                self.assertEqual(tree.wait(20), 128 + number)
                self.wait_until_gone(parent)
                self.assertEqual(os.listdir(parent), [])

    def test_being_killed_leaves_no_process(self):
        with tempfile.TemporaryDirectory() as parent:
            tree = self.start(parent)
            tree.kill()
            tree.wait(20)
            self.wait_until_gone(parent)

    def test_nothing_listens_outside(self):
        with tempfile.TemporaryDirectory() as parent:
            tree = self.start(parent)
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
                with self.assertRaises(OSError):
                    sock.connect((placement.server_address(0), 53))
            tree.terminate()
            tree.wait(20)


if __name__ == "__main__":
    unittest.main()
