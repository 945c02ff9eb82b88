#!/usr/bin/python3
"""`danebound rollover` against real name servers of a zone that changes.

  live_test.py DANEBOUND [unittest argument…]

Two NSD serve example.org and example.net, both signed; a third one stands in for
the resolver that finds them and their keys.
"""

import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tree"))

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

import dns.message  # noqa: E402
import dns.query  # noqa: E402

import keys  # noqa: E402
import namespaces  # noqa: E402
import programs  # noqa: E402
import servers  # noqa: E402

DANEBOUND = os.path.abspath(sys.argv[1])
HOOK = ROOT / "unbound-conf/rollover-deploy.sh"
DOCUMENT = ROOT / "docs/rollover.md"
HOST = "mx.example.org"
OWNER = f"_25._tcp.{HOST}"
TTL = 3600
NEGATIVE_TTL = 900
ZONES = ("example.org", "example.net")
RESOLVER = "127.53.7.9"
SERVERS = {"ns1": "127.53.7.1", "ns2": "127.53.7.2"}
GLUE = ["mx A 192.0.2.1", "mx2 A 192.0.2.2",
        *(f"{label} A {address}" for label, address in SERVERS.items())]
GO, NOT_YET, BROKEN, UNKNOWN = range(4)


class Certificate:
    """A key with its self-signed certificate, in a folder as certbot has it."""

    def __init__(self, folder, key=None, issuer=None, subject=HOST, days=None,
                 names=(HOST,)):
        """key: of another one, to be used again; issuer: None, signs itself;
        days: left; None: many; names: of the server, no authority's."""
        self.folder = folder
        folder.mkdir()
        self.key = key.key if key else ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
        start = datetime.datetime(2020, 1, 1)
        end = (start + datetime.timedelta(days=9999) if days is None else
               datetime.datetime.utcnow() + datetime.timedelta(days, hours=12))
        builder = (
            x509.CertificateBuilder().subject_name(self.name)
            .issuer_name(issuer.name if issuer else self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start).not_valid_after(end)
            .add_extension(x509.BasicConstraints(subject != HOST, None), True))
        if subject == HOST:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [x509.DNSName(each) for each in names]), False)
        certificate = builder.sign(issuer.key if issuer else self.key,
                                   hashes.SHA256())
        pem = serialization.Encoding.PEM
        self.path = folder / "fullchain.pem"
        self.path.write_bytes(certificate.public_bytes(pem) + (
            issuer.path.read_bytes() if issuer else b""))
        self.leaf = folder / "cert.pem"
        self.leaf.write_bytes(certificate.public_bytes(pem))
        self.key_path = folder / "privkey.pem"
        self.key_path.write_bytes(self.key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        self.key_path.chmod(0o600)

    def record(self, *parameters):
        done = subprocess.run(
            [DANEBOUND, "tlsa", "create", *parameters, self.path], text=True,
            capture_output=True, check=True)
        return done.stdout.strip()


class Signer:
    """Signs zone files, with the keys of all zones and with others."""

    DAY = 86400
    ZONE = types.SimpleNamespace(algorithm="ecdsa")

    def __init__(self, folder):
        folder.mkdir()
        self.true = keys.Keyring(folder)
        (folder / "false").mkdir()
        self.false = keys.Keyring(folder / "false")

    def anchor(self, zone):
        return f"{zone}. DNSKEY {self.true.key(self.ZONE).dnskey.to_text()}"

    def write_conf(self, path, zones):
        """An unbound.conf that trusts the keys of zones."""
        path.write_text("server:\n" + "".join(
            f'  trust-anchor: "{self.anchor(zone)}"\n' for zone in zones))
        return path

    def sign(self, path, zone, begins=-DAY, ends=DAY, denial=(), false=False):
        """Signs a file in its place; times are in seconds from now."""
        ring = self.false if false else self.true
        plain = path.with_suffix(".plain")
        plain.write_text(path.read_text() + "@ DNSKEY "
                         f"{ring.key(self.ZONE).dnskey.to_text()}\n")
        now = int(time.time())
        subprocess.run(
            [programs.find("ldns-signzone"), "-o", zone, "-f", path,
             "-i", str(now + begins), "-e", str(now + ends), *denial, plain,
             ring.file_base(self.ZONE)], check=True, capture_output=True)


class NameServer:
    """An NSD whose zones can be exchanged while it runs."""

    def __init__(self, folder, address, signer):
        self.signer = signer
        self.folder = folder
        self.address = address
        self.server = None
        self.serial = 0
        folder.mkdir()
        (folder / "nsd.conf").write_text("\n".join([
            "server:", "  server-count: 1", f"  ip-address: {address}@53",
            "  do-ip6: no", '  username: ""', '  chroot: ""',
            f'  zonesdir: "{folder}"', '  database: ""',
            f'  zonelistfile: "{folder}/zones"',
            f'  xfrdfile: "{folder}/xfrd"', f'  xfrdir: "{folder}"',
            f'  pidfile: "{folder}/pid"', "  rrl-ratelimit: 0",
            "remote-control:", "  control-enable: no",
            *(f"zone:\n  name: {zone}\n  zonefile: {zone}"
              for zone in ZONES)]) + "\n")

    def serve(self, zones, edit=None, **signing):
        """edit: what becomes of example.org's file once it is signed; signing:
        as Signer.sign takes it, for example.org."""
        self.serial += 1
        for zone in ZONES:
            path = self.folder / zone
            path.write_text(
                f"$ORIGIN {zone}.\n$TTL {TTL}\n@ SOA ns1.example.org. h "
                f"{self.serial} 9 9 9 {NEGATIVE_TTL}\n"
                "@ NS ns1.example.org.\n@ NS ns2.example.org.\n"
                + "\n".join(zones.get(zone, [])) + "\n")
            own = zone == ZONES[0]
            self.signer.sign(path, zone, **(signing if own else {}))
            if own and edit:
                path.write_text(edit(path.read_text()))
        if self.server:
            self.server.process.send_signal(signal.SIGHUP)
        else:
            self.server = servers.Server(
                "NSD", [programs.find("nsd"), "-d", "-c",
                        str(self.folder / "nsd.conf")], self.folder / "log")
            self.server.wait_for_answer(self.address, ZONES[0])
        for zone in ZONES:
            self.wait_for_zone(zone)

    def wait_for_zone(self, zone):
        query = dns.message.make_query(zone, "SOA")
        end = time.monotonic() + servers.START_TIMEOUT
        while time.monotonic() < end:
            reply = dns.query.udp(query, self.address, timeout=5)
            if reply.answer and reply.answer[0][0].serial == self.serial:
                return
            time.sleep(0.01)
        raise servers.ServerFailure(f"{zone}: {self.server.last_words()}")

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None


class Live(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="rollover-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.hosts = {}
        signer = Signer(cls.shared / "keys")
        cls.trusting = ("--resolver", RESOLVER, "--unbound-conf",
                        signer.write_conf(cls.shared / "conf", ZONES))
        cls.ignorant = signer.write_conf(cls.shared / "half", ZONES[1:])
        for label, address in {**SERVERS, "resolver": RESOLVER}.items():
            cls.hosts[label] = NameServer(cls.shared / label, address, signer)
            cls.addClassCleanup(cls.hosts[label].stop)
            cls.hosts[label].serve({"example.org": GLUE})

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.state = self.folder / "state.json"
        self.name = HOST
        self.hook_arguments = None
        self.old = Certificate(self.folder / "old")
        self.new = Certificate(self.folder / "new")

    def show(self, label, *records, ttl=TTL, more=(), net=(), **serving):
        """Has one server show these TLSA records of port 25."""
        lines = [f"_25._tcp.mx {ttl} TLSA {record}" for record in records]
        self.hosts[label].serve({"example.org": [*GLUE, *lines, *more],
                                 "example.net": list(net)}, **serving)

    def show_everywhere(self, *records, **more):
        for label in SERVERS:
            self.show(label, *records, **more)

    def ask(self, *arguments, current=None, following=None):
        done = subprocess.run(
            [DANEBOUND, "rollover", HOST, "--json", *self.trusting,
             "--state", self.state, "--timeout", "1",
             "--current", (current or self.old).path,
             "--next", (following or self.new).path, *arguments],
            text=True, capture_output=True, check=False, timeout=60)
        report = json.loads(done.stdout) if done.stdout else None
        return done.returncode, report, done.stderr

    def expect(self, code, state, **keys):
        got, report, errors = self.ask(**keys)
        self.assertEqual((got, report and report["state"]), (code, state),
                         f"{report} {errors}")
        return report["owners"][0]

    def let_time_pass(self, seconds):
        """Nobody waits: what was seen becomes older."""
        state = json.loads(self.state.read_text())
        for owner in state["owners"].values():
            if owner["since"] is not None:
                owner["since"] -= seconds
        self.state.write_text(json.dumps(state))

    # RFC 7671 8.1
    def test_goes_from_old_to_both_to_new(self):
        old, new = self.old.record(), self.new.record()
        self.show_everywhere(old)
        owner = self.expect(NOT_YET, "publish")
        self.assertEqual(owner["publish"], [new])
        self.assertEqual(len(owner["servers"]), 2)

        self.show("ns1", old, new)
        owner = self.expect(NOT_YET, "spreading")
        lag = [each["server"] for each in owner["servers"] if not each["next"]]
        self.assertEqual(lag, ["ns2.example.org 127.53.7.2"])

        self.show("ns2", old, new)
        owner = self.expect(NOT_YET, "waiting")
        self.assertEqual(owner["earliest"], owner["since"] + 2 * TTL)

        self.hosts["ns2"].stop()
        owner = self.expect(UNKNOWN, "unknown")
        self.show("ns2", old, new)
        self.let_time_pass(2 * TTL)
        self.expect(GO, "deploy")

        owner = self.expect(NOT_YET, "remove", current=self.new)
        self.assertEqual(owner["remove"], [old])
        self.show_everywhere(new)
        self.expect(GO, "done", current=self.new)

    # RFC 7671 8
    def test_calls_a_record_that_was_removed_too_early_broken(self):
        self.show("ns1", self.old.record(), self.new.record())
        self.show("ns2", self.new.record())
        owner = self.expect(BROKEN, "broken")
        self.assertEqual(owner["publish"], [self.old.record()])

    # RFC 7671 8.1: CNAMEs before the records, and a denial, are kept as well
    def test_waits_for_aliases_and_denials_as_for_records(self):
        alias = ["_25._tcp.mx 9000 CNAME tlsa.example.net."]
        both = [f"tlsa 60 TLSA {self.old.record()}",
                f"tlsa 60 TLSA {self.new.record()}"]
        self.show_everywhere(more=alias)
        owner = self.expect(NOT_YET, "publish")
        self.assertEqual([each["hold"] for each in owner["servers"]],
                         [9000, 9000])
        self.assertEqual(owner["servers"][0]["server"],
                         "ns1.example.org 127.53.7.1 for tlsa.example.net")
        self.show_everywhere(more=alias, net=both)
        owner = self.expect(NOT_YET, "waiting")
        self.assertEqual(owner["earliest"], owner["since"] + 2 * 9000)

    def test_waits_out_a_denial(self):
        self.show_everywhere()
        owner = self.expect(NOT_YET, "publish")
        self.assertEqual(owner["hold"], NEGATIVE_TTL)
        self.show_everywhere(self.old.record(), self.new.record(), ttl=60)
        owner = self.expect(NOT_YET, "waiting")
        self.assertEqual(owner["earliest"], owner["since"] + 2 * NEGATIVE_TTL)

    def test_reads_answers_that_only_fit_tcp(self):
        full = ["-s", "0", "-m", "0"]
        extra = [Certificate(self.folder / f"extra{i}").record(*full)
                 for i in range(5)]
        self.show_everywhere(self.new.record(*full), self.old.record(*full),
                             *extra)
        owner = self.expect(NOT_YET, "waiting")
        self.assertEqual(owner["unmatched"], sorted(extra))

    def test_looks_at_every_port(self):
        more = [f"_465._tcp.mx TLSA {self.old.record()}"]
        both = [self.old.record(), self.new.record()]
        self.show_everywhere(*both, more=more)
        code, report, _ = self.ask("--port", "25", "--port", "465")
        self.assertEqual([each["state"] for each in report["owners"]],
                         ["waiting", "publish"])
        self.assertEqual((code, report["state"]), (NOT_YET, "publish"))

    def test_changes_nothing_where_it_cannot_find_out(self):
        self.hosts["resolver"].stop()
        self.addCleanup(self.hosts["resolver"].serve, {"example.org": GLUE})
        code, report, _ = self.ask()
        self.assertEqual((code, report["state"]), (UNKNOWN, "unknown"))
        self.assertRegex(report["owners"][0]["why"],
                         "SOA: no (answer within|trust anchor works)")

    def test_leaves_a_state_file_that_it_cannot_read(self):
        self.show_everywhere(self.old.record())
        for text in ("", "{", '{"version": 2, "owners": {}}',
                     '{"version": 1, "owners": {"x": {}}}'):
            self.state.write_text(text)
            code, _, errors = self.ask()
            self.assertEqual(code, UNKNOWN)
            self.assertIn("state.json: no state of danebound rollover", errors)
            self.assertEqual(self.state.read_text(), text)

    def test_keeps_what_it_knows_of_other_hosts(self):
        other = {"next": ["3 1 1 0a"], "since": 1, "hold": 2, "hold_seen": 3}
        self.state.write_text(json.dumps(
            {"version": 1, "owners": {"_25._tcp.other.example": other}}))
        self.show_everywhere(self.old.record())
        self.expect(NOT_YET, "publish")
        state = json.loads(self.state.read_text())
        self.assertEqual(state["owners"]["_25._tcp.other.example"], other)
        self.assertIn(OWNER, state["owners"])

    def test_makes_the_folder_of_the_state(self):
        self.state = self.folder / "missing/state.json"
        self.show_everywhere(self.old.record())
        self.expect(NOT_YET, "publish")
        self.assertIn(OWNER, json.loads(self.state.read_text())["owners"])

    def test_answers_all_the_same_where_the_state_cannot_be_kept(self):
        self.show_everywhere(self.old.record())
        (self.folder / "file").touch()
        self.state = self.folder / "file/state.json"
        code, report, errors = self.ask()
        self.assertEqual((code, report["state"]), (NOT_YET, "publish"))
        self.assertIn("file/state.json.lock: Not a directory. Nothing is kept",
                      errors)

    # RFC 7671 8: what every combination matches is right already
    def test_deploys_a_renewal_beside_a_staged_key(self):
        renewed = Certificate(self.folder / "renewed", key=self.old)
        staged = self.new.record()
        self.show_everywhere(self.old.record(), staged)
        owner = self.expect(GO, "deploy", following=renewed)
        self.assertEqual((owner["remove"], owner["unmatched"]), ([], [staged]))

    # RFC 7671 5.2: a key for a change to come, then the change itself
    def test_knows_a_key_on_standby(self):
        self.show_everywhere(self.old.record())
        standby = ("--standby", self.new.key_path)
        code, report, _ = self.ask(*standby, following=self.old)
        self.assertEqual((code, report["state"]), (NOT_YET, "publish"))
        self.assertEqual(report["owners"][0]["publish"], [self.new.record()])
        self.show_everywhere(self.old.record(), self.new.record())
        code, report, _ = self.ask(*standby, following=self.old)
        self.assertEqual((code, report["state"]), (GO, "done"))
        self.assertEqual(report["owners"][0]["unmatched"], [])

    def test_keeps_a_record_that_is_named(self):
        self.show_everywhere(self.old.record())
        self.expect(NOT_YET, "publish")
        self.show_everywhere(self.old.record(), self.new.record())
        code, report, _ = self.ask(current=self.new)
        self.assertEqual((code, report["state"]), (NOT_YET, "remove"))
        code, report, _ = self.ask("--keep", self.old.record(),
                                   current=self.new)
        self.assertEqual((code, report["state"]), (GO, "done"))
        code, _, errors = self.ask("--keep", "3 1 1 xyz")
        self.assertEqual(code, UNKNOWN)
        self.assertIn("--keep", errors)

    # RFC 7671 5.2
    def test_wants_the_chain_under_records_of_an_authority(self):
        authority = Certificate(self.folder / "ca", subject="CA")
        server = Certificate(self.folder / "below", issuer=authority)
        record = server.record("-u", "2")
        self.assertEqual(record, authority.record("-u", "2"))
        self.show_everywhere(record)
        self.expect(GO, "done", current=server, following=server)
        for option in ("--current", "--next"):
            code, report, _ = self.ask(option, server.leaf, current=server,
                                       following=server)
            owner = report["owners"][0]
            self.assertEqual((code, owner["state"]), (UNKNOWN, "unknown"))
            self.assertEqual(owner["impossible"], ["2 1 1"])
            self.assertEqual((owner["publish"], owner["remove"]), ([], []))
        for arguments in (("--current", server.leaf),
                          ("--current", server.path, "--next", server.leaf)):
            done = self.run_rollover(*arguments)
            said = " ".join(done.stdout.split())
            self.assertIn("2 1 1 is of an authority (RFC 7671 5.2), and a file "
                          "has none: give the whole chain, fullchain.pem", said)
            self.assertIn("The files do not say enough, see below: change "
                          "nothing.", said)
            self.assertNotIn("did not answer", said)
        plugin = self.run_rollover("--nagios", "--current", server.leaf)
        self.assertEqual(plugin.returncode, 3)
        self.assertIn(f"ROLLOVER UNKNOWN - {HOST}: unknown (2 1 1 is of an "
                      "authority", plugin.stdout)

    # RFC 7672 3.1.2: names and dates count below an authority
    def test_deploys_nothing_that_clients_refuse(self):
        authority = Certificate(self.folder / "ca", subject="CA")
        server = Certificate(self.folder / "below", issuer=authority)
        again = Certificate(self.folder / "again", issuer=authority)
        named = Certificate(self.folder / "named", issuer=authority,
                            names=["www.example.org"])
        ended = Certificate(self.folder / "ended", issuer=authority, days=-9)
        record = server.record("-u", "2")
        self.show_everywhere(record)
        for other, word in ((named, "certificate-host-mismatch"),
                            (ended, "certificate-expired")):
            verified = subprocess.run(
                [DANEBOUND, "verify", "--json", "--chain", other.path, "--name",
                 HOST, "--tlsa", record], text=True, capture_output=True,
                check=False).stdout
            self.assertIn(word, verified)
            self.state.unlink(missing_ok=True)
            owner = self.expect(UNKNOWN, "unknown", current=server,
                                following=other)
            self.assertIn(f"({word})", owner["next_refused"])
            self.assertEqual(owner["current_refused"], None)
            owner = self.expect(BROKEN, "broken", current=other,
                                following=other)
            self.assertIn(f"({word})", owner["current_refused"])
            self.expect(GO, "deploy", current=other, following=again)
            done = self.run_rollover("--current", server.path, "--next",
                                     other.path)
            self.assertIn("Clients would refuse the next certificate, see "
                          "below", done.stdout)
            self.assertIn(word, done.stdout)
        code, report, _ = self.ask("--name", "www.example.org", current=server,
                                   following=named)
        self.assertEqual((code, report["state"]), (GO, "deploy"))
        code, _, errors = self.ask("--name", "a..b")
        self.assertEqual(code, UNKNOWN)
        self.assertIn("--name", errors)
        # where the server's own key is published besides, they do not
        self.show_everywhere(record, named.record())
        self.expect(GO, "done", current=named, following=named)

        self.show_everywhere(record)
        self.renew(server)
        self.assertEqual(self.deploy()[1], self.pair(server))
        for other in (named, ended):
            self.renew(other)
            code, pair, output = self.deploy()
            self.assertEqual((code, pair), (UNKNOWN, self.pair(server)))
            self.assertIn("clients would refuse the next certificate", output)
            self.assertIn("is NOT in use yet", output)
        self.renew(again)
        self.assertEqual(self.deploy()[:2], (GO, self.pair(again)))

    def test_calls_an_authoritys_record_of_the_server_itself_broken(self):
        record = self.old.record("-u", "2")
        self.show_everywhere(record)
        owner = self.expect(BROKEN, "broken", following=self.old)
        self.assertEqual(owner["publish"], [self.old.record()])
        self.assertEqual(owner["remove"], [record])
        self.assertEqual(owner["hopeless"], ["2 1 1"])

    # RFC 4592 2.2.2
    def test_warns_of_a_host_that_a_wildcard_makes(self):
        def run(zone):
            for label in SERVERS:
                self.hosts[label].serve({"example.org": zone})
            _, report, _ = self.ask(following=self.old)
            return report["addresses"], report["addresses_why"] or ""
        line = f"{HOST}. 3600 IN A 192.0.2.7"
        wild = [*GLUE[2:], "* A 192.0.2.7"]
        addresses, why = run(wild)
        self.assertEqual(addresses, [line])
        self.assertIn("by a wildcard alone", why)
        record = f"_25._tcp.mx TLSA {self.old.record()}"
        addresses, why = run([*wild, record])
        self.assertEqual(addresses, [line])
        self.assertIn("has lost the addresses", why)
        own = "mx A 192.0.2.7"
        code, report, _ = self.ask(following=self.old)
        self.assertEqual((code, report["state"]), (BROKEN, "broken"))
        done = self.run_rollover("--current", self.old.path)
        self.assertEqual(done.returncode, BROKEN)
        for words in ("The host has no addresses any more: no mail comes.",
                      f"    publish  {line}\n"):
            self.assertIn(words, done.stdout)
        plugin = self.run_rollover("--nagios", "--current", self.old.path)
        self.assertEqual(plugin.returncode, 2)
        self.assertIn(f"broken ({HOST} has lost the addresses", plugin.stdout)
        self.assertEqual(run([*wild, own]), ([], ""))
        self.assertEqual(run([*wild, own, "*.mx A 192.0.2.8"]), ([], ""))
        self.assertEqual(run([*wild, own, record]), ([], ""))

    # RFC 4592 2.2.2: the first record below the host ends the wildcard
    def test_has_addresses_published_before_they_are_cut_off(self):
        self.renew(self.old)
        record = self.old.record()
        wild = [*GLUE[2:], "* 600 A 192.0.2.7", "* 600 AAAA 2001:db8::7"]
        calls, updates = self.folder / "calls", self.folder / "updates"
        changes = self.folder / "changes"
        program = self.folder / "api"
        program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >>{calls}\n'
                           f"echo >>{calls}\n")
        program.chmod(0o755)
        hooks = {"PUBLISH": str(program), "NSUPDATE": f"cat >>{updates}",
                 "PUBLISH_JSON": f"cat >>{changes}"}
        addresses = [("A", "192.0.2.7"), ("AAAA", "2001:db8::7")]
        add = "".join(f"update add {HOST}. 600 IN {kind} {data}\n"
                      for kind, data in addresses)
        call = "".join(f"add|{HOST}.|600|{data}|{kind}|\n"
                       for kind, data in addresses)
        tlsa = f"update add {OWNER}. {TTL} IN TLSA {record}\n"
        for zone, more in (([], tlsa), ([f"_25._tcp.mx TLSA {record}"], "")):
            for label in SERVERS:
                self.hosts[label].serve({"example.org": [*wild, *zone]})
            for each in (calls, updates, changes):
                each.unlink(missing_ok=True)
            self.deploy(**hooks)
            self.assertEqual(updates.read_text(),
                             f"zone example.org.\n{add}{more}send\n")
            self.assertEqual(
                calls.read_text(),
                call + (f"add|{OWNER}.|{TTL}|{record}|TLSA|\n" if more else
                        ""))
            added = json.loads(changes.read_text())["add"]
            self.assertEqual(added[:2], [
                {"zone": "example.org", "owner": HOST, "type": kind,
                 "usage": None, "selector": None, "matching": None,
                 "data": None, "record": data, "ttl": 600}
                for kind, data in addresses])
            self.assertEqual([each["record"] for each in added[2:]],
                             [record] if more else [])

    # RFC 4035 5.3, 5.4
    def test_shows_no_addresses_that_do_not_verify(self):
        wild = [*GLUE[2:], "* A 192.0.2.7"]
        for label in SERVERS:
            self.hosts[label].serve(
                {"example.org": wild},
                edit=lambda text: text.replace("192.0.2.7", "192.0.2.66"))
        code, report, _ = self.ask(following=self.old)
        self.assertEqual((code, report["state"]), (UNKNOWN, "unknown"))
        self.assertEqual(report["addresses"], [])
        self.assertIn("could not be found out: ns2.example.org 127.53.7.2: "
                      "not valid by DNSSEC: ", report["addresses_why"])
        for form in ("--nsupdate", "--changes"):
            done = self.run_rollover(form, "--current", self.old.path)
            self.assertEqual((done.returncode, done.stdout), (UNKNOWN, ""))
        # one server that says it validly is enough
        self.hosts["ns2"].serve({"example.org": wild})
        _, report, _ = self.ask(following=self.old)
        self.assertEqual(report["addresses"],
                         [f"{HOST}. 3600 IN A 192.0.2.7"])

    def test_refuses_a_host_that_does_not_exist(self):
        for label in SERVERS:
            self.hosts[label].serve({"example.org": GLUE[2:]})
        code, report, _ = self.ask()
        owner = report["owners"][0]
        self.assertEqual((code, owner["state"]), (UNKNOWN, "unknown"))
        self.assertEqual(owner["why"], f"{HOST} does not exist")
        self.assertEqual(owner["publish"], [])

    def test_takes_the_port_and_the_labels_of_a_service(self):
        self.show_everywhere(
            more=[f"_465._tcp.mx TLSA {self.old.record()}"])
        for host in (f"{HOST}:465", f"_465._tcp.{HOST}"):
            done = self.run_rollover("--current", self.old.path, host=host)
            self.assertEqual(done.returncode, GO)
            self.assertIn(f"{HOST}: done", done.stdout)
            self.assertIn(f"_465._tcp.{HOST}: done", done.stdout)
        done = self.run_rollover("--port", "25", "--current", self.old.path,
                                 host=f"{HOST}:465")
        self.assertEqual(done.returncode, UNKNOWN)
        self.assertIn("name two ports", done.stderr)

    def test_says_how_many_days_are_left(self):
        short = Certificate(self.folder / "short", days=9)
        self.show_everywhere(short.record())
        current = ("--current", short.path)
        plugin = self.run_rollover("--nagios", *current)
        self.assertEqual(
            (plugin.returncode, plugin.stdout),
            (1, f"ROLLOVER WARNING - {HOST}: done, 9 days left "
                "| days=9;14;7\n"))
        for limits, code in ((("--warning", "9"), 0),
                             (("--critical", "10"), 2)):
            plugin = self.run_rollover("--nagios", *limits, *current)
            self.assertEqual(plugin.returncode, code, plugin.stdout)
        done = self.run_rollover("--days", "10", *current)
        self.assertEqual(done.returncode, BROKEN)
        self.assertIn("fewer than 10 days left", done.stderr)
        self.assertIn("The current certificate ends in 9 d", done.stdout)
        done = self.run_rollover("--days", "9", *current)
        self.assertEqual(done.returncode, GO)

    def test_checks_that_key_and_certificate_belong_together(self):
        self.show_everywhere(self.old.record())
        done = self.run_rollover("--current", self.old.path, "--key",
                                 self.old.key_path)
        self.assertEqual((done.returncode, done.stderr), (GO, ""))
        done = self.run_rollover("--current", self.old.path, "--key",
                                 self.new.key_path)
        self.assertEqual(done.returncode, UNKNOWN)
        self.assertIn("the private key of another certificate", done.stderr)
        done = self.run_rollover("--current", self.old.path, "--key",
                                 self.old.path)
        self.assertIn("a certificate, and no private key", done.stderr)
        self.old.key_path.chmod(0o644)
        done = self.run_rollover("--current", self.old.path, "--key",
                                 self.old.key_path)
        self.assertEqual(done.returncode, GO)
        self.assertIn("everybody can read this private key", done.stderr)
        # Certificate and key in one file.
        combined = self.old.path.with_name("combined.pem")
        combined.write_bytes(self.old.path.read_bytes() +
                             self.old.key_path.read_bytes())
        combined.chmod(0o644)
        done = self.run_rollover("--current", combined)
        self.assertEqual(done.returncode, GO)
        self.assertIn("combined.pem: everybody can read this private key",
                      done.stderr)

    # RFC 2136
    def test_prints_what_nsupdate_reads(self):
        old, new = self.old.record(), self.new.record()
        both = ("--current", self.old.path, "--next", self.new.path)
        self.show_everywhere(old, ttl=60)
        self.assertEqual(
            self.run_rollover("--nsupdate", *both).stdout,
            "zone example.org.\n"
            f"update add {OWNER}. 60 IN TLSA {new}\nsend\n")
        self.show_everywhere(old, new)
        self.assertEqual(self.run_rollover("--nsupdate", *both).stdout, "")
        self.assertEqual(
            self.run_rollover("--nsupdate", "--current", self.new.path).stdout,
            f"zone example.org.\nupdate delete {OWNER}. IN TLSA {old}\n"
            "send\n")

    # RFC 6698 A.2.1.1: records stand where the CNAME leads
    def test_names_the_end_of_aliases_for_what_is_to_be_published(self):
        alias = ["_25._tcp.mx CNAME tlsa.example.net."]
        self.show_everywhere(more=alias)
        done = self.run_rollover("--nsupdate", "--ttl", "120", "--current",
                                 self.old.path)
        self.assertEqual(
            done.stdout,
            "zone example.net.\nupdate add tlsa.example.net. 120 IN TLSA "
            f"{self.old.record()}\nsend\n")

    def test_prepares_the_next_key_once(self):
        key, request = self.folder / "next.key", self.folder / "next.csr"
        prepare = [DANEBOUND, "rollover", "prepare", HOST,
                   "mx2.example.org:465", "--key", key]
        first = subprocess.run([*prepare, "--csr", request], text=True,
                               capture_output=True, check=True)
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        record = subprocess.run(
            [DANEBOUND, "tlsa", "create", request], text=True,
            capture_output=True, check=True).stdout.strip()
        self.assertEqual(
            first.stdout, f"{OWNER}. IN TLSA {record}\n"
                          f"_465._tcp.mx2.example.org. IN TLSA {record}\n")
        names = x509.load_pem_x509_csr(
            request.read_bytes()).extensions.get_extension_for_class(
                x509.SubjectAlternativeName).value
        self.assertEqual(names.get_values_for_type(x509.DNSName),
                         [HOST, "mx2.example.org"])
        before = key.read_bytes(), request.read_bytes()
        again = subprocess.run(prepare, text=True, capture_output=True,
                               check=True)
        self.assertEqual(again.stdout, first.stdout)
        self.assertIn("is there already", again.stderr)
        self.assertNotIn("everybody", again.stderr)
        key.chmod(0o604)
        again = subprocess.run(prepare, text=True, capture_output=True,
                               check=True)
        self.assertIn("everybody can read this private key", again.stderr)
        refused = subprocess.run([*prepare, "--csr", request], text=True,
                                 capture_output=True, check=False)
        self.assertEqual(refused.returncode, UNKNOWN)
        self.assertIn("next.csr: File exists", refused.stderr)
        self.assertEqual((key.read_bytes(), request.read_bytes()), before)
        self.show_everywhere(self.old.record(), record)
        code, report, _ = self.ask("--standby", key, following=self.old)
        self.assertEqual((code, report["state"]), (GO, "done"))

    # RFC 6698 3
    def test_prepares_no_key_of_another_protocol(self):
        key = self.folder / "next.key"
        done = subprocess.run(
            [DANEBOUND, "rollover", "prepare", f"_25._udp.{HOST}", "--key",
             key], text=True, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (UNKNOWN, ""))
        self.assertIn("only TCP has TLSA records", done.stderr)
        self.assertFalse(key.exists())

    def test_prepares_nothing_over_other_files(self):
        key = self.folder / "next.key"
        for text in (b"", b"junk", self.old.path.read_bytes()):
            key.write_bytes(text)
            done = subprocess.run(
                [DANEBOUND, "rollover", "prepare", HOST, "--key", key],
                text=True, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (UNKNOWN, ""))
            self.assertIn("next.key: no private key", done.stderr)
            self.assertEqual(key.read_bytes(), text)
        done = subprocess.run(
            [DANEBOUND, "rollover", "prepare", HOST, "--rsa", "--key",
             self.folder / "rsa.key"], text=True, capture_output=True,
            check=True)
        self.assertIn(f"{OWNER}. IN TLSA 3 1 1 ", done.stdout)
        self.assertEqual(sorted(each.name for each in self.folder.iterdir()),
                         ["new", "next.key", "old", "rsa.key"])

    def views(self, owner):
        return {each["server"].split()[0][:3]: each
                for each in owner["servers"]}

    def with_records(self, *records):
        """Other TLSA records under the signature that is there."""
        def edit(text):
            lines = [line for line in text.splitlines()
                     if not line.startswith(f"{OWNER}.\t")
                     or "\tTLSA\t" not in line]
            lines += [f"{OWNER}. {TTL} IN TLSA {each}" for each in records]
            return "\n".join(lines) + "\n"
        return edit

    # RFC 4035 5.3
    def test_believes_no_records_that_do_not_verify(self):
        both = (self.old.record(), self.new.record())
        wild = [f"*._tcp.mx TLSA {each}" for each in both]
        lies = {
            "forged": dict(edit=self.with_records(*both)),
            "expired": dict(records=both, begins=-9 * Signer.DAY,
                            ends=-Signer.DAY),
            "not yet": dict(records=both, begins=Signer.DAY,
                            ends=9 * Signer.DAY),
            "another key's": dict(records=both, false=True),
            "without": dict(records=both, edit=lambda text: "".join(
                line for line in text.splitlines(True)
                if "\tRRSIG\t" not in line)),
            "a wildcard's": dict(records=(), more=wild, edit=lambda text:
                                 text.replace("*._tcp", "_25._tcp"))}
        self.show("ns1", *both)
        for name, lie in lies.items():
            with self.subTest(name):
                lie = dict(lie)
                self.show("ns2", *lie.pop("records", both[:1]), **lie)
                owner = self.expect(UNKNOWN, "unknown")
                view = self.views(owner)["ns2"]
                self.assertEqual((view["answered"], view["records"]),
                                 (False, []))
                self.assertIn("its TLSA records are not valid by DNSSEC:",
                              view["why"])
                said = self.run_rollover(
                    "--current", self.old.path, "--next", self.new.path).stdout
                self.assertIn("    ns2.example.org 127.53.7.2\n      its TLSA "
                              "records are not valid by DNSSEC", said)
                plugin = self.run_rollover("--nagios", "--current",
                                           self.old.path)
                self.assertEqual(plugin.returncode, 3)
                self.assertIn("unknown (ns2.example.org 127.53.7.2: its TLSA "
                              "records are not valid by DNSSEC: ",
                              plugin.stdout)
        self.assertEqual(self.views(owner)["ns1"]["security"], "secure")

    def test_believes_signed_records_and_wildcards(self):
        both = (self.old.record(), self.new.record())
        wild = [f"*._tcp.mx TLSA {each}" for each in both]
        for denial in ((), ("-n",)):
            self.show("ns1", *both, denial=denial)
            self.show("ns2", more=wild, denial=denial)
            self.expect(NOT_YET, "waiting")

    # RFC 4034 3.1.4
    def test_waits_by_the_ttl_that_was_signed(self):
        both = (self.old.record(), self.new.record())
        self.show_everywhere(*both, edit=lambda text: re.sub(
            rf"({OWNER}\.)\t{TTL}\t", r"\1\t1\t", text))
        owner = self.expect(NOT_YET, "waiting")
        self.assertEqual([each["hold"] for each in owner["servers"]],
                         [TTL, TTL])
        self.assertEqual(owner["earliest"], owner["since"] + 2 * TTL)

    # RFC 4035 5.4
    def test_believes_no_denial_that_is_not_proven(self):
        record = self.old.record()
        self.show("ns1", record)
        for lie in (dict(edit=self.with_records()),
                    dict(edit=lambda text: "".join(
                        line for line in text.splitlines(True)
                        if not line.startswith(OWNER))),
                    dict(edit=self.with_records(), denial=("-n",)),
                    dict(edit=self.with_records(), denial=("-n", "-p"))):
            self.show("ns2", record, **lie)
            owner = self.expect(UNKNOWN, "unknown")
            self.assertIn("its denial of TLSA records is not valid by DNSSEC:",
                          self.views(owner)["ns2"]["why"])

    # RFC 6840 4.1, RFC 9276 3.2
    def test_believes_no_denial_of_who_cannot_know(self):
        delegation = "_tcp.mx.example.org.\t3600\tIN\tNS\tns1.example.net."
        for denial in ((), ("-n",)):
            self.show_everywhere(
                more=["_tcp.mx NS ns1.example.net."], denial=denial,
                edit=lambda text: text.replace(
                    delegation, delegation.split("NS")[0] + "TXT x"))
            owner = self.expect(UNKNOWN, "unknown")
            for view in owner["servers"]:
                self.assertIn("no valid NSEC or NSEC3 record proves it",
                              view["why"])
        for iterations, answered in (("150", True), ("151", False)):
            self.show_everywhere(denial=("-n", "-t", iterations))
            _, report, _ = self.ask()
            self.assertEqual([each["answered"] for each in
                              report["owners"][0]["servers"]], 2 * [answered])

    # RFC 4035 5.4, RFC 5155 8.4 to 8.7
    def test_believes_every_kind_of_proven_denial(self):
        zones = {"no such name": [],
                 "empty non-terminal": ["x._25._tcp.mx A 192.0.2.9"],
                 "beside": ["_24._tcp.mx TXT x", "_26._tcp.mx TXT x"],
                 "another type": ["_25._tcp.mx TXT x"],
                 "below a wildcard": ["*.mx A 192.0.2.9"],
                 "by a wildcard": ["*._tcp.mx TXT x"]}
        for denial in ((), ("-n",), ("-n", "-p")):
            for name, more in zones.items():
                with self.subTest(name, denial=denial):
                    self.show_everywhere(more=more, denial=denial)
                    owner = self.expect(NOT_YET, "publish")
                    self.assertEqual(
                        [(each["answered"], each["hold"], each["security"])
                         for each in owner["servers"]],
                        2 * [(True, NEGATIVE_TTL, "secure")])

    def test_follows_no_alias_that_does_not_verify(self):
        both = [f"tlsa TLSA {self.old.record()}",
                f"tlsa TLSA {self.new.record()}"]
        alias = ["_25._tcp.mx CNAME tlsa.example.net."]
        self.show("ns1", more=alias, net=both)
        self.show("ns2", more=["_25._tcp.mx CNAME other.example.net."],
                  net=both, edit=lambda text: text.replace(
                      "CNAME\tother.", "CNAME\ttlsa."))
        owner = self.expect(UNKNOWN, "unknown")
        self.assertIn("ns2.example.org 127.53.7.2",
                      [each["server"] for each in owner["servers"]
                       if each["why"] and "its CNAME is not valid by DNSSEC"
                       in each["why"]])
        # RFC 6672 5.3.1
        self.show_everywhere(more=["_tcp.mx DNAME t.example.net."],
                             net=[line.replace("tlsa ", "_25.t ")
                                  for line in both])
        self.expect(NOT_YET, "waiting")

    # RFC 7672 2.2
    def test_says_that_an_unsigned_zone_counts_for_nobody(self):
        self.show_everywhere(self.old.record())
        arguments = ("--current", self.old.path)
        useless = ("example.org is not secured by DNSSEC: no mail server looks "
                   "at TLSA records there")
        self.assertNotIn(useless, " ".join(
            self.run_rollover(*arguments).stdout.split()))
        self.trusting = ("--resolver", RESOLVER, "--unbound-conf",
                         self.ignorant)
        done = self.run_rollover(*arguments)
        self.assertEqual(done.returncode, GO)
        self.assertIn(useless, " ".join(done.stdout.split()))
        owner = self.expect(GO, "done", following=self.old)
        self.assertEqual(owner["servers"][0]["security"], "insecure")

    def test_hook_does_nothing_by_answers_that_do_not_verify(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        self.deploy()
        self.renew(self.new)
        for edit in (self.with_records(self.new.record()),
                     self.with_records(self.old.record(), self.new.record()),
                     self.with_records()):
            self.show_everywhere(self.old.record(), edit=edit)
            for _ in range(2):
                code, pair, output = self.deploy(
                    NSUPDATE=f"cat >>{self.folder}/changes")
                self.assertEqual((code, pair), (UNKNOWN, self.pair(self.old)),
                                 output)
                self.let_time_pass(2 * TTL)
        self.assertFalse((self.folder / "changes").exists())

    # A service that was reloaded before the one that failed.
    def test_hook_reloads_all_again_where_one_reload_fails(self):
        self.show_everywhere(self.old.record(), self.new.record())
        self.renew(self.old)
        self.deploy()
        self.renew(self.new)
        self.deploy()
        self.let_time_pass(2 * TTL)
        seen = self.folder / "seen"
        reload = (f"cat {self.folder}/tls/{HOST}/fullchain.pem >{seen}\n"
                  f"cmp -s {self.old.path} {seen}\n:\n")
        for commands in (reload, reload.replace("\n", " && ")[:-4]):
            (self.folder / f"{HOST}.conf").write_text(f"RELOAD='{commands}'\n")
            code, pair, output = self.deploy()
            self.assertEqual((code, pair), (UNKNOWN, self.pair(self.old)))
            self.assertEqual(seen.read_bytes(), self.old.path.read_bytes())
            self.assertIn("all have read them again", output)
            mark = self.folder / f"tls/{HOST}/reloaded"
            self.assertTrue(mark.exists())
        (self.folder / f"{HOST}.conf").write_text("RELOAD=false\n")
        _, _, output = self.deploy()
        self.assertIn("who showed the new ones already may still do", output)
        self.assertFalse(mark.exists())

    # RFC 7671 8.1
    def test_says_what_a_first_look_cannot_know(self):
        renewed = Certificate(self.folder / "renewed", key=self.old)
        self.show_everywhere(self.old.record())
        arguments = ("--current", self.old.path, "--next", renewed.path)
        first = "first looks"
        done = self.run_rollover(*arguments)
        self.assertEqual(done.returncode, GO)
        self.assertIn(first, done.stdout)
        owner = self.expect(GO, "deploy", following=renewed)
        state = json.loads(self.state.read_text())
        begun = state["owners"][OWNER]["begun"]
        self.assertEqual(owner["unseen_until"], begun + 2 * TTL)
        state["owners"][OWNER]["begun"] -= 2 * TTL
        self.state.write_text(json.dumps(state))
        owner = self.expect(GO, "deploy", following=renewed)
        self.assertEqual(owner["unseen_until"], None)
        self.assertNotIn(first, self.run_rollover(*arguments).stdout)

    def test_waits_for_no_port_where_nothing_is_promised(self):
        renewed = Certificate(self.folder / "renewed", key=self.old)
        ports = ("--port", "25", "--port", "465")
        self.show_everywhere(self.old.record())
        code, report, _ = self.ask(*ports, following=renewed)
        self.assertEqual((code, report["state"]), (GO, "deploy"))
        self.assertEqual([(each["state"], each["counts"])
                          for each in report["owners"]],
                         [("deploy", True), ("publish", False)])
        done = self.run_rollover("--current", self.old.path, *ports)
        self.assertEqual(done.returncode, GO)
        self.assertIn("nothing is promised on this port", done.stdout)
        # where something was, caches may have it
        self.show_everywhere(self.old.record(),
                             more=[f"_465._tcp.mx TLSA {self.old.record()}"])
        self.ask(*ports, following=renewed)
        self.show_everywhere(self.old.record())
        code, report, _ = self.ask(*ports, following=renewed)
        self.assertEqual((code, report["state"]), (NOT_YET, "publish"))
        # a denial that is not proven is none
        self.show("ns2", self.old.record(),
                  more=[f"_465._tcp.mx TLSA {self.old.record()}"],
                  edit=lambda text: "".join(
                      line for line in text.splitlines(True)
                      if "_465._tcp.mx.example.org.\t" not in line))
        self.state.unlink()
        code, report, _ = self.ask(*ports, following=renewed)
        self.assertEqual((code, report["state"]), (UNKNOWN, "unknown"))

    def test_hook_gives_changes_as_json(self):
        old, new = self.old.record(), self.new.record()
        calls = self.folder / "calls"
        hooks = {"PUBLISH_JSON": f"cat >>{calls}"}
        self.show_everywhere(old)
        self.renew(self.old)
        self.deploy(**hooks)
        self.assertFalse(calls.exists())
        self.renew(self.new)
        code, _, output = self.deploy(PUBLISH_JSON="false")
        self.assertEqual(code, UNKNOWN)
        self.assertIn('"false" failed', output)
        self.deploy(**hooks)

        def record(text):
            usage, selector, matching, data = text.split()
            return {"zone": "example.org", "owner": OWNER, "type": "TLSA",
                    "usage": int(usage), "selector": int(selector),
                    "matching": int(matching), "data": data, "record": text}
        self.assertEqual(
            json.loads(calls.read_text()),
            {"host": HOST, "add": [{**record(new), "ttl": TTL}], "remove": []})
        self.show_everywhere(old, new)
        self.deploy(**hooks)
        self.let_time_pass(2 * TTL)
        calls.unlink()
        self.deploy(**hooks)
        self.assertEqual(json.loads(calls.read_text()),
                         {"host": HOST, "add": [], "remove": [record(old)]})

    # RFC 7671 5.2.2, 5.2.3
    def test_knows_an_authority_that_its_record_holds_in_full(self):
        authority = Certificate(self.folder / "ca", subject="CA")
        server = Certificate(self.folder / "below", issuer=authority)
        other = Certificate(self.folder / "other", subject="other")
        renewed = Certificate(self.folder / "renewed", issuer=authority)
        for selector in ("0", "1"):
            full = ("-u", "2", "-s", selector, "-m", "0")
            self.show_everywhere(authority.record(*full))
            for certificate in (server, renewed):
                certificate.path.write_bytes(certificate.leaf.read_bytes())
            self.state.unlink(missing_ok=True)
            self.expect(GO, "done", current=server, following=server)
            self.expect(GO, "deploy", current=server, following=renewed)
            self.show_everywhere(other.record(*full))
            code, _, _ = self.ask(current=server, following=server)
            self.assertNotEqual(code, GO)
        self.show_everywhere(authority.record("-u", "2", "-s", "0"))
        self.expect(UNKNOWN, "unknown", current=server, following=server)

    def run_rollover(self, *arguments, host=HOST):
        done = subprocess.run(
            [DANEBOUND, "rollover", host, *self.trusting, "--state",
             self.state, "--timeout", "1", *arguments], text=True,
            capture_output=True, check=False, timeout=60)
        self.expect_short_lines(done.stdout)
        return done

    def expect_short_lines(self, output):
        """Only what is for programs, or to be copied, is wider than 80."""
        for line in output.splitlines():
            if not re.search("^ROLLOVER|^{| IN ", line):
                self.assertLessEqual(len(line), 80, line)

    def test_prints_what_the_document_shows(self):
        def comparable(text):
            text = re.sub(r"[0-9a-f]{64}", "DIGEST", text)
            text = re.sub(r"ends in .*\.", "ends in TIME", text)
            return re.sub(r"from .* on, in .*\.", "from TIME", text)
        shown = re.findall(r"^```\n(?:\$[^\n]*\n)?(mx\.example\.org: .*?)^```$",
                           DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
        printed = []
        for records in ([self.old.record()],
                        [self.old.record(), self.new.record()]):
            self.show_everywhere(*records)
            printed.append(subprocess.run(
                [DANEBOUND, "rollover", HOST, *self.trusting, "--state",
                 self.state, "--current", self.old.path,
                 "--next", self.new.path], text=True, capture_output=True,
                check=False, timeout=60).stdout)
        self.assertEqual([comparable(text) for text in shown],
                         [comparable(text) for text in printed])

    def deploy(self, **settings):
        """Runs the hook; settings are its environment."""
        environment = dict(
            os.environ, DANEBOUND=DANEBOUND, LIVE=str(self.folder / "live"),
            DEPLOYED=str(self.folder / "tls"), STATE=str(self.state),
            SETTINGS=str(self.folder),
            OPTIONS=" ".join(map(str, self.trusting)),
            RELOAD=f"echo >>{self.folder}/reloads", **settings)
        arguments = self.hook_arguments
        if arguments is None:
            arguments = [] if "RENEWED_LINEAGE" in settings else [HOST]
        done = subprocess.run([HOOK, *arguments], env=environment, text=True,
                              capture_output=True, check=False, timeout=60)
        in_use = self.folder / "tls" / self.name
        pair = [(in_use / name).read_bytes() if in_use.exists() else b""
                for name in ("fullchain.pem", "privkey.pem")]
        return done.returncode, pair, done.stdout + done.stderr

    def renew(self, certificate):
        shutil.copytree(certificate.folder, self.folder / "live" / HOST,
                        dirs_exist_ok=True)

    def pair(self, certificate):
        return [(certificate.folder / name).read_bytes()
                for name in ("fullchain.pem", "privkey.pem")]

    def test_hook_deploys_when_the_records_allow_it(self):
        old, new = self.old.record(), self.new.record()
        self.show_everywhere(old)
        self.renew(self.old)
        self.assertEqual(self.deploy()[:2], (GO, self.pair(self.old)))

        self.renew(self.new)
        lineage = str(self.folder / "live" / HOST)
        not_ours = self.deploy(RENEWED_LINEAGE=lineage)
        self.assertEqual(not_ours[:2], (0, self.pair(self.old)))
        self.assertIn(f"{lineage}/fullchain.pem was renewed, of {HOST}: no "
                      "settings", not_ours[2])
        (self.folder / f"{HOST}.conf").touch()
        as_hook = self.deploy(RENEWED_LINEAGE=lineage)
        self.assertEqual(as_hook[:2], (NOT_YET, self.pair(self.old)))
        self.assertIn(f"publish  {OWNER}. IN TLSA {new}", as_hook[2])
        self.assertIn("is NOT in use yet", as_hook[2])

        self.show_everywhere(old, new)
        waiting = self.deploy()
        self.assertEqual(waiting[:2], (NOT_YET, self.pair(self.old)))
        self.let_time_pass(2 * TTL)
        deployed = self.deploy()
        self.assertEqual(deployed[:2], (NOT_YET, self.pair(self.new)))
        self.assertIn(f"remove   {OWNER}. IN TLSA {old}", deployed[2])

        self.show_everywhere(new)
        self.assertEqual(self.deploy()[:2], (GO, self.pair(self.new)))
        reloads = (self.folder / "reloads").read_text()
        self.assertEqual(len(reloads.splitlines()), 2)
        left = [each.name for each in (self.folder / "tls").iterdir()]
        self.assertEqual(len(left), 3, left)  # link, folder, lock
        lock = self.folder / f"tls/.{HOST}.lock"
        self.assertEqual(lock.stat().st_mode & 0o777, 0o600)

    def test_hook_keeps_the_old_files_where_the_reload_fails(self):
        self.show_everywhere(self.old.record(), self.new.record())
        self.renew(self.old)
        self.deploy()
        self.renew(self.new)
        self.deploy()
        self.let_time_pass(2 * TTL)
        (self.folder / f"{HOST}.conf").write_text("RELOAD=false\n")
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (UNKNOWN, self.pair(self.old)))
        self.assertIn('"false" failed', output)
        (self.folder / f"{HOST}.conf").unlink()
        self.assertEqual(self.deploy()[1], self.pair(self.new))

    def test_hook_changes_nothing_while_mail_is_refused(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        self.deploy()
        self.renew(self.new)
        self.show("ns1", self.new.record())
        self.show("ns2", Certificate(self.folder / "other").record())
        self.assertEqual(self.deploy()[:2], (BROKEN, self.pair(self.old)))

    def test_hook_deploys_where_only_the_next_certificate_is_published(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        self.deploy()
        self.renew(self.new)
        self.show_everywhere(self.new.record())
        self.assertEqual(self.deploy()[:2], (GO, self.pair(self.new)))

    def test_hook_deploys_a_renewal_at_once_beside_a_staged_key(self):
        self.show_everywhere(self.old.record(), self.new.record())
        self.renew(self.old)
        self.deploy()
        for time_of in ("first", "second"):
            renewed = Certificate(self.folder / time_of, key=self.old)
            self.renew(renewed)
            self.assertEqual(self.deploy()[:2], (GO, self.pair(renewed)))
        # and then the staged key itself, which was seen long ago
        state = json.loads(self.state.read_text())
        state["owners"][OWNER]["begun"] -= 2 * TTL
        self.state.write_text(json.dumps(state))
        self.renew(self.new)
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (NOT_YET, self.pair(self.new)))
        self.assertIn(f"remove   {OWNER}. IN TLSA {self.old.record()}", output)

    # RFC 7671 5.2
    def test_hook_deploys_at_once_below_one_of_spare_authorities(self):
        authorities = [Certificate(self.folder / name, subject=name)
                       for name in ("E5", "E6", "E7")]
        self.show_everywhere(*(each.record("-u", "2") for each in authorities))
        certificates = [Certificate(self.folder / f"by{i}", issuer=each)
                        for i, each in enumerate(authorities)]
        again = Certificate(self.folder / "again", issuer=authorities[0])
        self.renew(certificates[0])
        self.assertEqual(self.deploy()[:2], (GO, self.pair(certificates[0])))
        self.renew(again)
        self.assertEqual(self.deploy()[:2], (GO, self.pair(again)))
        state = json.loads(self.state.read_text())
        state["owners"][OWNER]["begun"] -= 2 * TTL
        self.state.write_text(json.dumps(state))
        self.renew(certificates[1])
        self.assertEqual(self.deploy()[:2], (GO, self.pair(certificates[1])))

    def test_hook_fails_where_few_days_are_left(self):
        short = Certificate(self.folder / "short", days=9)
        self.show_everywhere(short.record())
        self.renew(short)
        code, _, output = self.deploy()
        self.assertEqual(code, BROKEN)
        self.assertIn("fewer than 14 days left", output)
        self.assertEqual(self.deploy(DAYS="5")[0], GO)

    def test_hook_deploys_nothing_of_broken_files(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        self.deploy()
        renewed = Certificate(self.folder / "renewed", key=self.old)
        whole = renewed.path.read_bytes()
        live = self.folder / "live" / HOST
        for name, octets, word in (
                ("fullchain.pem", b"", "empty"),
                ("fullchain.pem", b"junk", "neither PEM nor DER"),
                ("fullchain.pem", whole[:len(whole) // 2], "fullchain.pem"),
                ("privkey.pem", self.new.key_path.read_bytes(),
                 "private key of another certificate"),
                ("privkey.pem", b"junk", "neither PEM nor DER")):
            self.renew(renewed)
            (live / name).write_bytes(octets)
            code, pair, output = self.deploy()
            self.assertEqual((code, pair), (UNKNOWN, self.pair(self.old)),
                             (name, output))
            self.assertIn(word, output)
            self.assertIn("is NOT in use yet", output)

    def test_hook_begins_with_nothing_that_the_records_refuse(self):
        old, new = self.old.record(), self.new.record()
        updates = self.folder / "updates"
        hooks = {"NSUPDATE": f"cat >>{updates}"}
        tls = self.folder / "tls"
        self.show_everywhere(old)
        self.renew(self.old)
        self.deploy()
        self.renew(self.new)
        # as when the settings file gets another name
        (tls / HOST).rename(tls / "other")
        code, pair, output = self.deploy(**hooks)
        self.assertEqual((code, pair), (BROKEN, [b"", b""]), output)
        self.assertIn(f"{tls}/{HOST} is not there, and the TLSA records do not "
                      "allow", output)
        self.assertIn(f"matches neither, left alone   {OWNER}. IN TLSA {old}",
                      output)
        self.assertFalse(updates.exists())
        (tls / "other").rename(tls / HOST)
        code, pair, output = self.deploy(**hooks)
        self.assertEqual((code, pair), (NOT_YET, self.pair(self.old)))
        self.assertEqual(updates.read_text().count("update"), 1)
        self.assertIn(new, updates.read_text())

        (tls / HOST).rename(tls / "other")
        self.renew(self.old)
        self.hosts["ns1"].stop()
        self.addCleanup(self.hosts["ns1"].serve, {"example.org": GLUE})
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (UNKNOWN, [b"", b""]), output)
        self.assertIn("or could not be had", output)
        left = [each.name for each in tls.iterdir()]
        self.assertEqual(len(left), 3, left)  # link, folder, lock

    def test_hook_begins_where_nothing_is_published_yet(self):
        self.show_everywhere()
        self.renew(self.old)
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (NOT_YET, self.pair(self.old)))
        self.assertIn(f"publish  {OWNER}. IN TLSA {self.old.record()}", output)
        in_use = self.folder / "tls" / HOST
        self.assertEqual(sorted(each.name for each in in_use.iterdir()),
                         ["fullchain.pem", "privkey.pem", "reloaded"])

    def test_hook_warns_of_a_key_that_everybody_can_read(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        key = self.folder / "live" / HOST / "privkey.pem"
        warning = f"everybody can read this private key: chmod o= {key}"
        key.chmod(0o640)
        self.assertNotIn(warning, self.deploy()[2])
        key.chmod(0o644)
        for _ in range(2):
            code, pair, output = self.deploy()
            self.assertEqual((code, pair), (GO, self.pair(self.old)))
            self.assertIn(warning, output)
        # certbot has links there
        key.rename(key.with_name("key1.pem"))
        key.symlink_to("key1.pem")
        self.assertIn(warning, self.deploy()[2])

    def test_hook_takes_records_in_its_settings(self):
        old, new = self.old.record(), self.new.record()
        settings = self.folder / f"{HOST}.conf"
        self.show_everywhere()
        self.renew(self.old)
        settings.write_text("RECORDS='3 1 1\n  3 1 2'\n")
        _, _, output = self.deploy()
        for matching in ("1", "2"):
            self.assertIn(f"publish  {OWNER}. IN TLSA "
                          f"{self.old.record('-m', matching)}", output)
        self.show_everywhere(old)
        self.deploy()
        self.show_everywhere(old, new)
        self.renew(self.new)
        self.deploy()
        self.let_time_pass(2 * TTL)
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (NOT_YET, self.pair(self.new)), output)
        self.assertIn(f"remove   {OWNER}. IN TLSA {old}", output)
        other = "3 1 1 " + 32 * "ab"
        settings.write_text(f"KEEP='{other}\n\n{old}'\n")
        code, _, output = self.deploy()
        self.assertEqual(code, GO, output)
        self.assertIn(f"{HOST}: done", output)

    def test_hook_begins_with_no_key_of_another_certificate(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        (self.folder / "live" / HOST / "privkey.pem").write_bytes(
            self.new.key_path.read_bytes())
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (UNKNOWN, [b"", b""]))
        self.assertIn("is not the private key of", output)

    # A mail server shows the first one as its own.
    def test_hook_deploys_no_chain_whose_issuer_is_first(self):
        authority = Certificate(self.folder / "ca", subject="CA")
        server = Certificate(self.folder / "below", issuer=authority)
        turned = Certificate(self.folder / "turned", issuer=authority,
                             key=server)
        turned.path.write_bytes(authority.path.read_bytes() +
                                turned.leaf.read_bytes())
        self.show_everywhere(server.record())
        self.renew(turned)
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (UNKNOWN, [b"", b""]))
        self.assertIn("of the first certificate of", output)
        self.renew(server)
        self.assertEqual(self.deploy()[:2], (GO, self.pair(server)))
        self.renew(turned)
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (UNKNOWN, self.pair(server)))
        self.assertIn("the server's certificate is number 2", output)
        done = self.run_rollover("--current", turned.path)
        self.assertEqual(done.returncode, GO, done.stderr)

    def test_hook_says_what_it_could_not_do(self):
        """The unit takes 1 for "has to wait"."""
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        (self.folder / "tls").touch()
        code, _, output = self.deploy()
        self.assertEqual(code, UNKNOWN)
        self.assertIn(f"{HOST}: a command failed, see above", output)
        (self.folder / "tls").unlink()
        self.deploy()
        self.renew(self.new)
        for program in ("NSUPDATE", "PUBLISH"):
            code, pair, output = self.deploy(**{program: "false"})
            self.assertEqual((code, pair), (UNKNOWN, self.pair(self.old)))
            self.assertIn('"false" failed', output)

    def test_hook_waits_for_another_run_and_gives_up(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        self.deploy()
        with subprocess.Popen(
                ["flock", self.folder / f"tls/.{HOST}.lock", "sh", "-c",
                 "echo; read line"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE) as other:
            other.stdout.readline()
            code, _, output = self.deploy(LOCK_WAIT="0")
            other.stdin.close()
        self.assertEqual(code, UNKNOWN)
        self.assertIn("another run has held", output)

    def test_hook_leaves_its_lock_to_nobody(self):
        old, new = self.old.record(), self.new.record()
        self.show_everywhere(old)
        self.renew(self.old)
        look = f"cat >>{self.folder}/read; ls -l /proc/self/fd >>"
        settings = f"RELOAD='{look}{self.folder}/fds </dev/null'\n"
        for program in ("NSUPDATE", "PUBLISH"):
            settings += f"{program}='{look}{self.folder}/fds #'\n"
        (self.folder / f"{HOST}.conf").write_text(settings)
        self.deploy()
        self.renew(self.new)
        self.deploy()
        seen = (self.folder / "fds").read_text()
        self.assertEqual(seen.count("total"), 3, seen)
        self.assertNotIn(".lock", seen)

    def test_hook_reloads_again_what_was_never_seen_to_be(self):
        """As when it is killed between the change and the end of RELOAD."""
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        self.deploy()
        self.assertEqual(self.deploy()[0], GO)
        reloads = self.folder / "reloads"
        self.assertEqual(reloads.read_text(), "\n")
        (self.folder / "tls" / HOST / "reloaded").unlink()
        (self.folder / f"{HOST}.conf").write_text("RELOAD=false\n")
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (UNKNOWN, self.pair(self.old)))
        self.assertIn("may still show the certificate before", output)
        (self.folder / f"{HOST}.conf").unlink()
        self.assertEqual(self.deploy()[0], GO)
        self.assertEqual(reloads.read_text(), "\n\n")

    def test_hook_removes_nothing_while_the_old_certificate_may_be_shown(self):
        self.show_everywhere(self.old.record(), self.new.record())
        self.renew(self.old)
        self.deploy()
        self.renew(self.new)
        self.deploy()
        self.let_time_pass(2 * TTL)
        self.assertEqual(self.deploy()[1], self.pair(self.new))
        # As when the machine lost its power before RELOAD had ended.
        (self.folder / "tls" / HOST / "reloaded").unlink()
        updates = self.folder / "updates"
        hooks = {"NSUPDATE": f"cat >>{updates}"}
        (self.folder / f"{HOST}.conf").write_text("RELOAD=false\n")
        self.assertEqual(self.deploy(**hooks)[0], UNKNOWN)
        self.assertFalse(updates.exists())
        (self.folder / f"{HOST}.conf").unlink()
        self.deploy(**hooks)
        self.assertIn("update delete", updates.read_text())

    def test_hook_keeps_what_is_in_use_when_it_is_killed(self):
        self.show_everywhere(self.old.record())
        self.renew(self.old)
        (self.folder / f"{HOST}.conf").write_text("RELOAD='kill $PPID'\n")
        code, pair, _ = self.deploy()
        self.assertEqual((code, pair), (UNKNOWN, self.pair(self.old)))

    # Each would take the other's record for one that was replaced.
    def test_hook_refuses_two_settings_that_share_a_state(self):
        rsa = Certificate(self.folder / "rsa")
        self.show_everywhere(self.old.record(), rsa.record())
        settings = {name: self.folder / f"{name}.conf" for name in
                    ("first", "second")}
        for name, certificate in (("first", self.old), ("second", rsa)):
            settings[name].write_text(
                f"HOSTS={HOST} CHAIN={certificate.path} "
                f"KEY={certificate.key_path}\n")
        for self.name in settings:
            self.hook_arguments = [self.name]
            code, pair, output = self.deploy()
            self.assertEqual((code, pair), (UNKNOWN, [b"", b""]), output)
            for word in (f"are both of {HOST}:25", *settings):
                self.assertIn(word, output)
        for name, file in settings.items():
            file.write_text(f"{file.read_text()}STATE={self.folder}/{name}\n")
        for self.name, certificate in (("first", self.old), ("second", rsa),
                                       ("first", self.old), ("second", rsa)):
            self.hook_arguments = [self.name]
            code, pair, output = self.deploy()
            self.assertEqual((code, pair), (GO, self.pair(certificate)),
                             output)
            self.assertIn("left alone", output)
        settings["second"].write_text(
            f"{settings['first'].read_text()}PORTS=465\n")
        self.name = "first"
        self.hook_arguments = [self.name]
        self.assertEqual(self.deploy()[0], GO)

    # acme.sh has the files there; systemd.exec(5)
    def test_the_unit_reads_below_roots_home(self):
        self.assertIn("CHAIN=/root/", DOCUMENT.read_text())
        unit = HOOK.with_name("danebound-rollover@.service").read_text()
        self.assertIn("\nProtectHome=read-only\n", unit)

    # OnFailure= and its unit, beside the ones that are installed
    def test_units_of_the_document_are_right(self):
        blocks = re.findall(r"`/etc/systemd/system/([^`]*)`[^`]*:\n\n```\n"
                            r"(.*?)^```$", DOCUMENT.read_text(),
                            re.MULTILINE | re.DOTALL)
        self.assertEqual([name for name, _ in blocks],
                         ["danebound-rollover@.service.d/failure.conf",
                          "danebound-rollover-failed@.service"])
        units = self.folder / "units"
        for name, text in blocks:
            (units / name).parent.mkdir(parents=True, exist_ok=True)
            (units / name).write_text(text)
        for name in ("danebound-rollover@.service",
                     "danebound-rollover@.timer"):
            text = HOOK.with_name(name).read_text()
            (units / name).write_text(text.replace(
                "/usr/local/share/danebound/rollover-deploy.sh", str(HOOK)))
        failed = re.search(r"^OnFailure=(.*)%i(.*)$", blocks[0][1], re.M)
        self.assertTrue((units / "".join(failed.groups())).exists())
        done = subprocess.run(
            [programs.find("systemd-analyze"), "verify", "--man=no",
             *(f"{name.replace('@', '@' + HOST)}" for name in (
                 "danebound-rollover@.service", "danebound-rollover@.timer",
                 "danebound-rollover-failed@.service"))],
            env=dict(os.environ, SYSTEMD_UNIT_PATH=f"{units}:"), text=True,
            capture_output=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_hook_takes_settings_of_other_lineages(self):
        """certbot's host-0001, acme.sh, lego and dehydrated."""
        self.show_everywhere(self.old.record())
        clients = {
            "certbot": (f"live/{HOST}-0001/fullchain.pem",
                        f"live/{HOST}-0001/privkey.pem"),
            "acme.sh": (f"acme.sh/{HOST}_ecc/fullchain.cer",
                        f"acme.sh/{HOST}_ecc/{HOST}.key"),
            "lego": (f"lego/certificates/{HOST}.crt",
                     f"lego/certificates/{HOST}.key"),
            "dehydrated": (f"certs/{HOST}/fullchain.pem",
                           f"certs/{HOST}/privkey.pem")}
        for client, (chain, key) in clients.items():
            chain, key = self.folder / chain, self.folder / key
            chain.parent.mkdir(parents=True)
            settings = self.folder / f"{client}.conf"
            settings.write_text(f"HOSTS={HOST} CHAIN={chain} KEY={key}\n")
            self.name = client
            calls = {"certbot": ([], {"RENEWED_LINEAGE": str(chain.parent)}),
                     "acme.sh": ([], {"CERT_FULLCHAIN_PATH": str(chain)}),
                     "lego": ([], {"LEGO_CERT_PATH": str(chain)}),
                     "dehydrated": (["deploy_cert", HOST, key, "cert.pem",
                                     chain, "chain.pem", "1"], {})}
            self.hook_arguments, environment = calls[client]
            for i in range(2):
                renewed = Certificate(self.folder / f"{client}{i}",
                                      key=self.old)
                chain.write_bytes(renewed.path.read_bytes())
                key.write_bytes(renewed.key_path.read_bytes())
                code, pair, output = self.deploy(**environment)
                self.assertEqual((code, pair), (GO, self.pair(renewed)),
                                 (client, output))
            settings.unlink()
        for verb in ("startup_hook", "exit_hook", "deploy_challenge",
                     "clean_challenge", "sync_cert", "deploy_ocsp",
                     "unchanged_cert", "invalid_challenge", "request_failure",
                     "generate_csr",
                     "this_hookscript_is_broken__dehydrated_is_working_fine__"
                     "please_ignore_unknown_hooks_in_your_script"):
            self.hook_arguments = [verb, HOST, "x"]
            self.assertEqual(self.deploy()[::2], (0, ""))
        # acme.sh's own folder is none of them, with settings or without
        self.hook_arguments = [f"{HOST}_ecc"]
        code, _, output = self.deploy()
        self.assertEqual(code, UNKNOWN)
        self.assertIn(f"{HOST}_ecc/fullchain.pem can't be read. Say CHAIN=",
                      output)
        # a name with "_" that has settings is no such call
        self.name = f"{HOST}_ecc"
        self.hook_arguments = [self.name]
        (self.folder / f"{self.name}.conf").write_text(
            f"HOSTS={HOST} CHAIN={self.old.path} KEY={self.old.key_path}\n")
        self.assertEqual(self.deploy()[:2], (GO, self.pair(self.old)))

    def test_hook_says_what_it_found_of_other_names(self):
        self.show_everywhere(self.old.record())
        lineage = self.folder / "live" / f"{HOST}-0001"
        shutil.copytree(self.old.folder, lineage)
        code, _, output = self.deploy()
        self.assertEqual(code, UNKNOWN)
        self.assertIn(f"Found: {lineage}", output)
        (self.folder / f"{HOST}.conf").touch()
        for domains in (HOST, "*.example.org"):
            code, _, output = self.deploy(RENEWED_LINEAGE=str(lineage),
                                          RENEWED_DOMAINS=domains)
            self.assertEqual(code, UNKNOWN)
            self.assertIn(f"give it CHAIN={lineage}/fullchain.pem", output)
        code, _, output = self.deploy(RENEWED_LINEAGE=str(lineage),
                                      RENEWED_DOMAINS="www.example.net")
        self.assertEqual(code, 0)
        self.assertIn("nothing is done", output)

    def test_hook_waits_until_every_host_of_a_certificate_is_ready(self):
        old, new = self.old.record(), self.new.record()
        (self.folder / f"{HOST}.conf").write_text(
            f'HOSTS="{HOST} mx2.example.org"\n')
        second = "_25._tcp.mx2 TLSA "
        self.show_everywhere(old, more=[second + old])
        self.renew(self.old)
        self.assertEqual(self.deploy()[:2], (GO, self.pair(self.old)))
        self.renew(self.new)
        self.show_everywhere(old, new, more=[second + old])
        self.deploy()
        self.let_time_pass(2 * TTL)
        code, pair, output = self.deploy()
        self.assertEqual((code, pair), (NOT_YET, self.pair(self.old)))
        self.assertIn(f"{HOST}: deploy", output)
        self.assertIn("mx2.example.org: publish", output)
        self.show_everywhere(old, new, more=[second + old, second + new])
        self.deploy()
        self.let_time_pass(2 * TTL)
        self.assertEqual(self.deploy()[1], self.pair(self.new))

    def test_hook_has_records_published_and_removed(self):
        old, new = self.old.record(), self.new.record()
        calls = self.folder / "calls"
        program = self.folder / "api"
        program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >>{calls}\n'
                           f"echo >>{calls}\n")
        program.chmod(0o755)
        updates = self.folder / "updates"
        hooks = {"PUBLISH": str(program), "NSUPDATE": f"cat >>{updates}"}
        self.show_everywhere(old)
        self.renew(self.old)
        self.deploy(**hooks)
        self.assertFalse(calls.exists() or updates.exists())
        self.renew(self.new)
        self.deploy(**hooks)
        self.assertEqual(calls.read_text(),
                         f"add|{OWNER}.|{TTL}|{new}|TLSA|\n")
        self.show_everywhere(old, new)
        self.deploy(**hooks)
        self.let_time_pass(2 * TTL)
        calls.unlink()
        code, pair, _ = self.deploy(**hooks)
        self.assertEqual((code, pair), (NOT_YET, self.pair(self.new)))
        self.assertEqual(calls.read_text(), f"remove|{OWNER}.|{old}|TLSA|\n")
        zone = "zone example.org.\n"
        self.assertEqual(
            updates.read_text(),
            f"{zone}update add {OWNER}. {TTL} IN TLSA {new}\nsend\n"
            f"{zone}update delete {OWNER}. IN TLSA {old}\nsend\n")


if __name__ == "__main__":
    namespaces.run_tests("live_test", taken=1)
