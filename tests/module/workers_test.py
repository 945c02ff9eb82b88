"""Workers: how they become known, what a DNS client can do to lookups and
lookups to DNS clients, one thread and several."""

import threading
import time
import unittest

import resolver
import wire

LOOKUP_TYPE = "TYPE65348"
REFUSED = 5


class WakeUp(resolver.ModuleTest):
    """The first request of a client needs a worker, before any DNS query."""

    def assert_wakes(self, *server):
        unbound = self.resolver(server=server)
        start = time.monotonic()
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")
        self.assertLess(time.monotonic() - start, 3)
        return unbound

    def test_through_one_address(self):
        self.assert_wakes()

    def test_through_any_address(self):
        self.assert_wakes("port: 5355", "interface: 0.0.0.0")

    def test_through_ipv6_loopback_alone(self):
        self.assert_wakes("interface: ::1")

    def test_through_tcp_alone(self):
        self.assert_wakes("do-udp: no", f"interface: {resolver.ADDRESS}")

    def test_through_another_port(self):
        self.assert_wakes("port: 5355", f"interface: {resolver.ADDRESS}")

    def test_with_several_threads(self):
        self.assert_wakes("num-threads: 4")

    def test_without_so_reuseport(self):
        self.assert_wakes("num-threads: 4", "so-reuseport: no")

    # Loopback is refused, the resolver's own address is not.
    def test_where_only_the_own_address_is_allowed(self):
        self.assert_wakes("access-control: 127.0.0.0/8 refuse",
                          f"access-control: {resolver.ADDRESS}/32 allow")

    def test_needs_access_and_says_so(self):
        unbound = self.resolver(
            server=["access-control: 127.0.0.0/8 refuse",
                    "access-control: 127.53.9.0/24 allow"])
        text = self.assert_refused("no-worker", unbound.lookup, "ok.example")
        self.assertIn("access-control", text)
        with unbound.client() as client:
            self.assertIn("access-control", client.self_test()["worker"][1])

    # The first query of a DNS client ends it.
    def test_is_not_needed_once_a_query_has_passed(self):
        unbound = self.resolver(
            server=["access-control: 127.0.0.0/8 refuse",
                    "access-control: ::1 refuse",
                    "access-control: 127.53.9.0/24 allow"])
        self.assert_refused("no-worker", unbound.lookup, "ok.example")
        question = resolver.dns.message.make_query("ok.example", "MX")
        resolver.dns.query.udp(question, resolver.ADDRESS, timeout=5,
                               source="127.53.9.1")
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")

    # Knowledge of workers must not outlive a generation.
    def test_after_each_reload(self):
        unbound = self.assert_wakes("num-threads: 2")
        for _ in range(3):
            unbound.reload()
            self.assertEqual(unbound.lookup("ok.example").kind, "mx")


class PrivateType(resolver.ModuleTest):
    """A client on the DNS port can neither start nor read a lookup."""

    def test_is_refused(self):
        unbound = self.resolver()
        for name in (".", "ok.example", "a" * 24, "a" * 24 + ".example"):
            for dns_class in ("IN", "CLASS65281"):
                answer = unbound.query(name, LOOKUP_TYPE, dns_class=dns_class)
                self.assertEqual(answer.rcode(), REFUSED, name)

    def test_is_refused_while_lookups_run(self):
        unbound = self.resolver()
        with unbound.client() as client:
            client.send(wire.lookup_frame("slow.example"))
            time.sleep(0.3)
            for number in range(50):
                answer = unbound.query(f"{number:024}", LOOKUP_TYPE)
                self.assertEqual(answer.rcode(), REFUSED)
            self.assertEqual(client.read_facts()[1].kind, "mx")

    # The names of open lookups are shown to nobody but the operator, and are
    # random.
    def test_name_of_a_lookup_is_a_random_label(self):
        unbound = self.resolver()
        names = set()
        with unbound.client() as client:
            for number in range(3):
                client.send(wire.lookup_frame(f"s{number}.slow.example"))
                resolver.wait_until(lambda: LOOKUP_TYPE in self.states(unbound))
                names |= {line.split()[3]
                          for line in self.states(unbound).splitlines()
                          if LOOKUP_TYPE in line}
                client.read_facts()
        self.assertEqual(len(names), 3)
        self.assertFalse([name for name in names if "slow" in name])

    def states(self, unbound):
        return unbound.control("dump_requestlist")


class Jostle(resolver.ModuleTest):
    """Verdict lookups take no room of DNS clients."""

    def test_clients_are_served_beside_many_slow_lookups(self):
        unbound = self.resolver(server=["num-queries-per-thread: 4",
                                        "jostle-timeout: 200"])
        unbound.lookup("ok.example")
        with unbound.client() as client:
            for number in range(20):
                client.send(wire.lookup_frame(f"s{number}.slow.example",
                                              number))
            # Slow queries of clients fill the list; they may be pushed out.
            slow = [threading.Thread(
                target=unbound.query, args=(f"q{number}.silent.example", "A"),
                kwargs={"seconds": 3}) for number in range(6)]
            for thread in slow:
                thread.start()
            time.sleep(0.4)
            for number in range(5):
                self.assertTrue(unbound.resolves(f"d{number}.many.example",
                                                 seconds=1.0), number)
            for thread in slow:
                thread.join()
            results = [client.read_facts()[1] for _ in range(20)]
        self.assertEqual({result.kind for result in results}, {"mx"})

    # Slow queries of DNS clients fill the mesh: asked lookups have a reserve.
    def test_lookups_get_through_a_full_mesh(self):
        unbound = self.resolver(server=["num-queries-per-thread: 2"])
        unbound.lookup("ok.example")
        slow = [threading.Thread(
            target=unbound.query, args=(f"q{number}.silent.example", "A"),
            kwargs={"seconds": 3}) for number in range(2)]
        for thread in slow:
            thread.start()
        time.sleep(0.4)
        for number in range(20):
            self.assertEqual(unbound.lookup(f"d{number}.many.example",
                                            timeout_ms=500).kind, "mx")
        self.assertLessEqual(unbound.counter("mesh.most"),
                             unbound.counter("mesh.share"))
        for thread in slow:
            thread.join()

    # Lookups that cannot begin in time are told so, with the setting.
    def test_no_room_in_time_is_said_to_be_busy(self):
        unbound = self.resolver(server=["num-queries-per-thread: 2"])
        unbound.lookup("ok.example")
        with unbound.client() as client:
            for number in range(40):
                client.send(wire.lookup_frame(f"s{number}.slow.example",
                                              number, timeout_ms=500))
            results = [client.read_facts()[1] for _ in range(40)]
        refused = [each for each in results if isinstance(each, wire.Refused)]
        self.assertTrue(refused)
        for each in refused:
            self.assertEqual(each.code, "busy")
            self.assertIn("mesh_share", each.text)


class Threads(resolver.ModuleTest):

    def test_lookups_are_spread_over_all_known_workers(self):
        unbound = self.resolver(server=["num-threads: 4"])
        for number in range(60):
            self.assertTrue(unbound.resolves(f"d{number}.many.example"))
        with unbound.client() as client:
            known = client.stats()["workers.known"]
            self.assertGreaterEqual(known, 2)
            for number in range(known * 10):
                client.send(wire.lookup_frame(f"s{number}.slow.example",
                                              number))
            time.sleep(0.5)
            started = unbound.counter("lookups.open")
            self.assertEqual(started, known * 10)
            results = [client.read_facts()[1] for _ in range(known * 10)]
        self.assertEqual({result.kind for result in results}, {"mx"})

    def test_many_clients_at_once(self):
        unbound = self.resolver(server=["num-threads: 4"])
        failures = []

        def ask(first):
            with unbound.client() as client:
                for number in range(first, first + 100):
                    facts = client.lookup(f"d{number % 250}.many.example")
                    if facts.kind != "mx":
                        failures.append(facts)
        threads = [threading.Thread(target=ask, args=(first,))
                   for first in range(0, 400, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    # Every state of ours is gone when its lookup is.
    def test_nothing_is_left_in_the_mesh(self):
        unbound = self.resolver(settings=["deadline_ms = 500"])
        for domain in ("ok.example", "part.example", "silent.example"):
            unbound.lookup(domain)
        self.assertNotIn(LOOKUP_TYPE, unbound.control("dump_requestlist"))


if __name__ == "__main__":
    unittest.main()
