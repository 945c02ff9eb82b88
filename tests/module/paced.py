"""Askers that keep their pace, whatever becomes of the answers."""

import dataclasses
import itertools
import threading
import time

import wire

INTERVAL = 0.1  # seconds


@dataclasses.dataclass
class Outcome:
    """How one lookup went; `word` is "mx" or what was wrong."""
    domain: str
    word: str
    seconds: float


def healthy_domains():
    """Domains of authority.py with a host each, of which none is cached yet."""
    return (f"w{number}.signed.made.unsigned" for number in itertools.count())


class Lookups:
    """Asks the module for one domain after the other, each on a connection
    and a thread of its own."""

    def __init__(self, unbound, domains, interval=INTERVAL):
        self.outcomes = []
        self._unbound = unbound
        self._domains = domains
        self._interval = interval
        self._threads = []

    def ask_for(self, seconds):
        """Asks at the pace, and returns without waiting for the last."""
        end = time.monotonic() + seconds
        due = time.monotonic()
        while due < end:
            thread = threading.Thread(target=self._ask,
                                      args=(next(self._domains),))
            thread.start()
            self._threads.append(thread)
            due += self._interval
            time.sleep(max(0, due - time.monotonic()))

    def wait(self):
        """Waits for the last, and returns all outcomes."""
        for thread in self._threads:
            thread.join()
        self._threads = []
        return self.outcomes

    def failures(self):
        """Every lookup but those that found the domain's MX records."""
        return [outcome for outcome in self.wait() if outcome.word != "mx"]

    def _ask(self, domain):
        start = time.monotonic()
        try:
            word = self._unbound.lookup(domain).kind
        except wire.Refused as refused:
            word = refused.code
        except OSError as error:
            word = str(error)
        self.outcomes.append(Outcome(domain, word, time.monotonic() - start))


def percentile(values, share):
    """The value that `share` (0 to 1) of all lie below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
