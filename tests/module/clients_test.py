"""Bad clients: what they cost themselves, and that they cost others nothing."""

import array
import os
import pathlib
import resource
import socket
import time
import unittest

import resolver
import wire


class BadClients(resolver.ModuleTest):

    @classmethod
    def setUpClass(cls):
        cls.shared = resolver.Resolver()
        cls.shared.lookup("ok.example")

    @classmethod
    def tearDownClass(cls):
        cls.shared.stop()

    def tearDown(self):
        start = time.monotonic()
        self.assertTrue(self.shared.lookup("ok.example").from_cache)
        self.assertLess(time.monotonic() - start, 0.5)

    def assert_closed(self, client, seconds):
        client.sock.settimeout(seconds)
        with self.assertRaises(ConnectionError):
            while True:
                client.read()

    def test_half_a_frame_is_given_five_seconds(self):
        with self.shared.client() as client:
            client.send(wire.lookup_frame("ok.example")[:7])
            start = time.monotonic()
            self.assert_closed(client, 8)
            self.assertGreater(time.monotonic() - start, 4)

    def test_one_octet_a_second_is_too_slow(self):
        with self.shared.client() as client:
            octets = wire.lookup_frame("ok.example")
            with self.assertRaises(OSError):
                for octet in octets:
                    client.send(bytes([octet]))
                    time.sleep(1)
                client.read()

    def test_lengths_out_of_range_close_the_connection(self):
        for length in (b"\0\0\0\0", b"\0\0\0\3", b"\x80\0\0\0",
                       b"\xff\xff\xff\xff", b"GET "):
            with self.shared.client() as client:
                client.send(length)
                kind, _, body = client.read()
                self.assertEqual((kind, wire.ERRORS[body[0]]),
                                 (wire.ERROR, "malformed"))
                self.assert_closed(client, 2)

    def test_another_version_is_refused_and_the_stream_goes_on(self):
        with self.shared.client() as client:
            client.send(wire.frame(wire.HELLO, 9, b"\0", version=7))
            kind, request, body = client.read()
            self.assertEqual((kind, request, wire.ERRORS[body[0]]),
                             (wire.ERROR, 9, "version"))
            self.assertEqual(client.lookup("ok.example").kind, "mx")

    def test_unknown_kinds_replies_and_broken_bodies_are_malformed(self):
        with self.shared.client() as client:
            for octets in (wire.frame(77, 1), wire.frame(wire.LOOKUP, 1, b"x"),
                           wire.frame(129, 1, b"\1a\1b"),
                           wire.frame(wire.STATS, 1, b"more"),
                           wire.frame(wire.LOOKUP, 1,
                                      b"\0\0\x19" + b"\x40" * 70)):
                client.send(octets)
                kind, _, body = client.read()
                self.assertEqual((kind, wire.ERRORS[body[0]]),
                                 (wire.ERROR, "malformed"))
            self.assertEqual(client.lookup("ok.example").kind, "mx")

    def test_hang_up_mid_frame_or_before_the_reply_is_nothing(self):
        for _ in range(50):
            with self.shared.client() as client:
                client.send(wire.lookup_frame("d5.many.example")[:9])
            with self.shared.client() as client:
                client.send(wire.lookup_frame("d6.many.example"))
        self.assertTrue(resolver.wait_until(
            lambda: self.shared.counter("connections.open") == 1))

    def test_ten_thousand_pipelined_and_never_read(self):
        with self.shared.client() as client:
            client.sock.setblocking(False)
            sent = 0
            octets = b"".join(wire.lookup_frame("ok.example", number)
                              for number in range(10000))
            end = time.monotonic() + 2
            while sent < len(octets) and time.monotonic() < end:
                try:
                    sent += client.sock.send(octets[sent:])
                except BlockingIOError:
                    time.sleep(0.02)
            self.assertLess(sent, len(octets), "it read on without end")
            self.assertTrue(self.shared.lookup("ok.example").from_cache)
            hits = self.shared.counter("cache.hits")
            time.sleep(0.5)
            # The lookup between the two counts is one of ours.
            self.assertLessEqual(self.shared.counter("cache.hits"), hits)

    def test_ten_thousand_pipelined_and_read(self):
        with self.shared.client() as client:
            for first in range(0, 10000, 100):
                client.send(b"".join(
                    wire.lookup_frame("ok.example", number)
                    for number in range(first, first + 100)))
                for _ in range(100):
                    self.assertEqual(client.read_facts()[1].kind, "mx")

    def test_descriptors_sent_along_are_not_kept(self):
        before = self.shared.count_descriptors()
        with self.shared.client() as client:
            for _ in range(20):
                with open(os.devnull, "rb") as file:
                    client.sock.sendmsg(
                        [wire.lookup_frame("ok.example")],
                        [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                          array.array("i", [file.fileno()] * 10))])
                client.read()
            self.assertLessEqual(self.shared.count_descriptors(), before + 1)


class Connections(resolver.ModuleTest):

    def clients(self, unbound, count):
        clients = [unbound.client() for _ in range(count)]
        for client in clients:
            self.addCleanup(client.close)
        return clients

    def test_of_one_user_are_bounded(self):
        unbound = self.resolver(settings=["max_connections_per_user = 10"])
        clients = self.clients(unbound, 10)
        with unbound.client() as more:
            kind, request, body = more.read()
            self.assertEqual((kind, request, wire.ERRORS[body[0]]),
                             (wire.ERROR, 0, "busy"))
            self.assertIn(b"max_connections_per_user", body)
        clients.pop().close()
        time.sleep(0.2)
        self.assertEqual(clients[0].lookup("ok.example").kind, "mx")
        with unbound.client() as more:
            self.assertEqual(more.lookup("ok.example").kind, "mx")

    def test_in_all_are_bounded(self):
        unbound = self.resolver(settings=["max_connections = 10"])
        clients = self.clients(unbound, 10)
        with unbound.client() as more:
            _, _, body = more.read()
            self.assertIn(b"max_connections", body)

    def test_flood_of_connections_leaves_dns_alone(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        for _ in range(2000):
            unbound.client().close()
        self.assertTrue(unbound.resolves())
        self.assertTrue(unbound.lookup("ok.example").from_cache)

    def cpu_seconds(self, unbound):
        stat = pathlib.Path(f"/proc/{unbound.process.pid}/stat").read_text()
        words = stat.rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    # Out of descriptors the waiting client must not keep the loop busy.
    def test_accept_neither_spins_nor_dies_without_descriptors(self):
        unbound = self.resolver(
            server=["outgoing-range: 20", "num-queries-per-thread: 10",
                    "outgoing-num-tcp: 1", "incoming-num-tcp: 1"])
        unbound.lookup("ok.example")
        pid = unbound.process.pid
        used = unbound.count_descriptors()
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, hard))
        clients = self.clients(unbound, 6)
        before = self.cpu_seconds(unbound)
        time.sleep(2)
        self.assertLess(self.cpu_seconds(unbound) - before, 0.1)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 100, hard))
        time.sleep(0.5)
        self.assertEqual(clients[-1].lookup("ok.example").kind, "mx")

    def test_room_is_what_unbound_leaves(self):
        unbound = self.resolver(start=False)
        unbound.start(open_files=1024)
        self.assertIn("LimitNOFILE", unbound.log())
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")


if __name__ == "__main__":
    unittest.main()
