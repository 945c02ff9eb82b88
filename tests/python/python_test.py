#!/usr/bin/python3
"""The Python package against a real module, beside the tree of tests/tree with
the zones of tests/serve."""

import contextlib
import copy
import ctypes
import inspect
import os
import pathlib
import pickle
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

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

    # RFC 7671 9
    def test_takes_an_order_of_digests(self):
        host, = self.client.lookup("ok.example", digest_order=[2])
        self.assertIs(host.duty, danebound.Duty.ENCRYPT)
        self.assertEqual(host.tlsa[0].why_not, "unknown-matching-type")

    def test_says_what_the_module_had_in_its_cache(self):
        self.client.lookup("ok.example")
        self.assertTrue(self.client.lookup("ok.example").from_cache)
        fresh = self.client.lookup("ok.example",
                                   freshness=danebound.Freshness.FRESH)
        self.assertFalse(fresh.from_cache)

    def test_looks_many_up_in_one_call(self):
        asked = ["ok.example", "a..b", "null.example", None] * 20
        ends = self.client.lookup_all(asked)
        self.assertEqual(len(ends), 80)
        for domain, end in zip(asked, ends):
            if domain in ("ok.example", "null.example"):
                self.assertEqual(end.next_hop, domain)
            else:
                self.assertIsInstance(end, danebound.InvalidRequest)
        self.assertIn("a..b", str(ends[1]))
        self.assertEqual(self.client.lookup_all([]), ())

    def test_tests_the_module(self):
        checks = self.client.self_test(timeout=20)
        self.assertIn("trust-anchor", [check.name for check in checks])
        self.assertEqual({check.result for check in checks
                          if check.name != "resolver"},
                         {danebound.CheckResult.PASSED})

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
                ("names no digest", {"digest_order": []}),
                ("others than 1 and 2", {"digest_order": [3]}),
                ("a..c", {"own_names": ["a..c"]})):
            with self.subTest(choices):
                self.assert_raised(danebound.InvalidRequest, words, **choices)

    def test_of_a_closed_client(self):
        client = danebound.Client(SOCKET)
        client.close()
        client.close()
        with self.assertRaises(danebound.InvalidRequest):
            client.lookup("ok.example")


    # RFC 7672 2.1.2: whatever answers, and however it goes away.
    def test_of_a_peer_that_is_no_module(self):
        # Of a lookup the frame is known: its id is 1.
        error = struct.pack(">IBBHBH", 11, 1, 255, 1, 9, 4) + b"\xff\n\xed\xa0"
        for answer in (b"", b"220 mx.example ESMTP\r\n" * 9, error[:7], error,
                       struct.pack(">I", 2**32 - 1), b"\0" * 4096):
            with self.subTest(answer), peer(answer) as path:
                with danebound.Client(path, patience=0) as client:
                    with self.assertRaises(danebound.NoVerdict) as raised:
                        client.lookup("ok.example", timeout=2)
                    self.assertTrue(str(raised.exception).isprintable())
                    end, = client.lookup_all(["ok.example"], timeout=2)
                    self.assertIsInstance(end, danebound.NoVerdict)
                    with self.assertRaises(danebound.NoVerdict):
                        client.self_test(timeout=2)


class Raising:
    """A value of which nothing can be asked."""

    def __getattribute__(self, name):
        raise ZeroDivisionError(name)

    def fail(self, *_):
        raise ZeroDivisionError

    __repr__ = __str__ = __bool__ = __int__ = __index__ = __float__ = fail
    __iter__ = __eq__ = __lt__ = __len__ = __fspath__ = __contains__ = fail
    __hash__ = None


class Text(str):
    """A text that hides what it holds."""

    def encode(self, *_):
        return "no octets"

    def __contains__(self, _):
        return False


def hostile():
    """New ones for each call: an iterator ends with its first reader."""
    return (None, 0, -1, 2**31, 10**5000, 1.5, float("nan"), float("inf"),
            float("-inf"), b"bytes", "", "a..b", "\0", "\udc80", "\ud800",
            "x" * 100000, [], [1], ["\0"], [None], {}, {1: 2}, object(), print,
            Text("a..b"), Text("a\0b"), Raising(), [Raising()],
            (each for each in [1 / 3]), (each for each in ["a..b"]),
            map(lambda _: 1 / 0, [1]))


HOSTILE = [lambda index=index: hostile()[index]
           for index in range(len(hostile()))]


class HostileArguments(unittest.TestCase):
    """Nothing is raised but NoVerdict, whatever is given."""

    def assert_own(self, call, *arguments, **choices):
        try:
            call(*arguments, **choices)
        except danebound.NoVerdict as error:
            self.assertTrue(str(error))

    def test_of_lookups(self):
        with danebound.Client("/nowhere/m.sock", patience=0) as client:
            for make in HOSTILE:
                with self.subTest(type(make())):
                    self.assert_own(client.lookup, make())
                    self.assert_own(client.lookup_all, make())
                    self.assert_own(client.lookup_all, [make()])
                    for name in ("timeout", "port", "require", "insecure_mx",
                                 "freshness", "own_names", "digest_order"):
                        self.assert_own(client.lookup, "a.example",
                                        **{name: make()})
                        self.assert_own(client.lookup_all, ["a.example"],
                                        **{name: make()})
                    self.assert_own(danebound.parse_next_hop, make())
                    self.assert_own(danebound.parse_next_hop, "a.example",
                                    port=make())

    def test_of_self_tests(self):
        with danebound.Client("/nowhere/m.sock", patience=0) as client:
            for make in HOSTILE:
                with self.subTest(type(make())), self.assertRaises(
                        danebound.NoVerdict):
                    client.self_test(timeout=make())

    def test_of_what_is_asked(self):
        for make in HOSTILE:
            with self.subTest(type(make())):
                self.assert_own(danebound.Client, make())
                self.assert_own(danebound.Client, patience=make())
                self.assert_own(danebound.Client, most_connections=make())
                if make() is not None:  # the Internet's root
                    self.assert_own(danebound.Embedded, make())
                    self.assert_own(danebound.Embedded, "/nowhere", make())

    def test_of_a_text_where_a_list_is_meant(self):
        with danebound.Client(SOCKET) as client:
            for choices in ({"own_names": "mx"}, {"digest_order": b"\1"}):
                with self.assertRaisesRegex(danebound.InvalidRequest, "no list"):
                    client.lookup("ok.example", **choices)
            with self.assertRaisesRegex(danebound.InvalidRequest, "no list"):
                client.lookup_all("ok.example")

    # What is read is the text itself, whatever its kind says of it.
    def test_of_a_text_that_hides_a_nul(self):
        with danebound.Client(SOCKET) as client:
            with self.assertRaisesRegex(danebound.InvalidRequest, "NUL"):
                client.lookup(Text("ok.example\0.evil.example"))
            self.assertEqual(client.lookup(Text("ok.example")).next_hop,
                             "ok.example")

    # Two that free the same memory.
    def test_of_copies(self):
        with danebound.Client(SOCKET) as client:
            for make in (copy.copy, copy.deepcopy, pickle.dumps):
                with self.assertRaises(danebound.InvalidRequest):
                    make(client)


class NextHops(unittest.TestCase):
    def test_are_parsed_as_lookups_do(self):
        self.assertEqual(
            danebound.parse_next_hop("[MX.B\u00fccher.example.]:26"),
            danebound.NextHop(danebound.NextHopForm.HOST,
                              "[mx.xn--bcher-kva.example]", 26,
                              "mx.xn--bcher-kva.example", ""))
        self.assertEqual(
            danebound.parse_next_hop("[IPv6:2001:DB8::1]", port=27),
            danebound.NextHop(danebound.NextHopForm.ADDRESS,
                              "[IPv6:2001:db8::1]", 27, "", "2001:db8::1"))
        with self.assertRaisesRegex(danebound.InvalidRequest,
                                    r"\[192\.0\.2\.1\]"):
            danebound.parse_next_hop("192.0.2.1")


class Library(unittest.TestCase):
    """What is not installed is an error of the package, too."""

    def run_without(self, change):
        return subprocess.run(
            [sys.executable, "-B", "-c", f"""
import danebound
from danebound import library
{change}
for call in (danebound.Client, danebound.Embedded, lambda: (
        danebound.parse_next_hop("a.example"))):
    try:
        call()
    except danebound.NoVerdict as error:
        print(type(error).__name__, error)
"""], env=dict(os.environ, PYTHONPATH=str(ROOT / "stub/python"),
               LD_LIBRARY_PATH=""), text=True, capture_output=True, timeout=60,
            check=True).stdout.splitlines()

    def test_that_is_missing(self):
        lines = self.run_without("")
        self.assertEqual([line.split()[0] for line in lines],
                         ["Unavailable"] * 3, lines)
        self.assertIn("libdanebound.so.0", lines[0])

    def test_that_is_older(self):
        lines = self.run_without(
            "library._open = lambda soname: library.ctypes.CDLL('libc.so.6')")
        self.assertEqual([line.split()[0] for line in lines],
                         ["ProtocolMismatch"] * 3, lines)


class Shutdown(unittest.TestCase):
    """Python ends in peace, whatever is open."""

    def run_program(self, program, path):
        return subprocess.run(
            [sys.executable, "-B", "-c", program, path],
            env=dict(os.environ, PYTHONPATH=str(ROOT / "stub/python")),
            text=True, capture_output=True, timeout=20, check=False)

    def assert_ends(self, program, path=SOCKET):
        done = self.run_program(program, path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_with_a_client_that_nobody_closed(self):
        self.assert_ends("import danebound, sys\n"
                         "client = danebound.Client(sys.argv[1])\n"
                         "client.lookup('ok.example')\n")

    # The thread that is stopped inside a lookup holds the lock for ever.
    def test_with_a_thread_inside_a_lookup(self):
        with peer(None) as path:
            self.assert_ends("""
import danebound, sys, threading, time
client = danebound.Client(sys.argv[1])
threading.Thread(target=client.lookup, args=("ok.example",), kwargs={
    "timeout": 3}, daemon=True).start()
time.sleep(0.5)
""", path)

    def test_with_a_lookup_at_the_very_end(self):
        printed = self.assert_ends("""
import danebound, sys
class Late:
    def __init__(self):
        self.client = danebound.Client(sys.argv[1])
        self.kind = danebound.NoVerdict
    def __del__(self, print=print):
        try:
            self.client.lookup("ok.example")
            print("verdict")
        except self.kind:
            print("none")
late = Late()
sys.modules["keep"] = late
""")
        self.assertIn(printed, ("verdict\n", "none\n"))

    # A handler runs in the thread that it interrupts.
    def test_with_a_signal_handler_that_looks_up(self):
        printed = self.assert_ends("""
import danebound, signal, sys
client = danebound.Client(sys.argv[1])
client.lookup("ok.example")
seen = []
signal.signal(signal.SIGALRM, lambda *_: seen.append(
    client.lookup("ok.example").dsn))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for _ in range(300):
    client.lookup("ok.example")
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(seen) > 0)
""")
        self.assertEqual(printed, "True\n")

    # It does so between the lines before the library is called.
    def test_with_a_signal_handler_that_closes(self):
        printed = self.assert_ends("""
import danebound, signal, sys
from danebound import library
client = danebound.Client(sys.argv[1])
signal.signal(signal.SIGALRM, lambda *_: client.close())
called = []
call = library.call
def interrupted(name, *arguments):
    if name == "client_lookup":
        signal.raise_signal(signal.SIGALRM)
    if name in ("client_lookup", "client_free"):
        called.append(name)
    return call(name, *arguments)
library.call = interrupted
print(client.lookup("ok.example").next_hop, *called)
try:
    client.lookup("ok.example")
except danebound.InvalidRequest as error:
    print(error)
client.close()
del client
print(*called)
""")
        self.assertEqual(printed.splitlines(), [
            "ok.example client_lookup client_free", "Client is closed",
            "client_lookup client_free"])


class Embedded(unittest.TestCase):
    def test_looks_many_up_and_tests_itself(self):
        with danebound.Embedded(os.environ["DANEBOUND_TREE_CONF"]) as embedded:
            ends = embedded.lookup_all(["ok.example", "null.example"] * 10)
            self.assertEqual([end.next_hop for end in ends],
                             ["ok.example", "null.example"] * 10)
            self.assertEqual(
                {check.name: check.result
                 for check in embedded.self_test(timeout=20)}["trust-anchor"],
                danebound.CheckResult.PASSED)

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
             "void": "void", "char*": "object", "int*": "ints",
             "const char* const*": "texts"}

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
                library.raise_for(value, "")
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

    def test_frees_what_it_was_given_when_something_is_raised(self):
        asked = ["mixed.example"] * 50
        with danebound.Client(SOCKET) as client:
            client.lookup_all(asked)
            before = resident()
            with mock.patch.object(danebound.values, "read_verdict",
                                   side_effect=MemoryError):
                for _ in range(200):
                    with self.assertRaises(MemoryError):
                        client.lookup_all(asked)
        self.assertLess(resident() - before, 4000)


@contextlib.contextmanager
def peer(answer):
    """The path of a socket whose connections are answered so and closed; None:
    they are left alone."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(
            socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/m.sock")
        listener.listen(64)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.recv(4096)
                    connection.sendall(answer)
                    if answer:  # until the client has had enough of it
                        connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        if answer is not None:
            thread.start()
        yield f"{folder}/m.sock"
        listener.shutdown(socket.SHUT_RDWR)
        if answer is not None:
            thread.join(10)


def resident():
    """Of this process, kB. What the allocator holds in vain is given back."""
    ctypes.CDLL(None).malloc_trim(0)
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
