"""One client with one connection keeps 32 requests for a cached domain open, by
the functions for event loops (danebound_client_start, _advance, _take), and
asks again for each that is answered. Client and server have two cores. The
client of the echo writes as many requests at once as replies came with its last
read, and the echo answers all that it reads by one write: what a protocol can
gain by many frames in one call.
"""

import contextlib

from results import Goal
from rows import clients

NAME = "flight"
TITLE = "Cached verdicts, one client with 32 in flight"
UNITS = clients.UNITS
PEERS = {"danebound": "libdanebound, event loop (C)", "echo": "bare echo"}
GOALS = [Goal("rate", ">= 0.5", beside="echo")]
IN_FLIGHT = 32
SECONDS = 2


@contextlib.contextmanager
def start(quick):
    with clients.started("flight", IN_FLIGHT,
                         0.2 if quick else SECONDS) as calls:
        yield calls
