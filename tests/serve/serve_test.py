#!/usr/bin/python3
"""`danebound serve` between clients and the module in a real Unbound.

Runs beside the tree of tests/tree, with the zones of this folder.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import jsonschema

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "module"), str(HERE.parent / "mta")]

import resolver  # noqa: E402
import roots  # noqa: E402
import socketmap  # noqa: E402

DANEBOUND = os.environ["DANEBOUND_TEST_COMMAND"]
SANITIZED = b"__ubsan_handle" in pathlib.Path(DANEBOUND).read_bytes()
TCP = ("127.0.0.1", 18461)

LISTEN = """
[[listen]]
protocol = "socketmap"
unix = "{folder}/map.sock"
mode = "0600"
[[listen]]
protocol = "json"
unix = "{folder}/json.sock"
"""


METRICS = f"""
[[listen]]
protocol = "metrics"
tcp = "{TCP[0]}:{TCP[1]}"
"""

TCP_MAP_AT = ("127.0.0.1", TCP[1] + 1)
TCP_MAP = f"""
[[listen]]
protocol = "socketmap"
tcp = "{TCP_MAP_AT[0]}:{TCP_MAP_AT[1]}"
"""


def connect_by_tcp(stack, count):
    """Connections from one address of loopback after the other."""
    for number in range(count):
        stack.enter_context(socket.create_connection(
            TCP, source_address=(f"127.0.0.{1 + number % 3}", 0)))


class Serve:
    """One daemon, with a folder of its own."""

    def __init__(self, module_socket, head="", tail="", environment=(),
                 arguments=(), program=(DANEBOUND, "serve", "--config")):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-serve-"))
        self.map = self.folder / "map.sock"
        self.json = self.folder / "json.sock"
        self.conf = self.folder / "serve.conf"
        self.log_file = self.folder / "log"
        self.resolv_conf = self.folder / "resolv.conf"
        self.resolv_conf.write_text(f"nameserver {resolver.ADDRESS}\n")
        self.module_socket = module_socket
        self.write(head, tail)
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                [*program, str(self.conf), *arguments],
                stderr=log, env=dict(os.environ, **dict(environment)))
        self.wait_for("serving")

    def write(self, head="", tail="", listen=LISTEN):
        self.conf.write_text(
            f'module_socket = "{self.module_socket}"\n'
            f'mta_resolv_conf = "{self.resolv_conf}"\n{head}\n' +
            listen.format(folder=self.folder) + tail)

    def log(self):
        return self.log_file.read_text()

    def wait_for(self, word):
        if not resolver.wait_until(lambda: word in self.log()):
            raise AssertionError(f"no \"{word}\" in the log:\n{self.log()}")

    def reload(self):
        before = self.log().count("reload")
        self.process.send_signal(signal.SIGHUP)
        resolver.wait_until(lambda: self.log().count("reload") > before)

    def client(self, **options):
        return socketmap.Client(self.map, **options)

    def ask(self, key, name="QUERY"):
        with self.client() as client:
            return client.ask(key, name)

    def json_lines(self, text, half_close=True):
        """Sends the text, closes the sending side, reads all lines."""
        with socketmap.connect(self.json) as sock:
            sock.sendall(text.encode())
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            with sock.makefile("rb") as replies:
                return [json.loads(line) for line in replies]

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "killed"
        text = self.log()
        shutil.rmtree(self.folder)
        if code != 0 or "Sanitizer" in text:
            raise AssertionError(f"serve ended with {code}:\n{text}")


class ServeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.unbound = resolver.Resolver()
        cls.addClassCleanup(cls.unbound.stop)

    def serve(self, *args, module_socket=None, **options):
        serve = Serve(module_socket or self.unbound.socket, *args, **options)
        self.addCleanup(serve.stop)
        return serve


class Policies(ServeTest):
    # RFC 7672 2.2
    def test_answers_one_word_for_each_next_hop(self):
        serve = self.serve()
        for key, reply in (
                ("ok.example", "OK dane-only"),
                ("OK.Example", "OK dane-only"),
                ("ok.example:25", "OK dane-only"),
                ("ok.example:smtp", "OK dane-only"),
                ("[mx.ok.example]", "OK dane-only"),
                ("[mx.ok.example]:2525", "NOTFOUND "),
                ("mixed.example", "OK dane"),
                ("unusable.example", "OK encrypt"),
                ("none.example", "NOTFOUND "),
                ("hosted.unsigned", "NOTFOUND "),
                ("plain.unsigned", "NOTFOUND "),
                ("null.example", "NOTFOUND "),
                ("absent.example", "NOTFOUND "),
                ("[192.0.2.1]", "NOTFOUND "),
                ("[IPv6:2001:db8::1]:26", "NOTFOUND "),
                (".ok.example", "NOTFOUND "),
                ("unix:private/lmtp", "NOTFOUND ")):
            with self.subTest(key=key):
                self.assertEqual(serve.ask(key), reply, serve.log())
        self.assertEqual(serve.ask("ok.example", "QUERYwithTLSRPT"),
                         "OK dane-only")

    def test_real_postfix_understands_the_answers(self):
        with roots.Root("postfix", {"postfix": 101}, {"postdrop": 102}) as root:
            root.write("/etc/postfix/main.cf", "compatibility_level = 3.6\n")
            path = "/var/spool/postfix/danebound/socketmap.sock"
            root.make_folder(pathlib.Path(path).parent)
            self.serve(tail=f"""
[[listen]]
protocol = "socketmap"
unix = "{root.path(path)}"
""")
            for key, code, words in (("ok.example", 0, "dane-only"),
                                     ("mixed.example", 0, "dane"),
                                     ("none.example", 1, ""),
                                     ("servfail.example", 1, "mx-failed: ")):
                with self.subTest(key=key):
                    asked = subprocess.run(
                        root.command("postmap", "-q", key,
                                     f"socketmap:unix:{path}:QUERY"),
                        env=roots.environment(), text=True, timeout=30,
                        capture_output=True, check=False)
                    said = asked.stdout + asked.stderr
                    self.assertEqual(asked.returncode, code, said)
                    if words.endswith(" "):
                        self.assertIn(words, said)
                    else:
                        self.assertEqual(said.strip(), words)

    # RFC 7672 2.2: what must authenticate is never served by encryption
    def test_answers_sendmail_in_its_own_words(self):
        serve = self.serve(tail="""
[destinations."mixed.example"]
policy = "off"
[destinations."sick.example"]
policy = "audit"
[destinations."plain.unsigned"]
policy = "require"
[destinations.".unsigned"]
insecure_mx = "encrypt"
""")
        for key, reply in (("ok.example.", "OK authenticate"),
                           ("[mx.ok.example]", "OK authenticate"),
                           ("unusable.example", "OK TEMP+ENCR:128"),
                           ("hosted.unsigned", "OK TEMP+ENCR:128"),
                           ("plain.unsigned", "OK defer:dane-required"),
                           ("mixed.example", "NOTFOUND "),
                           ("sick.example", "NOTFOUND "),
                           ("none.example", "NOTFOUND "),
                           ("null.example", "NOTFOUND "),
                           ("[192.0.2.1]", "NOTFOUND "),
                           ("servfail.example", "OK defer:mx-failed"),
                           ("bogus.example", "OK defer:mx-bogus")):
            with self.subTest(key=key):
                self.assertEqual(serve.ask(key, "sendmail"), reply, serve.log())
        for key in (".ok.example", "a..b", "[192.0.2"):
            self.assertRegex(serve.ask(key, "sendmail"), "^TEMP bad-key: ")
        serve.wait_for("next_hop=sick.example policy=audit answer=NOTFOUND "
                       "would_answer=defer:tlsa-failed")

    # RFC 7672 2.1.2
    def test_defers_where_nothing_is_known(self):
        serve = self.serve()
        for key, reason in (("servfail.example", "mx-failed: "),
                            ("bogus.example", "mx-bogus: "),
                            ("sick.example", "tlsa-failed: mx.sick.example: ")):
            reply = serve.ask(key)
            self.assertTrue(reply.startswith("TEMP " + reason), reply)
            self.assertLessEqual(len(reply), 205)

    def test_follows_the_operator(self):
        serve = self.serve(tail="""
[default]
insecure_mx = "encrypt"
[destinations."ok.example"]
policy = "audit"
[destinations."servfail.example"]
policy = "audit"
[destinations."mixed.example"]
policy = "off"
[destinations."plain.unsigned"]
policy = "require"
[destinations.".unsigned"]
insecure_mx = "authenticate"
""")
        for key, reply in (("ok.example", "NOTFOUND "),
                           ("servfail.example", "NOTFOUND "),
                           ("mixed.example", "NOTFOUND "),
                           ("hosted.unsigned", "OK dane")):
            self.assertEqual(serve.ask(key), reply, key)
        self.assertRegex(serve.ask("plain.unsigned"), "^TEMP dane-required: ")
        serve.wait_for("next_hop=hosted.unsigned")
        log = serve.log()
        self.assertIn("decision protocol=socketmap next_hop=ok.example "
                      "policy=audit answer=NOTFOUND would_answer=dane-only "
                      "kind=mx security=secure disposition=deliver "
                      "hosts=mx.ok.example:authenticate\n", log)
        self.assertIn("next_hop=servfail.example policy=audit answer=NOTFOUND "
                      "would_answer=TEMP", log)
        self.assertIn("next_hop=mixed.example policy=off answer=NOTFOUND\n",
                      log)

    # A word in place of a stronger level of the operator would weaken it.
    def test_says_what_holds_where_nothing_is_enforced(self):
        tail = """
[destinations."ok.example"]
policy = "audit"
[destinations."[mx.ok.example]"]
policy = "off"
"""
        for word, reply in (("notfound", "NOTFOUND "), ("may", "OK may"),
                            ("encrypt", "OK encrypt")):
            serve = self.serve(f'unenforced = "{word}"', tail)
            for key in ("ok.example", "[mx.ok.example]", "[mx.ok.example]:25"):
                self.assertEqual(serve.ask(key), reply, key)
            self.assertEqual(serve.ask("none.example"), "NOTFOUND ")

    def test_logs_json(self):
        serve = self.serve('log_format = "json"')
        serve.ask("ok.example")
        serve.wait_for("decision")
        decision, = (line for line in map(json.loads, serve.log().splitlines())
                     if line["event"] == "decision")
        self.assertEqual((decision["next_hop"], decision["answer"]),
                         ("ok.example", "dane-only"))


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


class Pins(ServeTest):
    def test_are_given_where_they_can_be_said(self):
        serve = self.serve('postfix_word = "pins"')
        pins = "(OK fingerprint match=[0-9a-f]{2}(:[0-9a-f]{2}){31} servername=%s)$"
        self.assertRegex(serve.ask("ok.example"), pins % "mx.ok.example")
        self.assertRegex(serve.ask("[mx.ok.example]"), pins % "mx.ok.example")
        for key, reply in (("mixed.example", "OK dane"),
                           ("unusable.example", "OK encrypt"),
                           ("none.example", "NOTFOUND "),
                           ("hosted.unsigned", "NOTFOUND ")):
            self.assertEqual(serve.ask(key), reply)
        self.assertEqual(serve.ask("ok.example", "sendmail"), "OK authenticate")
        self.assertEqual(serve.ask("ok.example", "opensmtpd"), "OK dane-only")
        serve.wait_for("next_hop=ok.example policy=enforce answer=fingerprint ")


class TlsReports(ServeTest):
    # Postfix before 3.10 calls them invalid, and defers.
    def test_have_attributes_in_the_map_of_their_own_alone(self):
        tail = """
[destinations."mixed.example"]
policy = "off"
"""
        serve = self.serve('postfix_word = "pins"\nunenforced = "may"', tail)
        for key, words in (("ok.example", "OK fingerprint match="),
                           ("unusable.example", "OK encrypt"),
                           ("mixed.example", "OK may"),
                           ("none.example", "NOTFOUND ")):
            plain = serve.ask(key)
            self.assertTrue(plain.startswith(words), plain)
            self.assertNotIn("policy_", plain)
            with_reports = serve.ask(key, "QUERYwithTLSRPT")
            added = (f" policy_type=no-policy-found policy_domain={key}"
                     if plain.startswith("OK ") else "")
            self.assertEqual(with_reports, plain + added)
        serve.write(tail=tail)
        serve.reload()
        self.assertEqual(serve.ask("ok.example", "QUERYwithTLSRPT"),
                         "OK dane-only")


FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
                None)


@unittest.skipIf(SANITIZED, "the sanitizer wants to be loaded first")
class ClockJumps(ServeTest):
    """The time of day jumps for the daemon, and for nobody else."""

    def serve_by(self, clock, head):
        self.clock = pathlib.Path(tempfile.mkdtemp()) / "clock"
        self.addCleanup(shutil.rmtree, self.clock.parent)
        self.jump(clock)
        self.assertIsNotNone(FAKETIME, "the package libfaketime is missing")
        return self.serve(head, environment={
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_TIMESTAMP_FILE": str(self.clock)})

    def jump(self, offset):
        new = self.clock.with_suffix(".new")
        new.write_text(offset + "\n")
        new.rename(self.clock)

    def test_change_no_answer_no_deadline_and_no_connection(self):
        serve = self.serve_by("+0", "socketmap_deadline_ms = 1500\n"
                              "idle_seconds = 60")
        with serve.client() as client:
            for number, offset in enumerate(("+3650d", "-3650d", "+1d")):
                with self.subTest(offset=offset):
                    client.send(f"d{number}.silent.example")
                    begin = time.monotonic()
                    self.jump(offset)
                    self.assertRegex(client.reply(), "^TEMP mx-failed: ")
                    took = time.monotonic() - begin
                    self.assertGreater(took, 0.5)
                    self.assertLess(took, 15)
                    self.assertEqual(client.ask("ok.example"), "OK dane-only")

    def test_is_seen_by_the_daemon(self):
        serve = self.serve_by("+3650d", "")
        line, = serve.json_lines("ok.example\n")
        self.assertGreater(line["expires"], time.time() + 3000 * 86400)
        self.assertGreater(line["ttl"], 0)

    def test_stops_no_heartbeat_and_no_renewal(self):
        head = QUICK + "watch_heartbeat_seconds = 1"
        serve = self.serve_by("+3650d", head)
        with Watcher(serve, "mixed.example") as watcher:
            watcher.next("first")
            self.jump("-3650d")
            for policy in ("require", "enforce"):
                serve.write(head, f'[default]\npolicy = "{policy}"\n')
                serve.reload()
                line = watcher.next("changed")
                self.assertEqual(line["changes"][0]["change"], "duty-changed")
            watcher.next("heartbeat")


class Log(ServeTest):
    # More than the pipe and the queue hold.
    def test_holds_up_no_answer_when_nobody_reads_it(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            conf = folder / "serve.conf"
            conf.write_text(f'module_socket = "{self.unbound.socket}"\n' +
                            LISTEN.format(folder=folder))
            process = subprocess.Popen(
                [DANEBOUND, "serve", "--config", str(conf)],
                stderr=subprocess.PIPE, text=True)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            self.addCleanup(process.stderr.close)
            self.assertIn("serving", process.stderr.readline())
            long = '{"domain": "' + "a" * 4000 + '"}\n'
            with socketmap.connect(folder / "json.sock") as sock:
                with sock.makefile("rb") as replies:
                    for _ in range(40):
                        sock.sendall(long.encode() * 10)
                        for _ in range(10):
                            self.assertIn(b"error", replies.readline())
            with socketmap.Client(folder / "map.sock") as client:
                self.assertEqual(client.ask("ok.example"), "OK dane-only")

            def reads_the_gap():
                for line in process.stderr:
                    if "log-dropped" in line:
                        return line
                return ""
            # Told once there is room again.
            teller = threading.Thread(target=keep_asking,
                                      args=(folder / "map.sock", process))
            teller.start()
            self.assertRegex(reads_the_gap(), r"log-dropped lines=[0-9]+$")
            process.kill()
            teller.join()


def keep_asking(path, process):
    """Asks until the daemon is gone."""
    with contextlib.suppress(OSError, socketmap.Closed):
        while process.poll() is None:
            with socketmap.Client(path) as client:
                client.ask("ok.example")
            time.sleep(0.01)


class Json(ServeTest):
    def test_prints_what_lookup_prints(self):
        serve = self.serve()
        line, = serve.json_lines("mixed.example\n")
        shown = json.loads(subprocess.run(
            [DANEBOUND, "lookup", "--json", "--socket",
             str(self.unbound.socket), "mixed.example"],
            capture_output=True, check=True).stdout)
        for verdict in (line, shown):
            verdict.pop("ttl")
        self.assertEqual(line, shown)

    # Exim closes its sending side, and waits five seconds.
    def test_answers_a_half_closed_peer_in_order_and_in_time(self):
        serve = self.serve()
        begin = time.monotonic()
        lines = serve.json_lines(
            "d0.late.example\nd0.silent.example\r\n\nok.example\na..b\n"
            '{"domain": "ok.example", "require": true}\n{"x": 1}\nok.example')
        self.assertLess(time.monotonic() - begin, 4.0)
        self.assertEqual(
            [(line["next_hop"], line["disposition"]) for line in lines],
            [("d0.late.example", "deliver"), ("d0.silent.example", "defer"),
             ("ok.example", "deliver"), ("a..b", "defer"),
             ("ok.example", "deliver"), ('{"x": 1}', "defer"),
             ("ok.example", "deliver")])
        self.assertTrue(lines[4]["require"])

    def test_refuses_a_line_that_is_too_long(self):
        serve = self.serve()
        line, = serve.json_lines("a" * 10240)
        self.assertIn("longer than 4096 octets", line["error"])
        self.assertEqual(len(serve.json_lines("ok.example\n")), 1)


class Watcher:
    """A connection to the JSON socket that watches next hops."""

    def __init__(self, serve, *next_hops, half_close=False, address=None):
        self.sock = socketmap.connect(address or serve.json)
        self.lines = self.sock.makefile("rb")
        self.send({"watch": next_hops})
        if half_close:
            self.sock.shutdown(socket.SHUT_WR)
        self.answer = self.next("watching")

    def send(self, request):
        self.sock.sendall(json.dumps(request).encode() + b"\n")

    def line(self):
        line = self.lines.readline()
        if not line:
            raise socketmap.Closed
        return json.loads(line)

    def next(self, event):
        """The next event of that name; heartbeats are passed over."""
        line = self.line()
        while line.get("event") == "heartbeat" != event:
            line = self.line()
        assert line.get("event") == event, line
        return line

    def changes(self):
        """The next changes of ok.example: their names."""
        line = self.next("changed")
        assert line["next_hop"] == "ok.example", line
        return [change["change"] for change in line["changes"]], line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.sock.close()


QUICK = "watch_min_seconds = 1\nwatch_max_seconds = 1\n"


class Watch(ServeTest):
    # RFC 7672 2.2.1: an Unbound for which the zone is not signed takes the
    # place of one for which it is.
    def test_tells_that_a_secure_verdict_became_insecure_and_back(self):
        other = resolver.Resolver(
            server=["interface: 127.53.1.5", 'domain-insecure: "ok.example"'])
        self.addCleanup(other.stop)
        serve = self.serve(QUICK)
        with Watcher(serve, "ok.example", "[192.0.2.1]") as watcher:
            self.assertEqual(watcher.answer["watched"], 2)
            firsts = {line["next_hop"]: line["new"]
                      for line in (watcher.next("first"), watcher.next("first"))}
            host, = firsts["ok.example"]["hosts"]
            self.assertEqual((host["name"], host["duty"], host["tlsa"]),
                             ("mx.ok.example", "authenticate",
                              ["3 1 1 " + "11" * 32]))
            self.assertEqual(firsts["[192.0.2.1]"]["kind"], "address")
            lost = ["became-insecure", "tlsa-gone", "duty-changed"]
            won = ["became-secure", "tlsa-added", "duty-changed"]
            for module, names in ((other, lost), (self.unbound, won)):
                serve.module_socket = module.socket
                serve.write(QUICK)
                serve.reload()
                changes, line = watcher.changes()
                self.assertEqual(changes, names)
                self.assertIsNone(line["error"])
            self.assertEqual(line["old"]["security"], "insecure")
            self.assertEqual(line["new"]["security"], "secure")
        serve.wait_for("watch next_hop=ok.example change=tlsa-gone "
                       "host=mx.ok.example\n")

    # RFC 7672 2.1.2
    def test_tells_a_failure_as_a_failure(self):
        head = QUICK + "socketmap_deadline_ms = 300"
        serve = self.serve(head)
        with Watcher(serve, "ok.example") as watcher:
            watcher.next("first")
            for module, names in (("/nonexistent/m.sock", ["lookup-failed"]),
                                  (self.unbound.socket, ["lookup-recovered"])):
                serve.module_socket = module
                serve.write(head)
                serve.reload()
                changes, line = watcher.changes()
                self.assertEqual(changes, names)
                if names == ["lookup-failed"]:
                    self.assertIsNone(line["new"])
                    self.assertIn("/nonexistent/m.sock", line["error"])

    def test_tells_what_a_change_of_the_settings_does(self):
        serve = self.serve(QUICK + "max_lookups_per_peer = 1")
        with Watcher(serve, "mixed.example", "none.example") as watcher:
            for _ in range(2):
                self.assertIsNone(watcher.next("first")["error"])
            serve.write(QUICK, '[default]\npolicy = "require"\n')
            serve.reload()
            changed = [watcher.next("changed")["changes"] for _ in range(2)]
            self.assertIn([{"change": "duty-changed",
                            "host": "mx2.mixed.example"}], changed)

    def test_keeps_a_silent_watcher(self):
        serve = self.serve("idle_seconds = 1\nwatch_heartbeat_seconds = 1")
        with Watcher(serve, "ok.example") as watcher, \
                Watcher(serve, "ok.example", half_close=True) as half_closed:
            for each in (watcher, half_closed):
                each.next("first")
                for _ in range(3):
                    self.assertEqual(each.next("heartbeat")["watched"], 1)
            # It may ask besides, and watch more.
            watcher.send({"domain": "none.example"})
            line = watcher.line()
            while "event" in line:
                line = watcher.line()
            self.assertEqual(line["next_hop"], "none.example")
            watcher.send({"watch": ["none.example", "ok.example"]})
            self.assertEqual(watcher.next("watching")["watched"], 2)
            serve.process.terminate()
            with self.assertRaises(socketmap.Closed):
                while True:
                    half_closed.line()
        self.assertEqual(serve.process.wait(5), 0)

    def test_has_bounds_on_what_is_watched(self):
        serve = self.serve("max_watched = 3\nmax_watched_per_connection = 2")
        with Watcher(serve, "ok.example", "a..b", "none.example",
                     "mixed.example") as one:
            self.assertEqual(one.answer["watched"], 2)
            self.assertEqual([each["next_hop"] for each in
                              one.answer["refused"]],
                             ["a..b", "mixed.example"])
            self.assertIn("max_watched_per_connection",
                          one.answer["refused"][1]["error"])
            with Watcher(serve, "mixed.example", "null.example") as two:
                self.assertIn("(max_watched)",
                              two.answer["refused"][0]["error"])
        serve.write("max_watched_per_peer = 1")
        serve.reload()
        # Once the daemon has seen that the others are gone.
        one = Watcher(serve, "ok.example")
        while one.answer["refused"]:
            with one:
                time.sleep(0.05)
            one = Watcher(serve, "ok.example")
        with one, Watcher(serve, "mixed.example") as two:
            self.assertIn("(max_watched_per_peer)",
                          two.answer["refused"][0]["error"])
        serve.write("max_watched = 3\nmax_watched_per_connection = 2")
        serve.reload()
        # What nobody watches any more makes room.
        def has_room():
            with Watcher(serve, "null.example", "sick.example") as three:
                return three.answer["watched"] == 2
        self.assertTrue(resolver.wait_until(has_room))

    # A connection that watches never ends by itself.
    def test_leaves_connections_to_those_who_do_not_watch(self):
        for head, words in (("max_connections = 8", "2 connections watch"),
                            ("max_connections_per_peer = 8",
                             "2 connections of uid ")):
            serve = self.serve(head)
            with Watcher(serve, "ok.example") as one, \
                    Watcher(serve, "ok.example") as two:
                with Watcher(serve, "none.example", "ok.example") as three:
                    self.assertEqual(three.answer["watched"], 0)
                    for each in three.answer["refused"]:
                        self.assertIn(words, each["error"])
                        self.assertIn("a quarter of " + head.split()[0],
                                      each["error"])
                    three.send({"domain": "ok.example"})
                    self.assertEqual(three.line()["next_hop"], "ok.example")
                # Who watches already may watch more.
                one.next("first")
                one.send({"watch": ["none.example"]})
                self.assertEqual(one.next("watching")["watched"], 2)
                self.assertEqual(two.answer["watched"], 1)
                # Closed with something unread, a socket is reset; these are not.
                one.next("first")
                two.next("first")

            def has_room(serve=serve):
                with Watcher(serve, "ok.example") as again:
                    return again.answer["watched"] == 1
            self.assertTrue(resolver.wait_until(has_room))

    # Ten domains that are never answered, and two of four lookups for one user.
    def test_looks_up_for_every_user_in_turn(self):
        serve = self.serve(
            "max_lookups_per_peer = 4\nsocketmap_deadline_ms = 4000", tail=f"""
[[listen]]
protocol = "json"
tcp = "{TCP[0]}:{TCP[1]}"
""")
        silent = [f"d{number}.silent.example" for number in range(10)]
        with Watcher(serve, *silent):
            time.sleep(0.3)
            began = time.monotonic()
            with Watcher(serve, "none.example", "ok.example",
                         address=TCP) as other:
                for _ in range(2):
                    self.assertIsNone(other.next("first")["error"])
            self.assertLess(time.monotonic() - began, 2)

    def test_says_what_is_watched_before_any_event(self):
        serve = self.serve("json_deadline_ms = 500")
        with Watcher(serve, "ok.example") as first:
            first.next("first")
            with Watcher(serve) as second:
                # The answer to this domain takes longer than what is known, and
                # what is looked up.
                second.send({"domain": "d0.silent.example"})
                second.send({"watch": ["ok.example", "none.example"]})
                lines = [second.line() for _ in range(4)]
        self.assertEqual([line.get("event") for line in lines],
                         [None, "watching", "first", "first"])

    def test_refuses_what_it_cannot_read(self):
        serve = self.serve()
        for line in ('{"watch": "ok.example"}', '{"watch": [1]}',
                     '{"watch": [], "port": 25}'):
            answer, = serve.json_lines(line + "\n")
            self.assertIn("watch", answer["error"])

    def test_is_not_held_by_a_watcher_that_does_not_read(self):
        serve = self.serve("write_seconds = 1\nwatch_heartbeat_seconds = 1")
        with Watcher(serve, "ok.example") as watcher:
            watcher.sock.settimeout(1)
            with contextlib.suppress(OSError):
                for _ in range(2000):
                    watcher.sock.sendall(b'{"watch": ["ok.example"]}\n' * 100)
            self.assertEqual(serve.ask("ok.example"), "OK dane-only")

            def is_closed():
                with contextlib.suppress(socket.timeout):
                    watcher.sock.sendall(b"\n")
                return False
            with self.assertRaises(OSError):
                resolver.wait_until(is_closed, 15)


def promtool(*words, stdin=None, folder=None):
    """Runs Debian's promtool; returns what it says. It must be content."""
    done = subprocess.run([os.environ["DANEBOUND_TEST_PROMTOOL"], *words],
                          input=stdin, cwd=folder, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    return done.stdout


def metrics_in(expressions):
    """The names of our metrics in PromQL."""
    return set(re.findall(r"\bdanebound_serve_\w+", "\n".join(expressions)))


class Monitoring(ServeTest):
    """unbound-conf/prometheus-alerts.yaml and grafana-dashboard.json."""

    ALERTS = HERE.parent.parent / "unbound-conf" / "prometheus-alerts.yaml"
    DASHBOARD = ALERTS.with_name("grafana-dashboard.json")

    def dashboard_expressions(self):
        board = json.loads(self.DASHBOARD.read_text())
        return [target["expr"] for panel in board["panels"]
                for target in panel["targets"]]

    def test_promtool_takes_the_alerts_and_sees_them_ring(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copy(self.ALERTS, folder)
            shutil.copy(HERE / "alerts_test.yaml", folder)
            alerts = self.ALERTS.read_text().count("- alert:")
            self.assertIn(f"SUCCESS: {alerts} rules", promtool(
                "check", "rules", self.ALERTS.name, folder=folder))
            promtool("test", "rules", "alerts_test.yaml", folder=folder)

    def test_each_alert_is_seen_to_ring(self):
        names = set(re.findall(r"- alert: (\w+)", self.ALERTS.read_text()))
        rung = set(re.findall(r"Danebound\w+",
                              (HERE / "alerts_test.yaml").read_text()))
        self.assertEqual(names, rung)

    def test_the_dashboard_follows_the_schema(self):
        schema = json.loads(
            (HERE / "grafana_dashboard.schema.json").read_text())
        board = json.loads(self.DASHBOARD.read_text())
        jsonschema.validate(board, schema)
        ids = [panel["id"] for panel in board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    # JSON is YAML; Grafana fills in what begins with a dollar.
    def test_promtool_takes_the_expressions_of_the_dashboard(self):
        rules = [{"record": f"a:{number}", "expr": expression.replace(
            "$__rate_interval", "5m").replace("$job", ".*").replace(
                "$instance", ".*")}
                 for number, expression in
                 enumerate(self.dashboard_expressions())]
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "rules.yaml"
            path.write_text(json.dumps(
                {"groups": [{"name": "dashboard", "rules": rules}]}))
            promtool("check", "rules", str(path))

    def test_names_only_metrics_that_are_served(self):
        serve = self.serve(tail="""
[[exceptions]]
next_hop = "mixed.example"
until = 2999-12-31
reason = "a test"
[[listen]]
protocol = "metrics"
tcp = "127.0.0.1:18463"
""")
        serve.ask("ok.example")
        with urllib.request.urlopen("http://127.0.0.1:18463/metrics",
                                    timeout=10) as page:
            text = page.read().decode()
        promtool("check", "metrics", stdin=text)
        served = set(re.findall(r"^# TYPE (\w+) ", text, re.M))
        documented = metrics_in(
            [(HERE.parent.parent / "docs" / "serve.md").read_text()])
        self.assertEqual(served, documented)
        named = metrics_in([self.ALERTS.read_text(),
                            *self.dashboard_expressions()])
        self.assertLessEqual({re.sub("_bucket$", "", name) for name in named},
                             served)
        self.assertGreater(len(named), 10)


class Metrics(ServeTest):
    def test_are_served_to_prometheus(self):
        serve = self.serve(tail="""
[[listen]]
protocol = "metrics"
tcp = "127.0.0.1:18462"
""")
        serve.ask("ok.example")
        serve.ask("ok.example")
        serve.ask("none.example")
        serve.json_lines("ok.example\na..b\n")
        with urllib.request.urlopen("http://127.0.0.1:18462/metrics",
                                    timeout=10) as page:
            text = page.read().decode()
        for line in (
                'danebound_serve_answers_total{protocol="socketmap",'
                'answer="dane-only"} 2',
                'danebound_serve_answers_total{protocol="socketmap",'
                'answer="NOTFOUND"} 1',
                'danebound_serve_answers_total{protocol="json",'
                'answer="error"} 1',
                'danebound_serve_lookups_open 0',
                'danebound_serve_lookup_seconds_count 4',
                'danebound_serve_lookup_seconds_bucket{le="+Inf"} 4',
                'danebound_serve_verdicts_total{security="secure",'
                'disposition="deliver"} 4',
                'danebound_serve_reasons_total{reason="no-tlsa"} 1',
                'danebound_serve_no_verdict_total{reason="unavailable"} 0',
                'danebound_serve_cache_total{result="hit"} 2',
                'danebound_serve_refused_total{what="bad-request"} 1',
                'danebound_serve_connections 1',
                'danebound_serve_watched 0',
                'danebound_serve_exceptions 0'):
            self.assertIn(line + "\n", text)
        last = re.search(r"^danebound_serve_last_secure_verdict_timestamp_"
                         r"seconds (\d+)$", text, re.M)
        self.assertLess(abs(time.time() - int(last[1])), 60)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \w+ |"
                                   r"\w+(\{(\w+=\"[^\"]*\",?)+\})? [0-9.e-]+$)")
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen("http://127.0.0.1:18462/", timeout=10)
        with socketmap.connect(("127.0.0.1", 18462)) as sock:
            sock.sendall(b"x" * 10000)
            self.assertTrue(sock.recv(100).startswith(b"HTTP/1.1 400 "))


class BadInput(ServeTest):
    def test_defers_or_closes_whatever_comes(self):
        serve = self.serve()
        for octets in (b"1073741824:QUERY ", b"99999999999999999999:", b"01:a,",
                       b"-1:a,", b"5:QUERY;", b"17:QUERY ok.example,",
                       b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"\xff" * 20000,
                       socketmap.netstring(b"QUERY"),
                       socketmap.netstring(b"QUERY "),
                       socketmap.netstring(b""),
                       socketmap.netstring(b"QUERY ok.example\n"),
                       socketmap.netstring(b"QUERY ok.example\0"),
                       socketmap.netstring(b"QUERY \x1b[2J.example"),
                       socketmap.netstring(b"QUERY \xff\xfe.example"),
                       socketmap.netstring(b"QUERY a..b"),
                       socketmap.netstring(b"QUERY " + b"a" * 2000),
                       socketmap.netstring(b"QUERY " + b"a" * 10240)):
            with self.subTest(octets=octets[:40]), serve.client() as client:
                client.sock.sendall(octets)
                with contextlib.suppress(OSError):
                    client.sock.shutdown(socket.SHUT_WR)
                with contextlib.suppress(socketmap.Closed,
                                         ConnectionResetError):
                    reply = client.reply()
                    self.assertTrue(reply.startswith("TEMP bad-"), reply)
        self.assertRegex(serve.ask("ok.example", "other"),
                         "^TEMP no-such-map: ")
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        for line in serve.log().splitlines():
            self.assertRegex(line, r"^[\x20-\x7e]+$")

    def test_answers_a_request_that_comes_octet_by_octet(self):
        serve = self.serve()
        with serve.client() as client:
            for octet in socketmap.netstring(b"QUERY ok.example"):
                client.sock.sendall(bytes([octet]))
            self.assertEqual(client.reply(), "OK dane-only")

    def test_answers_a_half_closed_peer(self):
        serve = self.serve()
        with serve.client() as client:
            client.send("d1.late.example")
            client.send("none.example")
            client.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(client.reply(), "OK dane-only")
            self.assertEqual(client.reply(), "NOTFOUND ")
            with self.assertRaises(socketmap.Closed):
                client.reply()

    def test_survives_peers_that_leave(self):
        serve = self.serve()
        before = serve.open_files()
        for _ in range(50):
            with serve.client() as client:
                client.send("d2.late.example")
        self.assertEqual(serve.ask("d2.late.example"), "OK dane-only")
        # The connection to the module, and what it is watched by.
        self.assertTrue(resolver.wait_until(
            lambda: serve.open_files() <= before + 2), serve.open_files())

    # One that sends and never reads is closed; the others are served.
    def test_is_not_held_by_a_slow_reader(self):
        serve = self.serve("write_seconds = 1")
        with socketmap.connect(serve.json, wait=1.0) as sock:
            with contextlib.suppress(OSError):
                for _ in range(2000):
                    sock.sendall(b"ok.example\n" * 100)
            self.assertEqual(serve.ask("ok.example"), "OK dane-only")
            status = pathlib.Path(
                f"/proc/{serve.process.pid}/status").read_text()
            resident = int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])
            self.assertLess(resident, 200000)
            with self.assertRaises(OSError):
                end = time.monotonic() + 15
                while time.monotonic() < end:
                    with contextlib.suppress(socket.timeout):
                        sock.sendall(b"x\n" * 10000)
                    time.sleep(0.1)


class Bounds(ServeTest):
    def test_refuses_connections_beyond_those_of_a_peer(self):
        serve = self.serve("max_connections_per_peer = 3")
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(serve.client()) for _ in range(3)]
            for client in clients:
                self.assertEqual(client.ask("ok.example"), "OK dane-only")
            with self.assertRaises((socketmap.Closed, OSError)):
                serve.ask("ok.example")
        self.assertTrue(resolver.wait_until(
            lambda: serve.log().count("connection-refused") == 1))

        def is_answered():
            with contextlib.suppress(socketmap.Closed, OSError):
                return serve.ask("ok.example") == "OK dane-only"
            return False

        # Once the daemon has seen that the others are gone.
        self.assertTrue(resolver.wait_until(is_answered))

    def test_lets_connections_wait_beyond_the_most(self):
        serve = self.serve("max_connections = 3")  # one is kept for JSON
        first, second = serve.client(), serve.client()
        self.assertEqual(first.ask("ok.example"), "OK dane-only")
        self.assertEqual(second.ask("ok.example"), "OK dane-only")
        with serve.client() as third:
            third.send("ok.example")
            first.sock.close()
            self.assertEqual(third.reply(), "OK dane-only")
        second.sock.close()

    # Whoever may connect by TCP has all of 127.0.0.0/8 to come from.
    def test_keeps_connections_for_each_listener(self):
        serve = self.serve("max_connections = 24\nmax_connections_per_peer = 24",
                           METRICS)
        with contextlib.ExitStack() as stack:
            connect_by_tcp(stack, 60)
            serve.wait_for("connections-full")
            clients = [stack.enter_context(serve.client()) for _ in range(4)]
            for client in clients:
                self.assertEqual(client.ask("ok.example"), "OK dane-only")
            self.assertEqual(
                serve.json_lines("ok.example\n")[0]["next_hop"], "ok.example")

    def test_keeps_connections_for_each_listener_by_tcp(self):
        serve = self.serve("max_connections = 48\nmax_connections_per_peer = 24",
                           METRICS + TCP_MAP)
        with contextlib.ExitStack() as stack:
            connect_by_tcp(stack, 60)
            serve.wait_for("connection-refused")
            clients = [stack.enter_context(socketmap.Client(TCP_MAP_AT))
                       for _ in range(4)]
            for client in clients:
                self.assertEqual(client.ask("ok.example"), "OK dane-only")

    def test_counts_all_of_loopback_as_one_peer(self):
        serve = self.serve("max_connections_per_peer = 3", METRICS)
        with contextlib.ExitStack() as stack:
            connect_by_tcp(stack, 4)
            serve.wait_for("connection-refused error=\"loopback has 3 connections "
                           "(max_connections_per_peer)\"")

    def test_ends_requests_whose_octets_drip(self):
        serve = self.serve()
        for path, text in ((serve.map, b"16:QUERY ok.example,"),
                           (serve.json, b'{"domain": "ok.example"}\n')):
            with socketmap.connect(path) as sock:
                began = time.monotonic()
                sock.settimeout(1)
                said = b""
                # An octet a second.
                for octet in text + text:
                    with contextlib.suppress(BrokenPipeError,
                                             ConnectionResetError):
                        sock.send(bytes([octet]))
                    with contextlib.suppress(TimeoutError):
                        said = sock.recv(4096)
                        break
                self.assertLess(time.monotonic() - began, 7)
                self.assertIn(b"did not come within 5 s", said)

    def test_takes_its_time_over_requests_that_are_whole(self):
        serve = self.serve()
        with serve.client() as client:
            for _ in range(4):
                self.assertEqual(client.ask("ok.example"), "OK dane-only")
                time.sleep(2)

    def test_defers_lookups_beyond_the_most(self):
        serve = self.serve("max_lookups = 1\nsocketmap_deadline_ms = 2000")
        with serve.client() as client:
            client.send("d3.silent.example")
            self.assertTrue(resolver.wait_until(
                lambda: self.unbound.counter("lookups.open") > 0))
            self.assertRegex(serve.ask("ok.example"), "^TEMP busy: ")
            self.assertRegex(client.reply(), "^TEMP ")
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")

    def test_leaves_lookups_for_other_peers(self):
        serve = self.serve(
            "max_lookups_per_peer = 2\nsocketmap_deadline_ms = 2000", tail=f"""
[[listen]]
protocol = "socketmap"
tcp = "{TCP[0]}:{TCP[1]}"
""")
        with serve.client() as greedy:
            for name in ("d4.silent.example", "d5.silent.example"):
                greedy.send(name)
            self.assertTrue(resolver.wait_until(
                lambda: self.unbound.counter("lookups.open") > 1))
            self.assertRegex(
                serve.ask("ok.example"),
                "^TEMP busy: uid [0-9]+ has 2 lookups open .max_lookups_per_peer")
            with socketmap.Client(TCP) as other:
                self.assertEqual(other.ask("ok.example"), "OK dane-only")
            for _ in range(2):
                self.assertRegex(greedy.reply(), "^TEMP ")
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")

    def test_serves_many_connections_at_once(self):
        serve = self.serve()
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(serve.client()) for _ in range(300)]
            for client in clients:
                client.send("d4.late.example")
            self.assertEqual({client.reply() for client in clients},
                             {"OK dane-only"})

    # Equal lookups that are open at the same time are one.
    def test_asks_the_module_once_for_equal_questions(self):
        serve = self.serve("max_lookups = 1")
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(serve.client()) for _ in range(20)]
            for client in clients:
                client.send("d5.late.example")
            self.assertEqual({client.reply() for client in clients},
                             {"OK dane-only"})

    # UndefinedBehaviorSanitizer looks at a virtual call through a pipe, which
    # it cannot have here.
    @unittest.skipIf(SANITIZED, "the sanitizer needs descriptors of its own")
    def test_goes_on_when_descriptors_run_out(self):
        serve = self.serve()
        limit = serve.open_files() + 3
        subprocess.run(["prlimit", f"--pid={serve.process.pid}",
                        f"--nofile={limit}"], check=True)
        with contextlib.ExitStack() as stack:
            for _ in range(10):
                stack.enter_context(serve.client())
            serve.wait_for("accept-failed")
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")


class Life(ServeTest):
    def test_defers_without_a_module(self):
        serve = self.serve(module_socket="/nonexistent/module.sock",
                           head="socketmap_deadline_ms = 500")
        self.assertRegex(serve.ask("ok.example"), "^TEMP (deadline|unavail)")
        line, = serve.json_lines("ok.example\n")
        self.assertEqual(line["disposition"], "defer")
        self.assertIn("/nonexistent/module.sock", line["error"])
        self.assertEqual(serve.ask(".example"), "NOTFOUND ")

    def test_answers_across_a_restart_of_the_resolver(self):
        own = resolver.Resolver(server=["interface: 127.53.1.3"])
        self.addCleanup(own.stop)
        serve = self.serve(module_socket=own.socket)
        with serve.client() as client:
            client.send("d6.late.example")
            own.process.kill()
            own.process.wait()
            own.log_file.unlink()
            own.start()
            self.assertEqual(client.reply(), "OK dane-only")

    def test_defers_without_a_validator(self):
        own = resolver.Resolver(server=["interface: 127.53.1.4"],
                                modules="dynlib iterator")
        self.addCleanup(own.stop)
        serve = self.serve(module_socket=own.socket)
        self.assertRegex(serve.ask("ok.example"), "^TEMP no-verdict: ")

    def test_reloads_without_dropping_a_connection(self):
        serve = self.serve()
        with serve.client() as client:
            self.assertEqual(client.ask("ok.example"), "OK dane-only")
            serve.write(tail='[default]\npolicy = "off"\n' + f"""
[[listen]]
protocol = "socketmap"
tcp = "{TCP[0]}:{TCP[1]}"
""")
            serve.reload()
            self.assertEqual(client.ask("ok.example"), "NOTFOUND ")
            with socketmap.Client(TCP) as other:
                self.assertEqual(other.ask("ok.example"), "NOTFOUND ")
            serve.conf.write_text("nonsense = 1\n")
            serve.reload()
            serve.wait_for("reload-failed")
            serve.wait_for("serve.conf:1:12")
            self.assertEqual(client.ask("ok.example"), "NOTFOUND ")
            serve.write(listen="")
            serve.reload()
            self.assertEqual(client.ask("ok.example"), "OK dane-only")
            self.assertFalse(serve.map.exists())

    # Editors and configuration management move a file away, or write it
    # slowly.
    def test_keeps_its_settings_when_the_file_is_missing_or_empty(self):
        serve = self.serve(tail='[default]\npolicy = "off"\n')
        whole = serve.conf.read_text()
        for trouble in (serve.conf.unlink,
                        lambda: serve.conf.write_text(""),
                        lambda: serve.conf.write_text(" \n\n")):
            trouble()
            serve.reload()
            self.assertEqual(serve.ask("ok.example"), "NOTFOUND ")
            self.assertNotIn("reloaded", serve.log())
        serve.wait_for("No such file")
        serve.wait_for("the file is empty")
        serve.conf.write_text(whole)
        serve.reload()
        serve.wait_for("reloaded")

    def test_says_which_destinations_demand_less_after_a_reload(self):
        serve = self.serve(tail="""
[default]
policy = "require"
[destinations."ok.example"]
policy = "require"
[destinations.".example"]
insecure_mx = "encrypt"
""")
        serve.write(tail='[destinations.".example"]\npolicy = "audit"\n')
        serve.reload()
        serve.wait_for("reloaded")
        for line in ("weakened destination=default was=require is=enforce\n",
                     "weakened destination=ok.example was=require is=gone\n",
                     "weakened destination=.example was=enforce is=audit\n",
                     "weakened destination=.example was=\"insecure_mx encrypt\" "
                     "is=\"insecure_mx opportunistic\"\n"):
            self.assertIn(line, serve.log())

    def test_answers_what_is_pending_before_it_stops(self):
        serve = self.serve()
        with serve.client() as idle, serve.client() as client:
            client.send("d7.late.example")
            client.send("ok.example")
            time.sleep(0.1)
            serve.process.terminate()
            self.assertEqual(client.reply(), "OK dane-only")
            self.assertEqual(client.reply(), "OK dane-only")
            with self.assertRaises(socketmap.Closed):
                idle.reply()
        self.assertEqual(serve.process.wait(5), 0)
        self.assertFalse(serve.map.exists())

    def test_makes_sockets_with_their_mode_and_takes_only_dead_ones(self):
        serve = self.serve()
        self.assertEqual(stat.S_IMODE(serve.map.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(serve.json.stat().st_mode), 0o660)
        second = subprocess.run([DANEBOUND, "serve", "--config",
                                 str(serve.conf)], capture_output=True,
                                text=True, timeout=10, check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("belongs to a running server", second.stderr)
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        serve.process.kill()
        serve.process.wait()
        self.assertTrue(serve.map.exists())
        again = Serve(serve.module_socket)
        self.addCleanup(again.stop)
        again.conf.write_text(serve.conf.read_text())
        again.reload()
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        serve.process = again.process

    def test_never_removes_what_is_no_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "map.sock"
            path.write_text("precious")
            conf = pathlib.Path(folder) / "serve.conf"
            conf.write_text('[[listen]]\nprotocol = "socketmap"\n'
                            f'unix = "{path}"\n')
            result = subprocess.run([DANEBOUND, "serve", "--config", conf],
                                    capture_output=True, text=True,
                                    timeout=10, check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("is no socket", result.stderr)
            self.assertEqual(path.read_text(), "precious")

    def test_checks_settings(self):
        with tempfile.TemporaryDirectory() as folder:
            conf = pathlib.Path(folder) / "serve.conf"
            for text, code, words in (
                    ("# as by default\n", 0, "good"),
                    ("x = 1\n", 1, ":1:5: unknown key"),
                    ("max_lookups = 0\nnonsense = 1\n", 1,
                     f"from 1 to 100000\n{conf}:2:12: unknown key"),
                    (" \n", 1, "the file is empty"),
                    (None, 1, "No such file")):
                conf.unlink(missing_ok=True)
                if text is not None:
                    conf.write_text(text)
                result = subprocess.run(
                    [DANEBOUND, "serve", "--check-config", "--config", conf],
                    capture_output=True, text=True, timeout=10, check=False)
                self.assertEqual(result.returncode, code)
                self.assertIn(words, result.stdout + result.stderr)

    def test_asks_another_module_after_a_reload(self):
        serve = self.serve(module_socket="/nonexistent/module.sock",
                           head="socketmap_deadline_ms = 500")
        self.assertRegex(serve.ask("ok.example"), "^TEMP ")
        serve.module_socket = self.unbound.socket
        serve.write()
        serve.reload()
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        with serve.client() as client:
            client.send("d8.late.example")
            serve.module_socket = "/nonexistent/module.sock"
            serve.write()
            serve.reload()
            self.assertEqual(client.reply(), "OK dane-only")


class WithoutAModule(ServeTest):
    """`--embedded`: libunbound in the daemon."""

    @classmethod
    def setUpClass(cls):
        pass

    def serve(self, *args, **options):
        return super().serve(
            *args, module_socket="/nonexistent/module.sock",
            arguments=("--embedded", "--unbound-conf",
                       os.environ["DANEBOUND_TREE_CONF"]), **options)

    def test_answers_the_same(self):
        serve = self.serve()
        serve.resolv_conf = "off"  # no name server answers here
        serve.write()
        serve.reload()
        for key, reply in (("ok.example", "OK dane-only"),
                           ("mixed.example", "OK dane"),
                           ("none.example", "NOTFOUND "),
                           ("hosted.unsigned", "NOTFOUND "),
                           ("null.example", "NOTFOUND "),
                           ("[192.0.2.1]", "NOTFOUND ")):
            self.assertEqual(serve.ask(key), reply, key)
        self.assertRegex(serve.ask("servfail.example"), "^TEMP mx-failed: ")
        self.assertRegex(serve.ask("bogus.example"), "^TEMP mx-bogus: ")
        self.assertIn("serving listeners=2 asks=libunbound\n", serve.log())

    # Who knows soon is answered soon, whatever others wait for.
    def test_serves_others_while_a_lookup_waits(self):
        serve = self.serve("socketmap_deadline_ms = 1500")
        with serve.client() as slow:
            slow.send("d0.silent.example")
            self.assertEqual(serve.ask("ok.example"), "OK dane-only")
            slow.sock.setblocking(False)
            with self.assertRaises(BlockingIOError):
                slow.sock.recv(1)
            slow.sock.settimeout(10)
            self.assertRegex(slow.reply(), "^TEMP mx-failed: .*within 1.5s")

    def test_stops_with_a_lookup_open(self):
        serve = self.serve()
        with serve.client() as client:
            client.send("d1.silent.example")
            serve.reload()
            for _ in range(2):
                serve.process.terminate()
                time.sleep(0.1)
            self.assertEqual(serve.process.wait(5), 0)

    def test_says_what_is_wrong_with_its_configuration(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            conf.write("# as by default\n")
            conf.flush()
            result = subprocess.run(
                [DANEBOUND, "serve", "--config", conf.name, "--embedded",
                 "--unbound-conf", "/nonexistent/unbound.conf"],
                capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent/unbound.conf", result.stderr)


class Systemd(ServeTest):
    def activate(self, name):
        """Starts serve as systemd does: socket 3, its own process id."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-serve-"))
        self.addCleanup(shutil.rmtree, folder)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(str(folder / "notify"))
        notify.settimeout(10)
        conf = folder / "serve.conf"
        conf.write_text(f'module_socket = "{self.unbound.socket}"\n')
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind(str(folder / "map.sock"))
        listener.listen(8)
        script = ('exec 3<&"$0"; LISTEN_FDS=1 LISTEN_PID=$$ '
                  'WATCHDOG_USEC=400000 WATCHDOG_PID=$$ exec "$@"')
        process = subprocess.Popen(
            ["bash", "-c", script, str(listener.fileno()), DANEBOUND, "serve",
             "--config", str(conf)], pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, LISTEN_FDNAMES=name,
                     NOTIFY_SOCKET=str(folder / "notify")))
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return folder, notify, process

    def test_is_told_the_state_and_gives_the_socket(self):
        folder, notify, process = self.activate("socketmap")
        self.assertEqual(notify.recv(100), b"READY=1")
        self.assertEqual(notify.recv(100), b"WATCHDOG=1")
        with socketmap.Client(folder / "map.sock") as client:
            self.assertEqual(client.ask("ok.example"), "OK dane-only")
        self.assertEqual(notify.recv(100), b"WATCHDOG=1")
        process.send_signal(signal.SIGHUP)
        words = [notify.recv(100) for _ in range(2)]
        while words[-1] != b"READY=1":
            words.append(notify.recv(100))
        self.assertTrue(any(word.startswith(b"RELOADING=1") for word in words))
        process.terminate()
        while notify.recv(100) != b"STOPPING=1":
            pass
        self.assertEqual(process.wait(5), 0)
        self.assertTrue((folder / "map.sock").exists())

    def test_must_name_the_protocol_of_its_socket(self):
        _, _, process = self.activate("other")
        self.assertEqual(process.wait(5), 1)
        self.assertIn("FileDescriptorName=", process.stderr.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
