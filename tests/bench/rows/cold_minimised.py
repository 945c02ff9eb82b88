"""The same with qname-minimisation on, Unbound's default: at the names of TLSA
records Unbound asks for `_tcp` and `_25` one by one, whoever asks it.
"""

import contextlib

from rows import cold

NAME = "cold-minimised"
TITLE = "Cold, the same, qname-minimisation on"
UNITS, PEERS, GOALS = cold.UNITS, cold.PEERS, cold.GOALS


@contextlib.contextmanager
def start(quick):
    with cold.started("yes", 2 if quick else cold.PER_ROUND) as calls:
        yield calls
