"""Who is asked: the module, or libunbound in this process."""

import enum
import os
import threading
import types
from typing import Iterable, Optional, Type, TypeVar, Union

from . import errors, library, values

_Path = Union[str, "os.PathLike[str]"]
_Self = TypeVar("_Self", bound="_Lookups")
_MAX_TIMEOUT = 86400.0  # seconds; a day, as in danebound.h


class InsecureMx(enum.IntEnum):
    """What secure TLSA records mean where the MX records that led there are
    insecure. RFC 7672 2.2.1."""
    OPPORTUNISTIC = 0  # nothing. Choose this one unless you know why not
    ENCRYPT = 1        # TLS without authentication
    AUTHENTICATE = 2   # authenticate the host by its own name


class Freshness(enum.IntEnum):
    """Where the module may take a verdict from. Embedded passes over it."""
    ANY = 0     # its cache, else DNS. For mail
    CACHED = 1  # its cache, else NotCached is raised
    FRESH = 2   # looked up again. For people who test


class _Lookups:
    """What Client and Embedded have in common. Close it, or use it in a with
    statement. Threads may share it; they wait for each other."""

    _FREE = ""
    _LOOKUP = ""

    def __init__(self, resolver: int) -> None:
        self._resolver: Optional[int] = resolver
        self._lock = threading.Lock()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 raised: Optional[BaseException],
                 trace: Optional[types.TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_lock"):
            self.close()

    def close(self) -> None:
        with self._lock:
            resolver, self._resolver = self._resolver, None
            if resolver is not None:
                library.call(self._FREE, resolver)

    def lookup(self, next_hop: str, *, timeout: float = 30.0, port: int = 25,
               require: bool = False,
               insecure_mx: InsecureMx = InsecureMx.OPPORTUNISTIC,
               freshness: Freshness = Freshness.ANY,
               own_names: Iterable[str] = ()) -> values.Verdict:
        """Looks up one next hop, and waits for the verdict.

        next_hop   "example.org", "[mx.example.org]", "[192.0.2.1]",
                   "[IPv6:2001:db8::1]", each may be followed by ":port"
        timeout    seconds, for all of it
        port       of a next hop that names none
        require    mandatory DANE (RFC 7672 6): a host that cannot be
                   authenticated is to be skipped
        own_names  of this machine: MX hosts no better than the best of these are
                   cut, so that mail does not loop
        raises     NoVerdict: defer
        """
        options = library.call("options_new")
        try:
            _set_options(options, timeout, port, require, insecure_mx, freshness,
                         own_names)
            return self._look_up(next_hop, options)
        finally:
            library.call("options_free", options)

    def _look_up(self, next_hop: str, options: int) -> values.Verdict:
        verdict, why = library.Out(), library.Out()
        with self._lock:
            if self._resolver is None:
                raise errors.InvalidRequest(f"{type(self).__name__} is closed")
            error = library.number(self._LOOKUP, self._resolver, _octets(next_hop),
                                   options, verdict.reference, why.reference)
        errors.raise_for(error, why.take_text())
        try:
            return values.read_verdict(verdict.address or 0)
        finally:
            library.call("verdict_free", verdict.address)


class Client(_Lookups):
    """A connection to the module, made at the first lookup and again when it
    ends.

    socket_path  None: /run/danebound/module.sock
    """

    _FREE = "client_free"
    _LOOKUP = "client_lookup"

    def __init__(self, socket_path: Optional[_Path] = None) -> None:
        client = library.call("client_new", _path(socket_path))
        if client is None:
            raise errors.OutOfMemory("out of memory")
        super().__init__(client)


class Embedded(_Lookups):
    """A validating resolver in this process, for hosts whose Unbound has no
    module. Nothing falls back to it by itself. Have one for a process, make it
    before other threads run, and do not use it after a fork.

    unbound_conf       a file as Unbound reads it; None: from the Internet's root
    trust_anchor_file  DS or DNSKEY records, besides those of unbound_conf; None:
                       those of unbound_conf where there is one, else Debian's
    raises             NoVerdict: files that cannot be read or are refused, or
                       that hold no trust anchor (Untrusted)
    """

    _FREE = "embedded_free"
    _LOOKUP = "embedded_lookup"

    def __init__(self, unbound_conf: Optional[_Path] = None,
                 trust_anchor_file: Optional[_Path] = None) -> None:
        embedded, why = library.Out(), library.Out()
        error = library.number(
            "embedded_new", _path(unbound_conf), _path(trust_anchor_file),
            embedded.reference, why.reference)
        errors.raise_for(error, why.take_text())
        super().__init__(embedded.address or 0)


def _set_options(options: int, timeout: float, port: int, require: bool,
                 insecure_mx: InsecureMx, freshness: Freshness,
                 own_names: Iterable[str]) -> None:
    if not 0 < timeout:
        raise errors.InvalidRequest(f"timeout={timeout} is not above 0 seconds")
    milliseconds = max(1, round(min(timeout, _MAX_TIMEOUT) * 1000))
    for name, value in (("timeout", milliseconds), ("port", port),
                        ("require", require), ("insecure_mx", insecure_mx),
                        ("freshness", freshness)):
        errors.raise_for(_set_option(name, options, int(value)),
                         f"{name}={value} is out of range")
    for own_name in own_names:
        why = library.Out()
        error = library.number("options_add_own_name", options,
                               _octets(own_name), why.reference)
        errors.raise_for(error, why.take_text())


def _set_option(name: str, options: int, value: int) -> int:
    if not 0 <= value < 2**31:
        return -1
    return library.number(f"options_set_{name}", options, value)


def _octets(text: str) -> bytes:
    """As a C string, which a NUL would end early."""
    if "\0" in text:
        raise errors.InvalidRequest(f"{text!r} holds a NUL")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise errors.InvalidRequest(f"{text!r} is no text: {error}") from error


def _path(path: Optional[_Path]) -> Optional[bytes]:
    return None if path is None else os.fsencode(path)
