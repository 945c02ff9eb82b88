"""A step of the wall clock makes no record of DNS live longer."""

import os
import pathlib
import time
import unittest
import unittest.mock

import authority
import resolver
import wire

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
                None)
DOMAIN = "t1.signed.made.unsigned"


@unittest.skipIf(resolver.SANITIZED, "the sanitizer wants to be loaded first")
class ClockStep(resolver.ModuleTest):

    def setUp(self):
        self.assertIsNotNone(FAKETIME, "the package libfaketime is missing")
        self.authority = authority.Authority()
        self.addCleanup(self.authority.stop)
        self.unbound = self.resolver(start=False, server=[
            f'trust-anchor: "{self.authority.signed.anchor()}"'])
        self.clock = self.unbound.folder / "clock"
        self.step("+0")
        with unittest.mock.patch.dict(os.environ, {
                "LD_PRELOAD": str(FAKETIME), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_TIMESTAMP_FILE": str(self.clock)}):
            self.unbound.start()

    def step(self, offset):
        """Puts the wall clock of Unbound so far from the machine's."""
        new = self.clock.with_suffix(".new")
        new.write_text(f"{offset}\n")
        new.rename(self.clock)

    def record(self, **options):
        facts = self.unbound.lookup(DOMAIN, **options)
        self.assertEqual(facts.security, "secure", facts)
        return facts.hosts[0].tlsa[0][3], facts.hosts[0].life

    def check_that_a_new_record_is_seen_after(self, offset):
        self.assertEqual(self.record()[0], 1)
        start = time.monotonic()
        self.step(offset)
        self.authority.signed.edition.value = 2
        # The step is taken note of, with the old record still alive.
        self.unbound.lookup("ok.example")
        time.sleep(max(0, start + authority.CHANGING_TTL + 1.5
                       - time.monotonic()))
        digest, life = self.record()
        self.assertEqual(digest, 2, f"the old record, for {life} s more")
        self.assertLessEqual(life, authority.CHANGING_TTL)
        self.assertEqual(self.record(freshness=wire.FRESH)[0], 2)

    def test_backward_by_an_hour(self):
        self.check_that_a_new_record_is_seen_after("-1h")

    def test_forward_by_an_hour(self):
        self.check_that_a_new_record_is_seen_after("+1h")


if __name__ == "__main__":
    unittest.main()
