"""Who is asked: the module, or libunbound in this process."""

import contextlib
import ctypes
import enum
import operator
import os
import threading
import types
from typing import Any, Iterable, Iterator, Optional, Type, TypeVar, Union

from . import errors, library, values

_Path = Union[str, "os.PathLike[str]"]
_Self = TypeVar("_Self", bound="_Lookups")
_MAX_SECONDS = 86400.0  # a day, as in danebound.h


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
    statement. Threads may share it; they wait for each other. A signal handler
    may close it, too: what is being looked up ends first."""

    _NAME = ""  # of its functions in danebound.h

    def __init__(self, resolver: int) -> None:
        self._resolver = resolver
        # One that a signal handler may take again: between any two lines.
        self._lock = threading.RLock()
        self._users = 0  # calls that have the resolver now
        self._is_closed = False

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 raised: Optional[BaseException],
                 trace: Optional[types.TracebackType]) -> None:
        self.close()

    def __reduce__(self) -> str:
        raise errors.InvalidRequest(
            f"a {type(self).__name__} can neither be copied nor pickled")

    def __del__(self) -> None:
        # When Python ends, a thread that it has stopped may hold the lock.
        lock = getattr(self, "_lock", None)
        if lock is None or not lock.acquire(blocking=False):
            return
        try:
            self._free()
        finally:
            lock.release()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._free_unused()

    def _free_unused(self) -> None:
        if self._is_closed and self._users == 0:
            self._free()

    def _free(self) -> None:
        # One step, so that nobody takes the same in between.
        resolver = self.__dict__.pop("_resolver", None)
        if resolver is not None:
            library.call(f"{self._NAME}_free", resolver)

    def lookup(self, next_hop: str, *, timeout: float = 30.0, port: int = 25,
               require: bool = False,
               insecure_mx: InsecureMx = InsecureMx.OPPORTUNISTIC,
               freshness: Freshness = Freshness.ANY,
               own_names: Iterable[str] = (),
               digest_order: Iterable[int] = (2, 1)) -> values.Verdict:
        """Looks up one next hop, and waits for the verdict.

        next_hop      "example.org", "[mx.example.org]", "[192.0.2.1]",
                      "[IPv6:2001:db8::1]", each may be followed by ":port"
        timeout       seconds, for all of it
        port          of a next hop that names none
        require       mandatory DANE (RFC 7672 6): a host that cannot be
                      authenticated is to be skipped
        own_names     of this machine: MX hosts no better than the best of these
                      are cut, so that mail does not loop
        digest_order  matching types of TLSA records that count, the strongest
                      first: SHA2-512(2), SHA2-256(1). RFC 7671 9
        raises        NoVerdict: defer
        """
        with _options(timeout, port, require, insecure_mx, freshness, own_names,
                      digest_order) as options:
            with _arguments():
                asked = _octets(next_hop)
            verdict, why = library.Out(), library.Out()
            with self._open() as resolver:
                error = library.number(f"{self._NAME}_lookup", resolver, asked,
                                       options, verdict.reference, why.reference)
        library.raise_for(error, why.take_text())
        return _take_verdict(verdict.address)

    def lookup_all(
            self, next_hops: Iterable[str], *, timeout: float = 30.0,
            port: int = 25, require: bool = False,
            insecure_mx: InsecureMx = InsecureMx.OPPORTUNISTIC,
            freshness: Freshness = Freshness.ANY, own_names: Iterable[str] = (),
            digest_order: Iterable[int] = (2, 1)
    ) -> "tuple[Union[values.Verdict, errors.NoVerdict], ...]":
        """Looks up many next hops side by side, and waits until each has ended.

        timeout  seconds for each, from when its lookup begins
        returns  for each next hop, in their order, its verdict, or what lookup
                 would raise; that is not raised here
        raises   NoVerdict: the other arguments are of no use
        """
        with _options(timeout, port, require, insecure_mx, freshness, own_names,
                      digest_order) as options:
            with _arguments():
                _check_list("next_hops", next_hops)
                asked = [_octets_or_error(each) for each in next_hops]
            count = len(asked)
            verdicts = (ctypes.c_void_p * count)()
            whys = (ctypes.c_void_p * count)()
            numbers = (ctypes.c_int * count)()
            try:
                with self._open() as resolver:
                    library.call(
                        f"{self._NAME}_lookup_all", resolver,
                        (ctypes.c_char_p * count)(*(
                            each if isinstance(each, bytes) else None
                            for each in asked)),
                        count, options, verdicts, numbers, whys)
                return tuple(
                    _ended(each, numbers[index], _taken(verdicts, index),
                           _taken(whys, index))
                    for index, each in enumerate(asked))
            finally:  # what is left where something was raised
                for index in range(count):
                    library.call("verdict_free", _taken(verdicts, index))
                    library.call("text_free", _taken(whys, index))

    def self_test(self, *, timeout: float = 30.0) -> "tuple[values.Check, ...]":
        """Asks whether the resolver can vouch for anything.

        raises  NoVerdict: it could not be asked
        """
        with _arguments():
            milliseconds = _milliseconds("timeout", timeout)
        test, why = library.Out(), library.Out()
        with self._open() as resolver:
            error = library.number(f"{self._NAME}_self_test", resolver,
                                   milliseconds, test.reference, why.reference)
        library.raise_for(error, why.take_text())
        try:
            return values.read_checks(test.address or 0)
        finally:
            library.call("self_test_free", test.address)

    @contextlib.contextmanager
    def _open(self) -> Iterator[int]:
        with self._lock:
            self._users += 1  # before it is asked whether there is one
            try:
                if self._is_closed:
                    raise errors.InvalidRequest(
                        f"{type(self).__name__} is closed")
                yield self._resolver
            finally:
                self._users -= 1
                self._free_unused()


class Client(_Lookups):
    """A connection to the module, made at the first lookup and again when it
    ends.

    socket_path  None: /run/danebound/module.sock
    patience     seconds that a module is waited for that is not there, as at a
                 reload of Unbound; within the timeouts of lookups
    most_connections
                 how many connections it may have, 1 or more: one more is made
                 when lookups wait for long
    raises       NoVerdict
    """

    _NAME = "client"

    def __init__(self, socket_path: Optional[_Path] = None, *,
                 patience: float = 5.0, most_connections: int = 16) -> None:
        with _arguments():
            path = _path(socket_path)
            milliseconds = 0 if patience == 0 else _milliseconds("patience",
                                                                 patience)
            connections = operator.index(most_connections)
            if connections < 1:
                raise ValueError("most_connections is at least 1")
        client = library.call("client_new", path)
        if client is None:
            raise errors.OutOfMemory("out of memory")
        super().__init__(client)
        library.raise_for(
            library.number("client_set_patience", client, milliseconds), "")
        library.raise_for(
            library.number("client_set_most_connections", client,
                           min(connections, 2**32 - 1)), "")


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

    _NAME = "embedded"

    def __init__(self, unbound_conf: Optional[_Path] = None,
                 trust_anchor_file: Optional[_Path] = None) -> None:
        with _arguments():
            paths = _path(unbound_conf), _path(trust_anchor_file)
        embedded, why = library.Out(), library.Out()
        error = library.number("embedded_new", *paths, embedded.reference,
                               why.reference)
        library.raise_for(error, why.take_text())
        super().__init__(embedded.address or 0)


def parse_next_hop(text: str, *, port: int = 25) -> values.NextHop:
    """Parses a next hop, as lookups do.

    port    of a next hop that names none
    raises  InvalidRequest: it is none; the text says what is wrong
    """
    with _plain_options() as options:
        with _arguments():
            _set_option("port", options, _whole("port", port))
            asked = _octets(text)
        next_hop, why = library.Out(), library.Out()
        error = library.number("next_hop_parse", asked, options,
                               next_hop.reference, why.reference)
    library.raise_for(error, why.take_text())
    try:
        return values.read_next_hop(next_hop.address or 0)
    finally:
        library.call("next_hop_free", next_hop.address)


def _take_verdict(verdict: Optional[int]) -> values.Verdict:
    try:
        return values.read_verdict(verdict or 0)
    finally:
        library.call("verdict_free", verdict)


def _taken(places: Any, index: int) -> Optional[int]:
    """What is at a place, which has nothing then."""
    address: Optional[int] = places[index]
    places[index] = None
    return address


def _ended(asked: Union[bytes, errors.NoVerdict], error: int,
           verdict: Optional[int],
           why: Optional[int]) -> Union[values.Verdict, errors.NoVerdict]:
    """How one lookup of many ended; frees what came of it."""
    try:
        text = library.take_text(why)
        if isinstance(asked, errors.NoVerdict):
            return asked
        if error != 0:
            return library.error_for(error, text)
        return values.read_verdict(verdict or 0)
    finally:
        library.call("verdict_free", verdict)


@contextlib.contextmanager
def _arguments() -> Iterator[None]:
    """Whatever an argument raises when it is read is a mistake of the caller."""
    try:
        yield
    except errors.NoVerdict:
        raise
    except MemoryError as error:
        raise errors.OutOfMemory("out of memory") from error
    except Exception as error:
        raise errors.InvalidRequest(
            f"an argument is of no use: {_shown(error)}") from error


def _shown(value: Any) -> str:
    """A value for a message."""
    try:
        return repr(value)[:200]
    except Exception:
        return f"a {type(value).__name__}"


@contextlib.contextmanager
def _plain_options() -> Iterator[int]:
    options = library.call("options_new")
    if options is None:
        raise errors.OutOfMemory("out of memory")
    try:
        yield options
    finally:
        library.call("options_free", options)


@contextlib.contextmanager
def _options(timeout: float, port: int, require: bool, insecure_mx: InsecureMx,
             freshness: Freshness, own_names: Iterable[str],
             digest_order: Iterable[int]) -> Iterator[int]:
    with _plain_options() as options:
        with _arguments():
            _set_option("timeout", options, _milliseconds("timeout", timeout))
            _set_option("port", options, _whole("port", port))
            _set_option("require", options, int(bool(require)))
            _set_option("insecure_mx", options,
                        _whole("insecure_mx", insecure_mx))
            _set_option("freshness", options, _whole("freshness", freshness))
            _set_digest_order(options, digest_order)
            _add_own_names(options, own_names)
        yield options


def _set_option(name: str, options: int, value: int) -> None:
    in_range = 0 <= value < 2**31
    error = library.number(f"options_set_{name}", options,
                           value) if in_range else -1
    library.raise_for(error, f"{name}={_shown(value)} is out of range")


def _set_digest_order(options: int, digest_order: Iterable[int]) -> None:
    _check_list("digest_order", digest_order)
    order = bytes(tuple(digest_order))
    if not order:
        raise errors.InvalidRequest("digest_order=[] names no digest")
    library.raise_for(
        library.number("options_set_digest_order", options, order, len(order)),
        f"digest_order={list(order)} holds others than 1 and 2, or one twice")


def _add_own_names(options: int, own_names: Iterable[str]) -> None:
    _check_list("own_names", own_names)
    for own_name in own_names:
        why = library.Out()
        error = library.number("options_add_own_name", options,
                               _octets(own_name), why.reference)
        library.raise_for(error, why.take_text())


def _check_list(name: str, given: object) -> None:
    """A text is a list of its letters, which nobody means."""
    if isinstance(given, (str, bytes)):
        raise errors.InvalidRequest(f"{name}={_shown(given)} is no list")


def _whole(name: str, value: object) -> int:
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError as error:
        raise errors.InvalidRequest(
            f"{name}={_shown(value)} is no whole number") from error


def _milliseconds(name: str, seconds: float) -> int:
    if isinstance(seconds, (str, bytes)):
        raise errors.InvalidRequest(f"{name}={_shown(seconds)} is no number")
    exact = float(seconds)
    if not 0 < exact:
        raise errors.InvalidRequest(
            f"{name}={_shown(seconds)} is not above 0 seconds")
    return max(1, round(min(exact, _MAX_SECONDS) * 1000))


def _octets(text: str) -> bytes:
    """As a C string, which a NUL would end early."""
    if not isinstance(text, str):
        raise errors.InvalidRequest(f"{_shown(text)} is no text")
    try:
        octets = str.encode(text)  # whatever a kind of its own makes of it
    except UnicodeEncodeError as error:
        raise errors.InvalidRequest(
            f"{_shown(text)} is no text: {error}") from error
    if b"\0" in octets:
        raise errors.InvalidRequest(f"{_shown(text)} holds a NUL")
    return octets


def _octets_or_error(text: str) -> Union[bytes, errors.NoVerdict]:
    try:
        with _arguments():
            return _octets(text)
    except errors.NoVerdict as error:
        return error


def _path(path: Optional[_Path]) -> Optional[bytes]:
    if path is None:
        return None
    octets = os.fsencode(path)
    if b"\0" in octets:
        raise errors.InvalidRequest(f"{_shown(path)} holds a NUL")
    return octets
