#!/usr/bin/python3
"""The Python package against a real module, beside the tree of tests/tree with
the zones of tests/serve."""

import ctypes
import inspect
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "stub/python"))

import danebound  # noqa: E402
from danebound import library  # noqa: E402

SOCKET = os.environ["DANEBOUND_SOCKET"]
DOCUMENT = (ROOT / "docs/python.md").read_text()
HEADER = (ROOT / "stub/include/danebound.h").read_text()
EXAMPLE = ROOT / "docs/examples/first.py"


class Lookups(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = danebound.Client(SOCKET)
        cls.addClassCleanup(cls.client.close)

    def test_gives_all_that_is_known_of_a_host(self):
        verdict = self.client.lookup("OK.example")
        self.assertEqual(
            (verdict.next_hop, verdict.port, verdict.disposition, verdict.kind,
             verdict.security, verdict.dsn, verdict.expanded),
            ("ok.example", 25, danebound.Disposition.DELIVER, danebound.Kind.MX,
             danebound.Security.SECURE, "", "ok.example"))
        host, = verdict
        self.assertEqual(
            (host.duty, host.name, host.expanded, host.preference, host.port,
             host.base_domain, host.tlsa_name, host.sni, host.reference_names),
            (danebound.Duty.AUTHENTICATE, "mx.ok.example", "mx.ok.example", 10,
             25, "mx.ok.example", "_25._tcp.mx.ok.example", "mx.ok.example",
             ("mx.ok.example", "ok.example")))
        self.assertEqual(host.addresses, (danebound.Address(
            "192.0.2.1", danebound.Security.SECURE),))
        self.assertEqual(host.tlsa, (danebound.Tlsa(
            3, 1, 1, b"\x11" * 32, usable=True, why_not="", superseded=False,
            counts=True, text="3 1 1 " + "11" * 32),))
        self.assertEqual(host.policy.type, "tlsa")
        self.assertEqual(len(host.tls_key), 64)
        self.assertGreater(host.expires, 0)

    # RFC 7672 3.1.3
    def test_says_why_a_record_does_not_count(self):
        host, = self.client.lookup("unusable.example")
        self.assertIs(host.duty, danebound.Duty.ENCRYPT)
        self.assertEqual([(each.usable, each.why_not) for each in host.tlsa],
                         [(False, "pkix-usage")])

    # RFC 7672 2.1.2
    def test_iterates_over_no_host_that_must_not_be_used(self):
        verdict = self.client.lookup("sick.example")
        self.assertEqual(list(verdict), [])
        host, = verdict.hosts
        self.assertEqual((host.duty, host.cause, host.permanent),
                         (danebound.Duty.SKIP, danebound.Cause.TLSA_FAILED,
                          False))
        self.assertEqual([each.identifier for each in host.reasons],
                         ["tlsa-failed"])
        self.assertEqual(host.reasons[0].tlsrpt, "dnssec-invalid")

    def test_defers_where_the_mx_lookup_fails(self):
        verdict = self.client.lookup("bogus.example")
        self.assertEqual(
            (verdict.disposition, verdict.dsn, verdict.security, list(verdict)),
            (danebound.Disposition.DEFER, "4.4.3", danebound.Security.BOGUS, []))
        self.assertEqual(verdict.reasons[0].ede, 7)

    # RFC 7505
    def test_returns_mail_for_a_null_mx(self):
        verdict = self.client.lookup("null.example")
        self.assertEqual(
            (verdict.disposition, verdict.kind, verdict.dsn),
            (danebound.Disposition.UNDELIVERABLE, danebound.Kind.NULL_MX,
             "5.1.10"))

    # RFC 7672 6, 2.2.1
    def test_takes_choices(self):
        required = self.client.lookup("plain.unsigned", require=True)
        self.assertTrue(required.require)
        self.assertIs(required.hosts[0].cause, danebound.Cause.DANE_REQUIRED)
        host, = self.client.lookup(
            "hosted.unsigned", insecure_mx=danebound.InsecureMx.ENCRYPT)
        self.assertIs(host.duty, danebound.Duty.ENCRYPT)
        self.assertEqual(self.client.lookup("ok.example", port=26).port, 26)
        self.assertEqual(
            self.client.lookup("ok.example", own_names=["mx.ok.example"]).dsn,
            "5.4.6")

    def test_serves_threads_that_share_it(self):
        found = []
        threads = [threading.Thread(target=lambda: found.append(
            self.client.lookup("mixed.example").disposition)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(found, [danebound.Disposition.DELIVER] * 8)


class NoVerdict(unittest.TestCase):
    """Whatever is wrong is raised."""

    def assert_raised(self, kind, words, socket=SOCKET, next_hop="ok.example",
                      **choices):
        with danebound.Client(socket) as client:
            with self.assertRaises(kind) as raised:
                client.lookup(next_hop, **choices)
        self.assertIsInstance(raised.exception, danebound.NoVerdict)
        self.assertIn(words, str(raised.exception))

    def test_without_a_module(self):
        self.assert_raised(danebound.TimedOut, "/nowhere/m.sock",
                           "/nowhere/m.sock", timeout=0.2)

    def test_after_the_timeout(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(
                socket.AF_UNIX) as silent:
            silent.bind(f"{folder}/m.sock")
            silent.listen()
            self.assert_raised(danebound.TimedOut, "200ms", f"{folder}/m.sock",
                               timeout=0.2)

    def test_from_the_cache_alone(self):
        self.assert_raised(danebound.NotCached, "", next_hop="d9.late.example",
                           freshness=danebound.Freshness.CACHED)

    def test_of_a_mistake(self):
        for words, choices in (
                ("a..b", {"next_hop": "a..b"}),
                ("NUL", {"next_hop": "ok.example\0.evil.example"}),
                ("no text", {"next_hop": "\udc80.example"}),
                ("port=0", {"port": 0}), ("port=65536", {"port": 65536}),
                ("port=-1", {"port": -1}), ("port=4294967321", {"port": 2**32 + 25}),
                ("timeout=0", {"timeout": 0}), ("timeout=nan", {
                    "timeout": float("nan")}),
                ("insecure_mx=7", {"insecure_mx": 7}),
                ("a..c", {"own_names": ["a..c"]})):
            with self.subTest(choices):
                self.assert_raised(danebound.InvalidRequest, words, **choices)

    def test_of_a_closed_client(self):
        client = danebound.Client(SOCKET)
        client.close()
        client.close()
        with self.assertRaises(danebound.InvalidRequest):
            client.lookup("ok.example")


class Embedded(unittest.TestCase):
    def test_gives_the_same_verdicts(self):
        with danebound.Client(SOCKET) as client, danebound.Embedded(
                os.environ["DANEBOUND_TREE_CONF"]) as embedded:
            for domain in ("ok.example", "null.example", "unusable.example"):
                one, other = (each.lookup(domain) for each in (client, embedded))
                self.assertEqual(
                    [(host.name, host.duty, host.tls_key) for host in one],
                    [(host.name, host.duty, host.tls_key) for host in other])
                self.assertEqual(one.disposition, other.disposition)

    def test_raises_for_a_file_that_is_not_there(self):
        with self.assertRaisesRegex(danebound.NotCached, "/nowhere"):
            danebound.Embedded("/nowhere/unbound.conf")


class Header(unittest.TestCase):
    """What library.py says of danebound.h is so."""

    WORDS = {"const char*": "text", "char**": "out", "size_t*": "length",
             "const uint8_t*": "octets", "uint8_t": "u8", "uint16_t": "u16",
             "uint32_t": "u32", "int64_t": "i64", "size_t": "size", "int": "int",
             "void": "void", "char*": "object"}

    def word(self, declared):
        """Of a type, with or without the name of a parameter."""
        for kind in (declared, declared.rpartition(" ")[0]):
            if kind in self.WORDS:
                return self.WORDS[kind]
            if re.fullmatch(r"(const )?danebound_\w+\*\*", kind):
                return "out"
            if re.fullmatch(r"(const )?danebound_\w+\*", kind):
                return "object"
        return "int" if declared.startswith("danebound_") else declared

    def declarations(self):
        text = re.sub(r"/\*.*?\*/|^#[^\n]*", "", HEADER, flags=re.S | re.M)
        for returned, name, taken in re.findall(
                r"([\w ]+\**)\s+danebound_(\w+)\(([^)]*)\);", text):
            parameters = [] if taken == "void" else taken.split(",")
            yield name, [self.word(" ".join(each.split()))
                         for each in (returned, *parameters)]

    def test_declares_what_is_called(self):
        declared = dict(self.declarations())
        table = (library._CLIENT + library._EMBEDDED).split("\n")
        for line in filter(None, table):
            returned, name, *taken = line.split()
            self.assertEqual([returned, *taken], declared[name], name)

    def test_has_the_words_of_the_enums(self):
        for words, speaks in danebound.values._SPOKEN.items():
            count = len(re.search(rf"enum danebound_{speaks[:-5]} {{(.*?)}};",
                                  HEADER, re.S)[1].split(" = ")) - 1
            self.assertEqual([word.value for word in words],
                             [library.text(speaks, n) for n in range(count)])

    def test_has_an_exception_for_each_error(self):
        values = re.findall(r"DANEBOUND_ERROR_\w+ = (-\d+)", HEADER)
        for value in map(int, values):
            with self.assertRaises(danebound.NoVerdict) as raised:
                danebound.errors.raise_for(value, "")
            self.assertTrue(str(raised.exception))
            self.assertIs(type(raised.exception) is danebound.InternalError,
                          value == -10)


class Package(unittest.TestCase):
    def test_exports_what_it_documents(self):
        kinds = {name for name, kind in inspect.getmembers(danebound.errors)
                 if inspect.isclass(kind) and issubclass(kind, Exception)}
        self.assertLessEqual(kinds, set(danebound.__all__))
        for kind in kinds - {"NoVerdict"}:
            self.assertIn(f"`{kind}`", DOCUMENT)

    def test_document_shows_the_example_and_what_it_prints(self):
        program, = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.M | re.S)
        self.assertEqual(program, EXAMPLE.read_text())
        (domains, output), = re.findall(
            r"^\$ python3 first\.py \S+ ([^\n]*)\n(.*?)^```$", DOCUMENT, re.M | re.S)
        done = subprocess.run(
            [sys.executable, "-B", EXAMPLE, SOCKET, *domains.split()],
            env=dict(os.environ, PYTHONPATH=str(ROOT / "stub/python")),
            text=True, capture_output=True, timeout=60, check=True)
        self.assertEqual(done.stdout, output)

    def test_frees_what_it_was_given(self):
        # A leak of any kind in a lookup shows in as many lookups.
        with danebound.Client(SOCKET) as client:
            client.lookup("mixed.example")
            before = resident()
            for _ in range(3000):
                client.lookup("mixed.example")
        self.assertLess(resident() - before, 4000)


def resident():
    """Of this process, kB. What the allocator holds in vain is given back."""
    ctypes.CDLL(None).malloc_trim(0)
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
