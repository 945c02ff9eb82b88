#!/usr/bin/python3
"""The renewal hook against BIND and Knot, which sign a zone and take its changes
by RFC 2136.

  publish_test.py DANEBOUND FOLDER [unittest argument…]

FOLDER has bind and knot, as tests/mta/packages.sh leaves them. Lives are seconds:
what has to be waited for is waited for. A mail server shows what is deployed, and
`danebound check` must never find it wrong.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tree"))

import dns.dnssec  # noqa: E402
import dns.message  # noqa: E402
import dns.name  # noqa: E402
import dns.query  # noqa: E402
import dns.rdatatype  # noqa: E402

import namespaces  # noqa: E402
import programs  # noqa: E402
import servers  # noqa: E402
from live_test import Certificate, DANEBOUND, HOOK, HOST, OWNER  # noqa: E402
from watched_server import MailServer, Watch  # noqa: E402

SERVERS = pathlib.Path(sys.argv[2]).absolute()
ADDRESS = "127.0.0.1"  # BIND wants one that an interface has
MAIL = "127.60.1.1"
TTL = 2
SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"
ZONE = f"""$ORIGIN example.org.
$TTL {TTL}
@ SOA ns1 h 1 9 9 9 {TTL}
@ NS ns1
@ MX 10 mx
ns1 A {ADDRESS}
mx A {MAIL}
"""
BIND = """
options {{
  directory "{0}"; pid-file "{0}/pid"; session-keyfile "{0}/session.key";
  listen-on {{ {1}; }}; listen-on-v6 {{ none; }}; recursion no;
  dnssec-validation no; notify no;
}};
controls {{ }};
key "update" {{ algorithm hmac-sha256; secret "{2}"; }};
zone "example.org" {{
  type primary; file "{0}/zone"; key-directory "{0}"; dnssec-policy default;
  allow-update {{ key "update"; }};
}};
"""
KNOT = """
server:
  listen: {1}@53
  rundir: {0}
log:
  - target: stderr
    any: info
database:
  storage: {0}
key:
  - id: update
    algorithm: hmac-sha256
    secret: {2}
acl:
  - id: update
    key: update
    action: update
zone:
  - domain: example.org
    file: {0}/zone
    acl: update
    dnssec-signing: on
"""


def ask(name, kind):
    query = dns.message.make_query(name, kind, want_dnssec=True)
    return dns.query.tcp(query, ADDRESS, timeout=5)


class Publish:
    """A change by each server; mixed into a TestCase."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="publish-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "zone").write_text(ZONE)
        (self.folder / "conf").write_text(
            self.conf.format(self.folder, ADDRESS, SECRET))
        (self.folder / "tsig").write_text(
            f'key "update" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n')
        root = SERVERS / self.package
        libraries = root / "usr/lib" / (os.uname().machine + "-linux-gnu")
        self.server = servers.Server(
            self.package, [str(root / "usr/sbin" / self.program),
                           *self.arguments, str(self.folder / "conf")],
            self.folder / "log",
            dict(os.environ, LD_LIBRARY_PATH=str(libraries)))
        self.addCleanup(self.server.stop)
        self.server.wait_for_answer(ADDRESS, "example.org")
        self.wait_until_signed()
        self.trust_its_keys()
        self.old = Certificate(self.folder / "old")
        self.new = Certificate(self.folder / "new")
        self.watch = Watch(DANEBOUND, "example.org", self.checking)
        self.addCleanup(self.watch.stop)
        self.mail = None

    def serve_mail(self, name):
        """Once something is in use below the name."""
        if self.mail is None:
            self.mail = MailServer(MAIL, self.folder / "tls" / name,
                                   self.folder / "reloads")
            self.addCleanup(self.mail.close)
        self.watch.start()

    def tearDown(self):
        self.watch.stop()
        self.assertEqual(self.watch.failures, [])
        self.assertGreaterEqual(self.watch.checks, Watch.LEAST)

    def wait_until_signed(self):
        end = time.monotonic() + servers.START_TIMEOUT
        while time.monotonic() < end:
            answer = ask("example.org", "SOA").answer
            if any(each.rdtype == dns.rdatatype.RRSIG for each in answer):
                return
            time.sleep(0.05)
        raise servers.ServerFailure(self.server.last_words())

    def trust_its_keys(self):
        """Writes an unbound.conf, and one that finds the zone besides."""
        self.trusting = f"{self.folder}/unbound.conf"
        self.checking = f"{self.folder}/checking.conf"
        with open(self.trusting, "w") as conf:
            conf.write("server:\n")
            for each in ask("example.org", "DNSKEY").answer:
                if each.rdtype != dns.rdatatype.DNSKEY:
                    continue
                for key in each:
                    if key.flags & 1:
                        conf.write('  trust-anchor: "example.org. DNSKEY '
                                   f'{key.to_text()}"\n')
        with open(self.checking, "w") as conf, open(self.trusting) as trusting:
            conf.write(f"{trusting.read()}  do-not-query-localhost: no\n"
                       "stub-zone:\n  name: example.org\n"
                       f"  stub-addr: {ADDRESS}\n")

    def published(self):
        """The TLSA records, whose signature is valid."""
        zone = dns.name.from_text("example.org")
        keys = [each for each in ask(zone, "DNSKEY").answer
                if each.rdtype == dns.rdatatype.DNSKEY]
        answer = ask(OWNER, "TLSA").answer
        if not answer:
            return []
        records, signature = sorted(answer, key=lambda each: each.rdtype,
                                    reverse=True)
        self.assertEqual(records.rdtype, dns.rdatatype.TLSA)
        dns.dnssec.validate(records, signature, {zone: keys[0]})
        return sorted(f"{each.usage} {each.selector} {each.mtype} "
                      f"{each.cert.hex()}" for each in records)

    def renew(self, certificate, options=""):
        """Runs the hook for what was renewed; what is shown is always
        promised."""
        shutil.copytree(certificate.folder, self.folder / "live" / HOST,
                        dirs_exist_ok=True)
        return self.run_hook([HOOK, HOST], HOST, options)

    def renew_as_acme_sh(self, certificate, options=""):
        """The same in the layout of acme.sh, by its hook."""
        folder = self.folder / f"acme.sh/{HOST}_ecc"
        folder.mkdir(parents=True, exist_ok=True)
        chain, key = folder / "fullchain.cer", folder / f"{HOST}.key"
        shutil.copy(certificate.path, chain)
        shutil.copy(certificate.key_path, key)
        (self.folder / "acme.conf").write_text(
            f"HOSTS={HOST} CHAIN={chain} KEY={key}\n")
        return self.run_hook([HOOK], "acme", options,
                             CERT_FULLCHAIN_PATH=str(chain))

    def run_hook(self, command, name, options, **more):
        done = subprocess.run(
            command, text=True, capture_output=True, check=False,
            timeout=60, env=dict(
                os.environ, DANEBOUND=DANEBOUND,
                LIVE=str(self.folder / "live"),
                DEPLOYED=str(self.folder / "tls"),
                STATE=str(self.folder / "state.json"),
                SETTINGS=str(self.folder),
                OPTIONS=f"--resolver {ADDRESS} --unbound-conf {self.trusting} "
                        f"--ttl {TTL} {options}",
                RELOAD=f"echo >>{self.folder}/reloads",
                NSUPDATE=f"(echo server {ADDRESS}; cat) | "
                         f"{programs.find('nsupdate')} -k {self.folder}/tsig",
                **more))
        in_use = self.folder / "tls" / name / "fullchain.pem"
        promised = subprocess.run(
            [DANEBOUND, "tlsa", "create", in_use], text=True,
            capture_output=True, check=True).stdout.strip()
        self.assertIn(promised, self.published(), done.stdout + done.stderr)
        self.serve_mail(name)
        return done.returncode, in_use.read_bytes(), done.stdout + done.stderr

    def test_goes_through_renewals_and_a_change_of_key(self):
        code, _, output = self.renew(self.old)
        self.assertEqual((code, self.published()), (0, [self.old.record()]),
                         output)
        for name in ("first", "second"):
            renewed = Certificate(self.folder / name, key=self.old)
            code, in_use, output = self.renew(renewed)
            self.assertEqual((code, in_use), (0, renewed.path.read_bytes()),
                             output)
        code, in_use, output = self.renew(self.new)
        self.assertEqual((code, in_use), (1, renewed.path.read_bytes()), output)
        both = sorted([self.old.record(), self.new.record()])
        self.assertEqual(self.published(), both)
        time.sleep(2 * TTL + 1)
        code, in_use, output = self.renew(self.new)
        self.assertEqual((code, in_use), (0, self.new.path.read_bytes()),
                         output)
        self.assertEqual(self.published(), [self.new.record()])
        self.wait_until_shown(self.new.path)

    def wait_until_shown(self, chain):
        """Has the watch see the mail server with a chain."""
        end = time.monotonic() + servers.START_TIMEOUT
        while chain.read_bytes() not in self.mail.shown:
            self.assertLess(time.monotonic(), end, self.watch.failures)
            time.sleep(0.1)

    def test_goes_to_a_staged_key_at_once(self):
        self.go_to_a_staged_key(self.renew)

    def test_goes_to_a_staged_key_with_acme_sh(self):
        self.go_to_a_staged_key(self.renew_as_acme_sh)

    def go_to_a_staged_key(self, renew):
        standby = f"--standby {self.new.key_path}"
        both = sorted([self.old.record(), self.new.record()])
        renew(self.old, standby)
        self.assertEqual(self.published(), both)
        for name in ("first", "second"):
            renewed = Certificate(self.folder / name, key=self.old)
            code, in_use, output = renew(renewed, standby)
            self.assertEqual((code, in_use), (0, renewed.path.read_bytes()),
                             output)
            self.wait_until_shown(renewed.path)
        time.sleep(2 * TTL + 1)
        code, in_use, output = renew(self.new, standby)
        self.assertEqual((code, in_use), (0, self.new.path.read_bytes()),
                         output)
        self.assertEqual(self.published(), [self.new.record()])
        self.wait_until_shown(self.new.path)


class Bind(Publish, unittest.TestCase):
    package, program, conf = "bind", "named", BIND
    arguments = ("-g", "-c")


class Knot(Publish, unittest.TestCase):
    package, program, conf = "knot", "knotd", KNOT
    arguments = ("-c",)


if __name__ == "__main__":
    namespaces.run_tests("publish_test", taken=2)
