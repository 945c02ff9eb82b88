"""DANE verdicts for mail (RFC 7672), from the danebound module of the local
Unbound.

    import danebound

    with danebound.Client() as client:
        verdict = client.lookup("example.org")
        for host in verdict:
            print(host.name, host.duty)

A lookup returns a verdict or raises NoVerdict, which means: keep the message and
ask again later. Nothing that fails ever looks like "no DANE". docs/python.md has
a runnable example; docs/verdicts.md says what each word means.

It is written on danebound.h, with ctypes. Verdicts are plain values, which live
as long as anyone keeps them.
"""

from .errors import (Busy, InternalError, InvalidRequest, NotCached, NotPermitted,
                     NoVerdict, OutOfMemory, ProtocolMismatch, TimedOut,
                     Unavailable, Untrusted)
from .lookups import Client, Embedded, Freshness, InsecureMx, parse_next_hop
from .values import (Address, Cause, Check, CheckResult, Disposition, Duty, Host,
                     Kind, NextHop, NextHopForm, Policy, Reason, Security, Tlsa,
                     Verdict)

__all__ = [
    "Address", "Busy", "Cause", "Check", "CheckResult", "Client", "Disposition",
    "Duty", "Embedded", "Freshness", "Host", "InsecureMx", "InternalError",
    "InvalidRequest", "Kind", "NextHop", "NextHopForm", "NoVerdict", "NotCached",
    "NotPermitted", "OutOfMemory", "Policy", "ProtocolMismatch", "Reason",
    "Security", "TimedOut", "Tlsa", "Unavailable", "Untrusted", "Verdict",
    "parse_next_hop"]
