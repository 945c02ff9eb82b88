"""Lack of memory in a real Unbound: the n-th allocation of the module fails, or
the n-th and those that follow, for n = 1, 2, ... at the start, at a worker's
first query, at a lookup, at a cached one, at a reload and at the end.

Each time Unbound answers DNS and ends cleanly, a client gets a reply or a
closed connection, and with memory the module gives verdicts again, at the
latest after a reload. An operator new of the test's own (failing_new_preload.cc)
is put in the place of the usual one.
"""

import mmap
import os
import struct
import time
import unittest

import resolver
import wire

PRELOAD = os.environ["DANEBOUND_TEST_FAILING_NEW"]
BURSTS = (1, 3)
FIRST = 50  # of these every allocation fails once, then every STEP-th
STEP = 7
MOST = 700
CLIENT_SECONDS = 4  # deadline_ms is 2000


class Shortage:
    """What the preloaded operator new looks at."""

    def __init__(self, path):
        path.write_bytes(bytes(24))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 24)

    def begin(self, n, failures):
        self._map[:16] = struct.pack("=qq", n, failures)
        self._map[16:24] = struct.pack("=q", 1)

    def end_of_run(self):
        """There is memory again."""
        self._map[16:24] = struct.pack("=q", 0)

    def end(self):
        """Says whether the n-th allocation was made."""
        self.end_of_run()
        return struct.unpack("=q", self._map[:8])[0] <= 0


def numbers(step=1):
    """Which allocations fail."""
    yield from range(1, FIRST, step)
    yield from range(FIRST, MOST, STEP * step)


@unittest.skipIf(resolver.SANITIZED, "the sanitizer has an operator new")
class OutOfMemory(resolver.ModuleTest):

    def start(self, start=True, **options):
        """An Unbound whose module can be made short of memory."""
        unbound = self.resolver(
            server=["num-threads: 1"], settings=["prefetch = false", "deadline_ms = 2000"],
            start=False, **options)
        self.shortage = Shortage(unbound.folder / "shortage")
        os.environ["DANEBOUND_SHORTAGE"] = str(unbound.folder / "shortage")
        os.environ["LD_PRELOAD"] = PRELOAD
        self.addCleanup(os.environ.pop, "LD_PRELOAD", None)
        self.addCleanup(os.environ.pop, "DANEBOUND_SHORTAGE", None)
        if start:
            unbound.start()
        return unbound

    def each_failure(self, run, before=lambda: None, step=1):
        """Runs while the n-th allocation fails, until a run makes fewer."""
        for failures in BURSTS:
            for n in numbers(step):
                with self.subTest(n=n, failures=failures):
                    before()
                    self.shortage.begin(n, failures)
                    run()
                if not self.shortage.end():
                    break
            self.assertGreater(n, 1, "the module allocated nothing")

    def ask(self, unbound, domain, freshness=wire.ANY):
        """A client that must not hang: a verdict, an error or an end."""
        begun = time.monotonic()
        try:
            with wire.Client(unbound.socket, CLIENT_SECONDS) as client:
                facts = client.lookup(domain, freshness=freshness)
            self.assertIn(facts.kind, ("mx", "failed"))
            self.assertNotEqual(facts.security, "insecure")
        except wire.Refused as refused:
            self.assertIn(refused.code, wire.ERRORS)
        except TimeoutError:
            self.fail(f"{time.monotonic() - begun:.1f} s and no reply")
        except (ConnectionError, FileNotFoundError):
            pass

    def assert_sound(self, unbound, domain="ok.example"):
        """DNS works, and verdicts are given, at the latest after a reload."""
        self.assertTrue(unbound.is_running(), unbound.words())
        self.assertTrue(unbound.resolves(), unbound.words())
        if not self.gives_verdicts(unbound, domain):
            unbound.reload()
            self.assertTrue(self.gives_verdicts(unbound, domain),
                            unbound.words())

    @staticmethod
    def gives_verdicts(unbound, domain, seconds=2.5):
        def is_given():
            try:
                with unbound.client(wait=1) as client:
                    facts = client.lookup(domain)
                return (facts.kind, facts.security) == ("mx", "secure")
            except (wire.Refused, OSError, AssertionError):
                return False
        return resolver.wait_until(is_given, seconds)

    def test_at_a_lookup_costs_that_lookup_alone(self):
        unbound = self.start()
        unbound.lookup("ok.example")

        def run():
            self.ask(unbound, "sick.example", wire.FRESH)
        self.each_failure(run)
        self.assertTrue(self.gives_verdicts(unbound, "ok.example"))
        self.assert_sound(unbound)

    def test_at_a_cached_reply_costs_that_client_alone(self):
        unbound = self.start()
        unbound.lookup("ok.example")
        self.each_failure(lambda: self.ask(unbound, "ok.example"))
        self.assertTrue(self.gives_verdicts(unbound, "ok.example"))
        self.assert_sound(unbound)

    # Each generation's worker shows itself at its first query; that the service
    # thread asks for it is a part of what may fail.
    def test_at_the_first_query_is_made_up_for_without_a_reload(self):
        unbound = self.start()

        def run():
            unbound.resolves()
            self.ask(unbound, "ok.example")
            self.shortage.end_of_run()
            self.assertTrue(self.gives_verdicts(unbound, "ok.example"),
                            unbound.words())
        self.each_failure(run, before=unbound.reload, step=3)

    def test_at_a_reload_is_made_up_for_by_another(self):
        unbound = self.start()
        unbound.lookup("ok.example")

        def run():
            unbound.reload()
            self.shortage.end_of_run()
            self.assert_sound(unbound)
        self.each_failure(run, step=11)

    def test_at_the_start_is_made_up_for_by_a_reload(self):
        for failures in BURSTS:
            for n in numbers(29):
                with self.subTest(n=n, failures=failures):
                    unbound = self.start(start=False)
                    self.shortage.begin(n, failures)
                    unbound.start()
                    self.assertTrue(unbound.resolves(), unbound.words())
                    self.shortage.end_of_run()
                    self.assert_sound(unbound)
                self.doCleanups()
                if not self.shortage.end():
                    break

    def test_at_the_end_ends_cleanly_and_tells_those_who_wait(self):
        for failures in BURSTS:
            for n in numbers(11):
                with self.subTest(n=n, failures=failures):
                    unbound = self.start()
                    unbound.lookup("ok.example")
                    with unbound.client() as client:
                        client.send(wire.lookup_frame("slow.example"))
                        time.sleep(0.05)
                        self.shortage.begin(n, failures)
                        unbound.process.terminate()
                        with self.assertRaises((ConnectionError,
                                                wire.Refused)):
                            client.sock.settimeout(CLIENT_SECONDS)
                            raise client.read_facts()[1]
                self.doCleanups()
                if not self.shortage.end():
                    break


if __name__ == "__main__":
    unittest.main()
