"""The counters of `danebound stats`: docs/protocol.md has all of them, and no
other."""

import pathlib
import re
import time
import unittest

import resolver
import wire

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "protocol.md"

OTHER_ADDRESS = "127.53.1.4"

# Take more than four thousand domains, and more than the service can take at once.
RARE = {"prefetch.dropped.full", "prefetch.dropped.waiting"}


def documented():
    """The names in the table of counters."""
    rows = re.search(r"^\| counter \|.*\n\|.*\n((?:\|.*\n)+)",
                     PAGE.read_text(encoding="utf-8"), re.MULTILINE).group(1)
    names = set()
    for row in rows.splitlines():
        names |= set(re.findall(r"`([^`]+)`", row.split("|")[1]))
    return names


class Counters(resolver.ModuleTest):

    def keep_busy(self, unbound):
        """One of everything: from the cache, past the deadline, given up."""
        for domain in ("ok.example", "brief.example", "brief.example"):
            unbound.lookup(domain)
        self.assert_refused("not-cached", unbound.lookup, "d9.many.example",
                            freshness=wire.CACHED_ONLY)
        unbound.lookup("silent.example")
        with unbound.client() as client:
            for request in (1, 2):
                client.send(wire.lookup_frame("s1.slow.example", request))
            time.sleep(0.2)
        self.assertTrue(resolver.wait_until(
            lambda: unbound.counter("lookups.left") > 0))

    # The price of one prefetch is all that there is.
    def prefetch(self, unbound):
        self.assertTrue(unbound.resolves("d1.many.example"))
        self.assertTrue(resolver.wait_until(
            lambda: unbound.counter("prefetch.started") > 0))
        self.assertTrue(unbound.resolves("d2.many.example"))
        time.sleep(0.5)
        with unbound.client() as client:
            client.flush("d1.many.example")
        self.assertTrue(unbound.resolves("d1.many.example"))

    def test_are_all_listed_before_there_is_anything_to_count(self):
        fresh = self.resolver()
        fresh.lookup("ok.example")
        self.assertEqual(set(fresh.stats()), documented())

    def test_of_busy_resolvers_are_those_of_the_page(self):
        # Without room for what nobody waits for.
        narrow = self.resolver(server=["num-queries-per-thread: 2",
                                       f"interface: {OTHER_ADDRESS}"])
        for domain in ("brief.example", "brief.example"):
            narrow.lookup(domain)
        self.assertTrue(narrow.resolves("d1.many.example",
                                        address=OTHER_ADDRESS))
        wide = self.resolver(settings=["deadline_ms = 1000",
                                       "prefetch_per_second = 1"])
        self.keep_busy(wide)
        self.prefetch(wide)
        # All are listed; each that is not rare has counted.
        for unbound, names in ((wide, {"renewals.started"}),
                               (narrow, {"renewals.dropped",
                                         "prefetch.dropped.room"})):
            self.assertTrue(resolver.wait_until(
                lambda u=unbound, n=names: all(u.counter(name) > 0
                                               for name in n)))
        counted = {name for unbound in (wide, narrow)
                   for name, value in unbound.stats().items() if value > 0}
        idle = {name for name in documented() - counted - RARE
                if name.startswith(("cache.h", "cache.m", "lookups.r",
                                    "lookups.s", "lookups.c", "lookups.l",
                                    "lookups.p", "prefetch.", "renewals."))}
        self.assertEqual(idle, set(), "never counted")


if __name__ == "__main__":
    unittest.main()
