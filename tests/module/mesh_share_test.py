"""The module takes a share of the resolver's mesh, and keeps a small reserve.

What stands in the mesh is seen from outside, by `unbound-control
dump_requestlist`, which lists every state of the first thread.
"""

import socket
import threading
import time
import unittest

import dns.message

import authority
import paced
import resolver
import wire

ROOM = 1024  # num-queries-per-thread
LOOKUP_TYPE = "TYPE65348"


class MeshTest(resolver.ModuleTest):
    """Tests that look into the mesh."""

    @classmethod
    def setUpClass(cls):
        cls.authority = authority.Authority()

    @classmethod
    def tearDownClass(cls):
        cls.authority.stop()

    def start(self, room, *settings):
        unbound = self.resolver(
            server=[f"num-queries-per-thread: {room}",
                    f'trust-anchor: "{self.authority.signed.anchor()}"'],
            settings=settings)
        unbound.lookup("warm.signed.made.unsigned")
        unbound.query("dead.made.unsigned", "A")
        return unbound

    def own_states(self, unbound):
        """States of lookups, and of what they ask: nobody else asks for hosts
        of the dead domains."""
        return len([line for line in
                    unbound.control("dump_requestlist").splitlines()
                    if "dead.made.unsigned." in line and " MX " not in line
                    or LOOKUP_TYPE in line])

    def most_states(self, unbound, seconds):
        """The most that were seen, looking often."""
        most = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            most = max(most, self.own_states(unbound))
            time.sleep(0.1)
        return most


class MeshShare(MeshTest):

    def counters(self, unbound, name):
        """Those of all workers."""
        return [value for key, value in unbound.stats().items()
                if key.startswith(name)]

    def assert_the_module_counts_the_same(self, unbound, most):
        share = self.counters(unbound, "mesh.share")
        self.assertTrue(share, "no counter mesh.share")
        self.assertEqual(max(share), ROOM // 4)
        counted = max(self.counters(unbound, "mesh.most"))
        self.assertLessEqual(counted, ROOM // 4)
        # A sample from outside misses the worst moment, and never exceeds it.
        self.assertGreaterEqual(counted, most)

    def ask(self, unbound, domains):
        client = unbound.client()
        self.addCleanup(client.close)
        for number in range(domains):
            client.send(wire.lookup_frame(f"d{number}.dead.made.unsigned",
                                          number))

    def test_of_prefetches_is_at_most_a_tenth(self):
        unbound = self.start(ROOM)
        for number in range(32):
            self.assertTrue(unbound.resolves(f"d{number}.dead.made.unsigned"))
        most = self.most_states(unbound, 5)
        self.assertGreater(most, 0)
        self.assertLessEqual(most, ROOM // 10)
        self.assert_the_module_counts_the_same(unbound, most)

    def test_of_lookups_that_are_asked_for_is_at_most_a_quarter(self):
        unbound = self.start(ROOM)
        self.ask(unbound, 64)
        for number in range(100, 132):
            self.assertTrue(unbound.resolves(f"d{number}.dead.made.unsigned"))
        most = self.most_states(unbound, 5)
        self.assertGreater(most, 0)
        self.assertLessEqual(most, ROOM // 4)
        self.assert_the_module_counts_the_same(unbound, most)

    # What an ended lookup asked is not left to the resolver, which goes on
    # with it for up to minutes.
    def test_is_given_back_when_lookups_end(self):
        unbound = self.start(ROOM, "deadline_ms = 1000", "prefetch = false")
        self.ask(unbound, 16)
        self.assertTrue(resolver.wait_until(
            lambda: self.own_states(unbound) > 0))
        self.assertTrue(resolver.wait_until(
            lambda: self.own_states(unbound) == 0),
            unbound.control("dump_requestlist")[:1000])

    def test_of_a_small_mesh_lets_a_large_lookup_through(self):
        unbound = self.start(64)
        facts = unbound.lookup("d1.signed.made.unsigned")
        self.assertEqual({host.state for host in facts.hosts}, {"tlsa"})


class FullMesh(MeshTest):
    """Queries of DNS clients for silent zones fill the mesh."""

    ROOM = 256

    def setUp(self):
        self.unbound = self.start(self.ROOM, "deadline_ms = 3000",
                                  "prefetch = false")
        self.stop = threading.Event()
        self.filler = threading.Thread(target=self.fill)
        self.filler.start()
        self.addCleanup(self.filler.join)
        self.addCleanup(self.stop.set)
        self.assertTrue(resolver.wait_until(self.is_full))

    def fill(self):
        """Asks for more names than the mesh holds, and goes on."""
        number = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((resolver.ADDRESS, 53))
            while not self.stop.is_set():
                for _ in range(20):
                    sock.send(dns.message.make_query(
                        f"q{number}.sluggish.made.unsigned", "A").to_wire())
                    number += 1
                time.sleep(0.05)

    def is_full(self):
        return self.unbound.control("dump_requestlist").count(
            "sluggish") >= self.ROOM

    def test_does_not_keep_healthy_lookups_out(self):
        healthy = paced.Lookups(self.unbound, paced.healthy_domains())
        healthy.ask_for(5)
        self.assertEqual(healthy.failures(), [])

    def test_keeps_no_client_past_its_deadline(self):
        client = self.unbound.client()
        self.addCleanup(client.close)
        start = time.monotonic()
        for number in range(20):
            client.send(wire.lookup_frame(f"d{number}.dead.made.unsigned",
                                          number, timeout_ms=1000))
        for _ in range(20):
            client.read_facts()
        self.assertLess(time.monotonic() - start, 1.5)
        self.assertTrue(resolver.wait_until(
            lambda: self.own_states(self.unbound) == 0))


if __name__ == "__main__":
    unittest.main()
