"""Reload and shutdown: no request is lost silently, nothing leaks."""

import signal
import threading
import time
import unittest

import resolver
import wire


class Reload(resolver.ModuleTest):

    def test_waiting_clients_are_told_to_ask_again(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        with unbound.client() as client:
            for number in range(10):
                client.send(wire.lookup_frame(f"s{number}.slow.example",
                                              number))
            time.sleep(0.3)
            unbound.reload()
            for _ in range(10):
                _, result = client.read_facts()
                self.assertIsInstance(result, wire.Refused)
                self.assertEqual(result.code, "stopping")
            with self.assertRaises(ConnectionError):
                client.read()
        self.assertEqual(unbound.lookup("s0.slow.example").kind, "mx")

    def test_by_unbound_control_is_the_same(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        before = unbound.log().count("start of service")
        unbound.control("reload")
        self.assertTrue(resolver.wait_until(
            lambda: unbound.log().count("start of service") > before))
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")

    def test_takes_new_settings(self):
        unbound = self.resolver()
        unbound.lookup("sick.example")
        unbound.write_settings("evaluated_hosts = 1")
        unbound.reload()
        facts = unbound.lookup("sick.example")
        self.assertFalse(facts.from_cache)
        self.assertEqual(facts.host("mx2.sick.example").state,
                         "not-evaluated")

    def test_fifty_reloads_leave_threads_and_descriptors_as_they_were(self):
        unbound = self.resolver(server=["num-threads: 2"])
        unbound.lookup("ok.example")
        unbound.reload()
        unbound.lookup("ok.example")
        threads = unbound.count_threads()
        descriptors = unbound.count_descriptors()
        for _ in range(50):
            unbound.reload()
            unbound.lookup("ok.example")
        self.assertEqual(unbound.count_threads(), threads)
        self.assertTrue(resolver.wait_until(
            lambda: unbound.count_descriptors() <= descriptors + 2),
            unbound.count_descriptors())

    def test_under_load_clients_see_verdicts_or_clean_errors_alone(self):
        unbound = self.resolver(server=["num-threads: 2"])
        unbound.lookup("ok.example")
        stop = threading.Event()
        wrong = []
        counts = {"verdict": 0, "told": 0, "closed": 0, "dns": 0}

        def ask(seed):
            number = seed
            while not stop.is_set():
                number += 7
                try:
                    with unbound.client(wait=5) as client:
                        facts = client.lookup(f"d{number % 1000}.many.example")
                        if (facts.kind, facts.security) != ("mx", "secure"):
                            wrong.append(facts)
                        counts["verdict"] += 1
                except wire.Refused as refused:
                    counts["told"] += 1
                    if refused.code not in ("stopping", "no-worker"):
                        wrong.append(refused)
                except ConnectionError:
                    counts["closed"] += 1

        def resolve():
            number = 0
            while not stop.is_set():
                number += 1
                counts["dns"] += unbound.resolves(
                    f"d{number % 1000}.many.example", seconds=0.5)
        threads = [threading.Thread(target=ask, args=(seed,))
                   for seed in range(8)]
        threads.append(threading.Thread(target=resolve))
        for thread in threads:
            thread.start()
        for _ in range(20):
            time.sleep(0.2)
            unbound.reload()
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertGreater(counts["verdict"], 0, counts)
        self.assertGreater(counts["dns"], 0, counts)
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")

    # flush_requestlist deletes every state, ours too; the lookup begins anew.
    def test_lookup_outlives_a_flush_of_the_request_list(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        with unbound.client() as client:
            client.send(wire.lookup_frame("slow.example"))
            time.sleep(0.3)
            unbound.control("flush_requestlist")
            self.assertEqual(client.read_facts()[1].kind, "mx")


class Shutdown(resolver.ModuleTest):

    def test_waiting_clients_are_told_and_it_takes_no_time(self):
        unbound = self.resolver(server=["num-threads: 2"])
        unbound.lookup("ok.example")
        with unbound.client() as client:
            client.send(wire.lookup_frame("silent.example"))
            time.sleep(0.3)
            start = time.monotonic()
            unbound.process.send_signal(signal.SIGTERM)
            _, result = client.read_facts()
            self.assertEqual(result.code, "stopping")
            unbound.process.wait(10)
            self.assertLess(time.monotonic() - start, 2)
        self.assertFalse(unbound.socket.exists())


if __name__ == "__main__":
    unittest.main()
