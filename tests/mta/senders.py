"""What the tests of deliveries ask of a mail server that sends.

A sender is an MTA in a root of its own that takes its policies from danebound.
It gets one message for each domain, and tells what became of it. Whether that is
true is seen at the servers that receive (receivers.py).
"""

import time
from typing import NamedTuple

RESULT_WAIT = 60.0  # seconds


class Result(NamedTuple):
    """What the MTA says of its first attempt to deliver a message."""
    state: str  # "delivered", "deferred" or "bounced"
    text: str   # the line of its log that says so


class Arrival(NamedTuple):
    """A message at a server that receives."""
    server: str  # of receivers.SERVERS: "right", "attacker", "clear", …
    tls: bool


class Expected(NamedTuple):
    """What must become of a message."""
    state: str
    arrivals: tuple = ()  # of Arrival: where it must be; in no other place
    words: str = ""       # which the result's text must have


def delivered(server, tls=True, words=""):
    return Expected("delivered", (Arrival(server, tls),), words)


def deferred(words):
    return Expected("deferred", (), words)


def bounced(words):
    return Expected("bounced", (), words)


class SenderFailure(Exception):
    """The MTA did not start, or did not say what became of a message."""


class Sender:
    """An MTA that has danebound as its source of policies. Close it.

    resolver       address of the validating resolver
    module_socket  of the module, which `danebound serve` or the MTA itself asks
    settings       TOML, more settings of `danebound serve`

    NAME            of the MTA
    EXPECTED        what must happen in each scenario of deliveries.py:
                    {scenario: Expected}
    SETTINGS        what reload() takes, by name; "enforce" are those of EXPECTED
    EXPECTED_UNDER  the same under other SETTINGS, for scenarios where they matter:
                    {name of the settings: {scenario: Expected}}
    """

    NAME = ""
    EXPECTED = {}
    SETTINGS = {
        "enforce": "",
        "audit": '[default]\npolicy = "audit"\n',
        "require": '[default]\npolicy = "require"\n',
        "off": '[default]\npolicy = "off"\n',
        "insecure-mx-encrypt": '[default]\ninsecure_mx = "encrypt"\n',
        "insecure-mx-authenticate":
            '[default]\ninsecure_mx = "authenticate"\n',
        # Two exceptions, of which one has ended.
        "exceptions": """
[[exceptions]]
next_hop = "mismatching.example"
until = 2100-01-01
reason = "their certificate expired, ticket 1234"
[[exceptions]]
next_hop = "stripped.example"
until = 2020-01-01
reason = "they are mending STARTTLS, ticket 1235"
""",
    }
    EXPECTED_UNDER = {}
    serve = None  # a ServeDaemon, while one runs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, domains):
        """Hands over a message for user@DOMAIN each, whose subject is the domain.

        Returns at once. Results are those of the last send.
        """
        raise NotImplementedError

    def results(self, domains):
        """{domain: Result}, once each message had its first attempt."""
        end = time.monotonic() + RESULT_WAIT
        found = self.results_so_far()
        while not found.keys() >= set(domains):
            if time.monotonic() > end:
                missing = ", ".join(sorted(set(domains) - found.keys()))
                raise SenderFailure(f"{self.NAME} says nothing of {missing}:\n"
                                    f"{self.log()}\n" +
                                    "\n".join(self.decisions()))
            time.sleep(0.05)
            found = self.results_so_far()
        return {domain: found[domain] for domain in domains}

    def results_so_far(self):
        """{domain: Result} of those whose first attempt ended."""
        raise NotImplementedError

    def log(self):
        """The MTA's log."""
        raise NotImplementedError

    def decisions(self):
        """The lines in which `danebound serve` says what it answered."""
        return self.serve.decisions()

    def reload(self, settings):
        """Gives `danebound serve` other settings while all goes on."""
        self.serve.reload(settings)

    def stop_serve(self):
        if self.serve is not None:
            self.serve.stop()
            self.serve = None

    def close(self):
        raise NotImplementedError
