"""What is raised in place of a verdict."""


class NoVerdict(Exception):
    """There is no verdict. Defer: keep the message, and ask again later.

    The text is for the log; it names what is at fault and what to do. The kinds
    below say more to those who can do something about it.
    """


class InvalidRequest(NoVerdict):
    """A mistake of the caller: not a next hop, or a value out of range. Asking
    again will not help."""


class OutOfMemory(NoVerdict):
    """Out of memory."""


class TimedOut(NoVerdict):
    """No answer within the timeout."""


class Unavailable(NoVerdict):
    """No module behind the socket, or it stops; later may help. Or
    danebound's library is not installed."""


class NotPermitted(NoVerdict):
    """The socket may not be used: its mode, or that of its folder."""


class NotCached(NoVerdict):
    """Not in the cache, where that alone was asked; or a file that cannot be
    read."""


class Busy(NoVerdict):
    """A bound of the module or of the machine is reached. Later may help."""


class Untrusted(NoVerdict):
    """The resolver does not validate, so that nothing it says can be trusted."""


class ProtocolMismatch(NoVerdict):
    """Who answers is no danebound module of this release."""


class InternalError(NoVerdict):
    """Anything else: report it."""


_KINDS = {-1: InvalidRequest, -2: OutOfMemory, -3: TimedOut, -4: Unavailable,
          -5: NotPermitted, -6: NotCached, -7: Busy, -8: Untrusted,
          -9: ProtocolMismatch}


def error_for(error: int, why: str) -> NoVerdict:
    """What a danebound_error below 0 means.

    why  the text of the library
    """
    return _KINDS.get(error, InternalError)(why)
