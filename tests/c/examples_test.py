"""The programs of docs/examples, built against an installed danebound, deliver
mail in a private signed DNS tree, and refuse to where they must.

  examples_test.py                          installs, builds, starts the tree
  examples_test.py --in-tree FOLDER …       runs beside it
"""

import datetime
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import smtp_sink

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXAMPLES = ROOT / "docs/examples"
DOCUMENT = ROOT / "docs/c-api.md"
PORT = 2525
# Each has an address of its own in 127.0.0.0/8, where its server listens.
ADDRESSES = {"good": "127.77.0.1", "mismatched": "127.77.0.2",
             "stripped": "127.77.0.3", "plain": "127.77.0.4",
             "injected": "127.77.0.5", "broken-tls": "127.77.0.6",
             "babbling": "127.77.0.7"}
MESSAGE = "Subject: test\n\nA line\n.a line with a dot\n.\nand the end\n"


def make_certificate(folder, name):
    """Writes NAME.pem, certificate and key; returns its TLSA 3 1 1 data."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256()))
    (folder / f"{name}.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM) +
        key.private_bytes(serialization.Encoding.PEM,
                          serialization.PrivateFormat.PKCS8,
                          serialization.NoEncryption()))
    public = key.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()


def zone(name, *records):
    return "\n".join([f"zone {name}.example. signed ecdsa nsec",
                      *(f"  {record}" for record in records), ""])


def host(name, data=None):
    """The records of the host mx with the address of that server."""
    records = [f"mx A {ADDRESSES[name]}"]
    return records + ([f"_{PORT}._tcp.mx TLSA 3 1 1 {data}"] if data else [])


def write_scenarios(folder, data):
    """Writes the zones, with TLSA `data` for the certificate that most show."""
    zones = [
        zone("good", "@ MX 10 mx", *host("good", data)),
        zone("mismatched", "@ MX 10 mx", *host("mismatched", data)),
        zone("stripped", "@ MX 10 mx", *host("stripped", data)),
        zone("injected", "@ MX 10 mx", *host("injected", data)),
        zone("plain", "@ MX 10 mx", *host("plain")),
        zone("broken-tls", "@ MX 10 mx", *host("broken-tls")),
        zone("babbling", "@ MX 10 mx", *host("babbling", data)),
        zone("second", "@ MX 10 mx.mismatched.example.",
             "@ MX 20 mx.stripped.example.", "@ MX 30 mx.good.example."),
        zone("failing", "@ MX 10 mx", *host("good", data)),
        zone("null", "@ MX 0 ."),
    ]
    asks = [f"ask {name}.example" for name in
            ("good", "mismatched", "stripped", "plain", "null")]
    (folder / "mail.scenario").write_text("\n".join(
        ["title Mail for hosts that keep or break what they promise",
         "source RFC 7672 2.2", "", *zones, "faults",
         f"  _{PORT}._tcp.mx.failing.example TLSA servfail", "", *asks, ""]))
    (folder / "shared.zones").write_text(
        "zone . signed ecdsa nsec\nzone example. signed ecdsa nsec\n")


def run(*command, **options):
    done = subprocess.run(command, text=True, capture_output=True, check=False,
                          **options)
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def build(folder):
    """Installs danebound and builds the examples as their first lines say."""
    prefix = folder / "prefix"
    run(os.environ["DANEBOUND_TEST_CMAKE"], "--install",
        os.environ["DANEBOUND_TEST_BUILD"], "--prefix", prefix)
    for source, package in ((EXAMPLES / "first.c", "danebound"),
                            (EXAMPLES / "send.c", "danebound-tls"),
                            (EXAMPLES / "event_loop.c", "danebound"),
                            (EXAMPLES / "verify.c", "danebound-tls"),
                            (EXAMPLES / "embedded_loop.c", "danebound-embedded"),
                            (HERE / "embedded_first.c", "danebound-embedded")):
        flags = run("pkg-config", "--cflags", "--libs", package,
                    env={**os.environ, "PKG_CONFIG_PATH":
                         str(prefix / "lib/pkgconfig")}).split()
        run(os.environ["DANEBOUND_TEST_CC"], "-std=c99", "-Wall", "-Wextra",
            "-pedantic", "-Werror", source, "-o", folder / source.stem,
            f"-Wl,-rpath,{prefix}/lib", *flags)


def start_tree():
    with tempfile.TemporaryDirectory(prefix="danebound-examples-") as name:
        folder = pathlib.Path(name)
        build(folder)
        scenarios = folder / "scenarios"
        scenarios.mkdir()
        data = make_certificate(folder, "right")
        (folder / "right.data").write_text(data)
        write_scenarios(scenarios, data)
        make_certificate(folder, "wrong")
        return subprocess.run(
            [ROOT / "tests/tree/tree.py", "run", "--scenarios", scenarios,
             "--unbound", os.environ["DANEBOUND_TEST_UNBOUND"],
             "--module", os.environ["DANEBOUND_TEST_MODULE"], "--",
             sys.executable, "-B", __file__, "--in-tree", folder],
            check=False).returncode


class Send(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shown = {"mismatched": "wrong", "stripped": None, "plain": None}
        cls.servers = {
            name: smtp_sink.Sink(
                (address, PORT),
                FOLDER / f"{shown.get(name, 'right')}.pem"
                if shown.get(name, "right") else None,
                injects=name == "injected", breaks_tls=name == "broken-tls",
                babbles=name == "babbling")
            for name, address in ADDRESSES.items()}
        for server in cls.servers.values():
            cls.addClassCleanup(server.close)

    def setUp(self):
        for server in self.servers.values():
            server.messages.clear()

    def send(self, to, socket=None):
        """Sends MESSAGE; returns exit code, log, and who has it."""
        done = subprocess.run(
            [FOLDER / "send", "-s", socket or os.environ["DANEBOUND_SOCKET"],
             "-p", str(PORT), "sender@sender.example", to],
            input=MESSAGE, text=True, capture_output=True, timeout=60,
            check=False)
        takers = [name for name, server in self.servers.items()
                  if server.messages]
        return done.returncode, done.stderr, takers

    # RFC 7672 2.2
    def test_delivers_to_a_host_that_matches(self):
        code, log, takers = self.send("me@good.example")
        self.assertEqual((code, takers), (0, ["good"]), log)
        self.assertIn("TLS: authenticated", log)
        message, = self.servers["good"].messages
        self.assertTrue(message.tls)
        self.assertEqual(message.sni, "mx.good.example")
        self.assertEqual(message.text, MESSAGE.replace("\n", "\r\n"))

    def test_refuses_a_host_that_shows_another_certificate(self):
        code, log, takers = self.send("me@mismatched.example")
        self.assertEqual((code, takers), (75, []), log)
        self.assertIn("TLS: failed", log)

    def test_refuses_a_host_whose_starttls_was_stripped(self):
        code, log, takers = self.send("me@stripped.example")
        self.assertEqual((code, takers), (75, []), log)
        self.assertIn("STARTTLS is not offered though", log)

    # RFC 3207 4.2; what was sent in clear text must not be obeyed.
    def test_refuses_clear_text_behind_the_reply_to_starttls(self):
        code, log, takers = self.send("me@injected.example")
        self.assertEqual((code, takers), (75, []), log)

    def test_leaves_a_host_that_greets_without_end(self):
        code, log, takers = self.send("me@babbling.example")
        self.assertEqual((code, takers), (75, []), log)

    # RFC 7672 2.2.1
    def test_goes_on_to_the_next_host(self):
        code, log, takers = self.send("me@second.example")
        self.assertEqual((code, takers), (0, ["good"]), log)
        self.assertIn("mx.mismatched.example", log)
        self.assertIn("mx.stripped.example", log)

    def test_delivers_in_clear_text_where_nothing_was_promised(self):
        code, log, takers = self.send("me@plain.example")
        self.assertEqual((code, takers), (0, ["plain"]), log)
        self.assertFalse(self.servers["plain"].messages[0].tls)

    def test_delivers_in_clear_text_when_tls_fails_that_was_not_promised(self):
        code, log, takers = self.send("me@broken-tls.example")
        self.assertEqual((code, takers), (0, ["broken-tls"]), log)

    # RFC 7672 2.1.2
    def test_defers_when_the_tlsa_lookup_fails(self):
        code, log, takers = self.send("me@failing.example")
        self.assertEqual((code, takers), (75, []), log)

    def test_returns_mail_to_a_domain_that_takes_none(self):
        code, log, _ = self.send("me@null.example")
        self.assertEqual(code, 69, log)
        self.assertIn("5.1.10", log)

    def test_returns_mail_to_an_unknown_recipient(self):
        code, log, takers = self.send("unknown@good.example")
        self.assertEqual((code, takers), (69, []), log)

    def test_defers_without_a_module(self):
        code, log, takers = self.send("me@good.example",
                                      str(FOLDER / "no.sock"))
        self.assertEqual((code, takers), (75, []), log)
        self.assertIn("no.sock", log)

    def test_refuses_addresses_that_hold_commands(self):
        code, _, takers = self.send("me@good.example>\r\nRCPT TO:<you@b.example")
        self.assertEqual((code, takers), (64, []))


    # What docs/c-api.md shows is what comes.
    def test_prints_what_the_document_shows(self):
        shown = re.findall(
            r"^\$ \./send [^\n]* (\S+) <message; echo \$\?\n(.*?)^```$",
            DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
        self.assertEqual(len(shown), 5)
        for to, output in shown:
            code, log, _ = self.send(to)
            with self.subTest(to):
                self.assertEqual(f"{log}{code}\n", output)


class First(unittest.TestCase):
    def test_is_the_program_of_the_document(self):
        program, = re.findall(r"^```c\n(.*?)^```$", DOCUMENT.read_text(),
                              re.MULTILINE | re.DOTALL)
        self.assertEqual(program, (EXAMPLES / "first.c").read_text())

    def test_prints_what_the_document_shows(self):
        (next_hop, output), = re.findall(r"^\$ \./first (\S+)\n(.*?)^```$",
                                         DOCUMENT.read_text(),
                                         re.MULTILINE | re.DOTALL)
        self.assertEqual(run(FOLDER / "first", next_hop,
                             os.environ["DANEBOUND_SOCKET"]), output)


    def test_gets_the_same_verdicts_without_a_module(self):
        for domain in ("good.example", "failing.example", "null.example"):
            next_hop = f"{domain}:{PORT}"
            self.assertEqual(
                run(FOLDER / "embedded_first", next_hop,
                    os.environ["DANEBOUND_TREE_CONF"]),
                run(FOLDER / "first", next_hop, os.environ["DANEBOUND_SOCKET"]))


class EventLoop(unittest.TestCase):
    def loop(self, domains):
        return subprocess.run(
            [FOLDER / "event_loop", os.environ["DANEBOUND_SOCKET"]],
            input="\n".join(domains), text=True, capture_output=True,
            timeout=60, check=False)

    def test_looks_many_domains_up(self):
        done = self.loop([f"{next_hop}:{PORT}" for next_hop in (
            "good.example", "null.example", "plain.example", "[192.0.2.1]",
            "failing.example")] * 20)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 100)
        self.assertEqual(set(done.stdout.splitlines()), {
            "good.example deliver mx.good.example=authenticate",
            "null.example undeliverable",
            "plain.example deliver mx.plain.example=opportunistic",
            "[192.0.2.1] deliver =opportunistic",
            "failing.example defer mx.failing.example=skip"})

    def test_names_what_is_no_domain(self):
        done = self.loop(["a..b", "good.example"])
        self.assertEqual(done.returncode, 75)
        self.assertIn("a..b", done.stderr)
        self.assertIn("good.example deliver", done.stdout)


    # The same loop around libunbound.
    def test_looks_domains_up_without_a_module(self):
        done = subprocess.run(
            [FOLDER / "embedded_loop", os.environ["DANEBOUND_TREE_CONF"],
             f"good.example:{PORT}", "[192.0.2.1]", "null.example", "a..b",
             f"failing.example:{PORT}"],
            text=True, capture_output=True, timeout=60, check=False)
        self.assertEqual(sorted(done.stdout.splitlines()), [
            "[192.0.2.1] deliver", "failing.example defer",
            "good.example deliver", "null.example undeliverable"])
        self.assertEqual(done.returncode, 75)
        self.assertIn("a..b", done.stderr)


    def test_says_how_it_is_used(self):
        done = subprocess.run([FOLDER / "embedded_loop"], text=True,
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("UNBOUND-CONF DOMAIN", done.stderr)


# A SEQUENCE of what a certificate has, all of it empty.
BROKEN_CERTIFICATE = "300730003000030100"


class Verify(unittest.TestCase):
    def verify(self, certificate, rdata):
        with (FOLDER / f"{certificate}.pem").open() as chain:
            return subprocess.run(
                [FOLDER / "verify", "mx.good.example", rdata], stdin=chain,
                text=True, capture_output=True, timeout=60, check=False)

    def setUp(self):
        self.rdata = "030101" + (FOLDER / "right.data").read_text()

    def test_prints_what_the_document_shows(self):
        shown = re.findall(
            r"^\$ \./verify mx\.good\.example \S+ <(\w+)\.pem; echo \$\?\n"
            r"(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
        self.assertEqual([name for name, _ in shown], ["right", "wrong"])
        for name, output in shown:
            done = self.verify(name, self.rdata)
            self.assertEqual(f"{done.stdout}{done.returncode}\n", output)

    # RFC 7672 2.2: what looks like a certificate, and is none to OpenSSL.
    def test_cannot_tell_by_a_record_that_openssl_refuses(self):
        done = self.verify("right", "030000" + BROKEN_CERTIFICATE)
        self.assertEqual((done.returncode, done.stdout), (2, "encrypted\n"))
        self.assertIn("OpenSSL", done.stderr)

    def test_cannot_tell_without_a_record_or_a_certificate(self):
        done = self.verify("right", "03")
        self.assertEqual(done.returncode, 2)
        self.assertIn("duty", done.stderr)
        self.assertEqual(subprocess.run(
            [FOLDER / "verify", "mx.good.example", self.rdata],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            check=False).returncode, 2)


if __name__ == "__main__":
    if sys.argv[1:2] != ["--in-tree"]:
        sys.exit(start_tree())
    FOLDER = pathlib.Path(sys.argv[2])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
