"""What one user of the socket opens keeps no other user waiting.

Users are told apart by what the kernel says of the peer, so that each is a
process of its own user here.
"""

import contextlib
import multiprocessing
import os
import time
import unittest

import authority
import resolver
import wire

ONE, OTHER = 65533, 65534  # users that nobody is
# Seconds. On a busy machine a lookup may become a slow one, which has turns of
# two and four seconds; as long as dead domains take it must not.
PROMPT = 4.9


def _as_user(user, call, results):
    os.setuid(user)
    results.put(call())


def as_user(user, call):
    """What the call returns in a process of that user."""
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=_as_user,
                                      args=(user, call, results), daemon=True)
    process.start()
    try:
        return results.get(timeout=60)
    finally:
        process.join(10)
        process.kill()


def may_be_other_users():
    """Not so where the tree runs in a namespace of an unprivileged user."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return os.geteuid() == 0 and any(
            int(first) <= ONE and OTHER < int(first) + int(count)
            for first, _, count in (line.split() for line in file))


@unittest.skipUnless(may_be_other_users(), "needs root, to be other users")
class UserBound(resolver.ModuleTest):

    @classmethod
    def setUpClass(cls):
        cls.authority = authority.Authority()

    @classmethod
    def tearDownClass(cls):
        cls.authority.stop()

    def setUp(self):
        self.unbound = self.resolver(
            server=[f'trust-anchor: "{self.authority.signed.anchor()}"'],
            settings=['socket_mode = "0666"'])
        self.unbound.folder.chmod(0o755)
        self.unbound.lookup("warm.signed.made.unsigned")
        self.unbound.query("dead.made.unsigned", "A")

    def open_and_hang_up(self):
        """Asks for 18 times 64 dead domains, and waits for none of them."""
        for number in range(18):
            with self.unbound.client() as client:
                client.send(b"".join(
                    wire.lookup_frame(f"d{number * 64 + each}.dead.made."
                                      f"unsigned", each)
                    for each in range(64)))
                time.sleep(0.05)
        return True

    def look_up_healthy_domains(self):
        """Words and seconds of ten lookups, one after the other."""
        outcomes = []
        for number in range(10):
            start = time.monotonic()
            try:
                word = self.unbound.lookup(f"w{number}.signed.made.unsigned",
                                           timeout_ms=5000).kind
            except wire.Refused as refused:
                word = refused.code
            outcomes.append((word, time.monotonic() - start))
        return outcomes

    def assert_other_user_is_served(self):
        outcomes = as_user(OTHER, self.look_up_healthy_domains)
        self.assertEqual({word for word, _ in outcomes}, {"mx"}, outcomes)
        self.assertLess(max(seconds for _, seconds in outcomes), PROMPT)

    def test_lookups_that_were_opened_and_left_keep_no_place(self):
        self.assertTrue(as_user(ONE, self.open_and_hang_up))
        self.assert_other_user_is_served()

    def test_lookups_of_dead_domains_leave_other_users_theirs(self):
        with contextlib.ExitStack() as stack:
            ready, enough = multiprocessing.Event(), multiprocessing.Event()
            process = multiprocessing.Process(
                target=_as_user, daemon=True,
                args=(ONE, lambda: self.hold_open(ready, enough),
                      multiprocessing.Queue()))
            process.start()
            stack.callback(process.join, 10)
            stack.callback(enough.set)
            self.assertTrue(ready.wait(20))
            self.assert_other_user_is_served()

    def hold_open(self, ready, enough):
        """Waits for more dead domains than may be open in all."""
        with contextlib.ExitStack() as stack:
            for number in range(18):
                client = stack.enter_context(self.unbound.client())
                client.send(b"".join(
                    wire.lookup_frame(f"d{number * 64 + each}.dead.made."
                                      f"unsigned", each)
                    for each in range(64)))
            ready.set()
            enough.wait(40)

    def test_ten_thousand_self_tests_hold_up_no_lookup(self):
        with contextlib.ExitStack() as stack:
            for _ in range(100):
                client = stack.enter_context(self.unbound.client())
                client.sock.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    client.sock.send(wire.frame(wire.SELF_TEST, 1) * 100)
            self.assert_other_user_is_served()


if __name__ == "__main__":
    unittest.main()
