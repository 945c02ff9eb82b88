#!/usr/bin/python3
"""`danebound rollover` against real name servers of a zone that changes.

  live_test.py DANEBOUND [unittest argument…]

Two NSD serve example.org, a third one serves example.net and stands in for the
resolver that finds them.
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
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tree"))

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

import dns.message  # noqa: E402
import dns.query  # noqa: E402

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
GLUE = [f"{label} A {address}" for label, address in SERVERS.items()]
GO, NOT_YET, BROKEN, UNKNOWN = range(4)


class Certificate:
    """A key with its self-signed certificate, in a folder as certbot has it."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
        start = datetime.datetime(2020, 1, 1)
        certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=9999))
            .sign(key, hashes.SHA256()))
        pem = serialization.Encoding.PEM
        self.path = folder / "fullchain.pem"
        self.path.write_bytes(certificate.public_bytes(pem))
        (folder / "privkey.pem").write_bytes(key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))

    def record(self, *parameters):
        done = subprocess.run(
            [DANEBOUND, "tlsa", "create", *parameters, self.path], text=True,
            capture_output=True, check=True)
        return done.stdout.strip()


class NameServer:
    """An NSD whose zones can be exchanged while it runs."""

    def __init__(self, folder, address):
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

    def serve(self, zones):
        self.serial += 1
        for zone in ZONES:
            (self.folder / zone).write_text(
                f"$ORIGIN {zone}.\n$TTL {TTL}\n@ SOA ns1.example.org. h "
                f"{self.serial} 9 9 9 {NEGATIVE_TTL}\n"
                "@ NS ns1.example.org.\n@ NS ns2.example.org.\n"
                + "\n".join(zones.get(zone, [])) + "\n")
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
        for label, address in {**SERVERS, "resolver": RESOLVER}.items():
            cls.hosts[label] = NameServer(cls.shared / label, address)
            cls.addClassCleanup(cls.hosts[label].stop)
            cls.hosts[label].serve({"example.org": GLUE})

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.state = self.folder / "state.json"
        self.old = Certificate(self.folder / "old")
        self.new = Certificate(self.folder / "new")

    def show(self, label, *records, ttl=TTL, more=(), net=()):
        """Has one server show these TLSA records of port 25."""
        lines = [f"_25._tcp.mx {ttl} TLSA {record}" for record in records]
        self.hosts[label].serve({"example.org": [*GLUE, *lines, *more],
                                 "example.net": list(net)})

    def show_everywhere(self, *records, **more):
        for label in SERVERS:
            self.show(label, *records, **more)

    def ask(self, *arguments, current=None, following=None):
        done = subprocess.run(
            [DANEBOUND, "rollover", HOST, "--json", "--resolver", RESOLVER,
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
        self.assertEqual(owner["remove"], sorted(extra))

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
        self.assertIn("SOA: no reply", report["owners"][0]["why"])

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

    def test_fails_where_the_state_cannot_be_kept(self):
        self.state = self.folder / "missing/state.json"
        code, report, errors = self.ask()
        self.assertEqual((code, report), (UNKNOWN, None))
        self.assertIn("missing/state.json.lock: No such file", errors)

    def test_prints_what_the_document_shows(self):
        def comparable(text):
            text = re.sub(r"[0-9a-f]{64}", "DIGEST", text)
            return re.sub(r"from .* on, in .*\.", "from TIME", text)
        shown = re.findall(r"^```\n(?:\$[^\n]*\n)?(mx\.example\.org: .*?)^```$",
                           DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
        printed = []
        for records in ([self.old.record()],
                        [self.old.record(), self.new.record()]):
            self.show_everywhere(*records)
            printed.append(subprocess.run(
                [DANEBOUND, "rollover", HOST, "--resolver", RESOLVER,
                 "--state", self.state, "--current", self.old.path,
                 "--next", self.new.path], text=True, capture_output=True,
                check=False, timeout=60).stdout)
        self.assertEqual([comparable(text) for text in shown],
                         [comparable(text) for text in printed])

    def deploy(self, **settings):
        """Runs the hook; settings are its environment."""
        environment = dict(
            os.environ, DANEBOUND=DANEBOUND, LIVE=str(self.folder / "live"),
            DEPLOYED=str(self.folder / "tls"), STATE=str(self.state),
            SETTINGS=str(self.folder), OPTIONS=f"--resolver {RESOLVER}",
            RELOAD=f"echo >>{self.folder}/reloads", **settings)
        arguments = [] if "RENEWED_LINEAGE" in settings else [HOST]
        done = subprocess.run([HOOK, *arguments], env=environment, text=True,
                              capture_output=True, check=False, timeout=60)
        in_use = self.folder / "tls" / HOST
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
        self.assertEqual(not_ours, (0, self.pair(self.old), ""))
        (self.folder / f"{HOST}.conf").touch()
        as_hook = self.deploy(RENEWED_LINEAGE=lineage)
        self.assertEqual(as_hook[:2], (GO, self.pair(self.old)))
        self.assertIn(f"publish  {OWNER}. IN TLSA {new}", as_hook[2])

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
        self.show_everywhere(self.new.record())
        self.assertEqual(self.deploy()[:2], (BROKEN, self.pair(self.old)))


def main():
    folder = namespaces.folder_inside()
    if folder is not None:
        namespaces.set_up()
        unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
    prefix, why_not = namespaces.command_prefix()
    if prefix is None:
        sys.exit(f"live_test: no namespaces here: {why_not}")
    sys.exit(namespaces.run_inside(prefix, tempfile.gettempdir()))


if __name__ == "__main__":
    main()
