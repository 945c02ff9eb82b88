#!/usr/bin/python3
"""Bad input and greedy clients of `danebound serve`: nobody else may notice."""

import contextlib
import pathlib
import re
import socket
import subprocess
import time
import unittest

from serving import METRICS, SANITIZED, ServeTest, TCP
import resolver
import socketmap

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
        serve = self.serve("max_connections_per_user = 3")
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
        serve = self.serve("max_connections = 24\nmax_connections_per_user = 24",
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
        serve = self.serve("max_connections = 48\nmax_connections_per_user = 24",
                           METRICS + TCP_MAP)
        with contextlib.ExitStack() as stack:
            connect_by_tcp(stack, 60)
            serve.wait_for("connection-refused")
            clients = [stack.enter_context(socketmap.Client(TCP_MAP_AT))
                       for _ in range(4)]
            for client in clients:
                self.assertEqual(client.ask("ok.example"), "OK dane-only")

    def test_counts_all_of_loopback_as_one_peer(self):
        serve = self.serve("max_connections_per_user = 3", METRICS)
        with contextlib.ExitStack() as stack:
            connect_by_tcp(stack, 4)
            serve.wait_for("connection-refused error=\"loopback has 3 connections "
                           "(max_connections_per_user)\"")

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
            "max_lookups_per_user = 2\nsocketmap_deadline_ms = 2000", tail=f"""
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
                "^TEMP busy: uid [0-9]+ has 2 lookups open .max_lookups_per_user")
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


if __name__ == "__main__":
    unittest.main()
