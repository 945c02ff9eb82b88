"""Dead domains keep no healthy domain waiting.

A dead domain has 16 hosts, each in a zone whose three name servers are silent.
DNS clients ask for their MX records, which starts prefetches, or mail servers
ask for their verdicts; meanwhile healthy domains that are not cached are asked
every 100 ms.
"""

import time
import unittest

import authority
import paced
import resolver
import wire

SECONDS = 5
# A lookup of a dead domain that has ended is the case that hurts: its
# sub-queries go on in the resolver.
DEADLINE_MS = 1000


class DeadDomains(resolver.ModuleTest):

    @classmethod
    def setUpClass(cls):
        cls.authority = authority.Authority()

    @classmethod
    def tearDownClass(cls):
        cls.authority.stop()

    def start(self, threads, *settings, deadline_ms=DEADLINE_MS):
        unbound = self.resolver(
            server=[f"num-threads: {threads}",
                    f'trust-anchor: "{self.authority.signed.anchor()}"'],
            settings=[f"deadline_ms = {deadline_ms}", *settings])
        # Every thread is known, and what lies above the domains is cached.
        for number in range(8 * threads):
            unbound.query(f"{number}.dead.made.unsigned", "A")
        unbound.lookup("warm.signed.made.unsigned")
        return unbound

    def assert_healthy_domains_are_answered(self, unbound):
        healthy = paced.Lookups(unbound, paced.healthy_domains())
        healthy.ask_for(SECONDS)
        self.assertEqual(healthy.failures(), [], unbound.stats())

    def prefetch(self, unbound, domains):
        for number in range(domains):
            self.assertTrue(unbound.resolves(f"d{number}.dead.made.unsigned"))

    def ask(self, unbound, domains):
        client = unbound.client()
        self.addCleanup(client.close)
        for number in range(domains):
            client.send(wire.lookup_frame(f"d{number}.dead.made.unsigned",
                                          number))

    def check_prefetched(self, domains, threads):
        unbound = self.start(threads)
        self.prefetch(unbound, domains)
        time.sleep(1)
        self.assert_healthy_domains_are_answered(unbound)

    def check_asked(self, domains, threads):
        unbound = self.start(threads, "prefetch = false")
        self.ask(unbound, domains)
        time.sleep(1)
        self.assert_healthy_domains_are_answered(unbound)

    def test_two_that_a_dns_client_asks_for(self):
        self.check_prefetched(2, threads=1)

    def test_thirty_two_that_a_dns_client_asks_for(self):
        self.check_prefetched(32, threads=1)

    def test_thirty_two_that_a_dns_client_asks_four_threads_for(self):
        self.check_prefetched(32, threads=4)

    def test_two_that_a_mail_server_asks_for(self):
        self.check_asked(2, threads=1)

    def test_thirty_two_that_a_mail_server_asks_for(self):
        self.check_asked(32, threads=1)

    def test_thirty_two_that_a_mail_server_asks_four_threads_for(self):
        self.check_asked(32, threads=4)

    # Three run beside each other before the first one ends.
    def test_one_a_second_that_a_dns_client_asks_for(self):
        unbound = self.start(1, deadline_ms=3000)
        healthy = paced.Lookups(unbound, paced.healthy_domains())
        for number in range(8):
            unbound.query(f"d{number}.dead.made.unsigned", "MX")
            healthy.ask_for(1)
        self.assertEqual(healthy.failures(), [], unbound.stats())


if __name__ == "__main__":
    unittest.main()
