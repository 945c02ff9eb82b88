"""libdanebound and libdanebound-embedded, loaded with ctypes.

The tables are danebound.h: what a function returns, its name without danebound_,
what it takes.
"""

import ctypes
import functools
import pathlib
from typing import Any, Optional

from . import errors

_TYPES: dict[str, Any] = {
    "void": None, "int": ctypes.c_int, "u8": ctypes.c_uint8,
    "u16": ctypes.c_uint16, "u32": ctypes.c_uint32, "i64": ctypes.c_int64,
    "size": ctypes.c_size_t, "text": ctypes.c_char_p, "object": ctypes.c_void_p,
    "out": ctypes.POINTER(ctypes.c_void_p), "octets": ctypes.c_void_p,
    "length": ctypes.POINTER(ctypes.c_size_t),
    "texts": ctypes.POINTER(ctypes.c_char_p),
    "ints": ctypes.POINTER(ctypes.c_int)}

_CLIENT = """
text error_text int
void text_free object
text version
text disposition_text int
text duty_text int
text cause_text int
text security_text int
text kind_text int
text why_not_text int
text reason_id_text int
object options_new
void options_free object
int options_set_timeout object u32
int options_set_port object u32
int options_set_require object int
int options_set_insecure_mx object int
int options_set_freshness object int
int options_set_digest_order object octets size
int options_add_own_name object text out
int next_hop_parse text object out out
void next_hop_free object
int next_hop_form_of object
text next_hop_text object
u16 next_hop_port object
text next_hop_name object
text next_hop_address object
text next_hop_form_text int
void self_test_free object
size self_test_count object
text self_test_check_name object size
int self_test_check_result object size
text self_test_check_text object size
text check_result_text int
object client_new text
void client_free object
int client_set_patience object u32
int client_set_most_connections object u32
int client_lookup object text object out out
int client_lookup_all object texts size object out ints out
int client_self_test object u32 out out
void verdict_free object
int verdict_disposition object
text verdict_dsn object
text verdict_next_hop object
u16 verdict_port object
int verdict_kind object
int verdict_security object
text verdict_expanded object
int verdict_insecure_mx object
int verdict_require object
int verdict_truncated object
int verdict_from_cache object
i64 verdict_expires object
size verdict_reason_count object
object verdict_reason object size
size verdict_host_count object
object verdict_host object size
int host_duty object
int host_cause object
int host_permanent object
text host_name object
text host_expanded object
u16 host_preference object
u16 host_port object
int host_security object
size host_address_count object
text host_address object size
int host_address_security object size
text host_base_domain object
text host_tlsa_name object
size host_tlsa_count object
object host_tlsa object size
text host_sni object
size host_reference_name_count object
text host_reference_name object size
text host_tls_key object
text host_policy_type object
text host_policy_domain object
size host_policy_string_count object
text host_policy_string object size
i64 host_expires object
size host_reason_count object
object host_reason object size
u8 tlsa_usage object
u8 tlsa_selector object
u8 tlsa_matching object
octets tlsa_data object length
int tlsa_usable object
int tlsa_why_not object
int tlsa_superseded object
int tlsa_counts object
text tlsa_text object
int reason_identifier object
text reason_text object
int reason_ede object
text reason_tlsrpt object
"""

_EMBEDDED = """
int embedded_new text text out out
void embedded_free object
int embedded_lookup object text object out out
int embedded_lookup_all object texts size object out ints out
int embedded_self_test object u32 out out
"""


def _open(soname: str) -> ctypes.CDLL:
    """The library of the same installation, else the one that the loader finds."""
    beside = pathlib.Path(__file__).resolve().parents[3] / soname
    try:
        return ctypes.CDLL(str(beside) if beside.exists() else soname)
    except OSError as error:
        raise errors.Unavailable(f"{soname} cannot be loaded ({error}); install "
                                 "danebound's libraries") from error


def _functions(soname: str, table: str) -> dict[str, Any]:
    opened = _open(soname)
    functions = {}
    for line in table.split("\n")[1:-1]:
        returned, name, *taken = line.split()
        function = getattr(opened, f"danebound_{name}", None)
        if function is None:
            raise errors.ProtocolMismatch(
                f"{soname} has no danebound_{name}; install library and package "
                "of one release")
        function.restype = _TYPES[returned]
        function.argtypes = [_TYPES[each] for each in taken]
        functions[name] = function
    return functions


@functools.cache
def _client() -> dict[str, Any]:
    return _functions("libdanebound.so.0", _CLIENT)


@functools.cache
def _embedded() -> dict[str, Any]:
    return _functions("libdanebound-embedded.so.0", _EMBEDDED)


def call(name: str, *arguments: Any) -> Any:
    """Calls danebound_NAME. NoVerdict: the library is not installed."""
    table = _embedded() if name.startswith("embedded_") else _client()
    return table[name](*arguments)


def text(name: str, *arguments: Any) -> str:
    """Calls a function that returns a text."""
    returned: Optional[bytes] = call(name, *arguments)
    return as_text(returned or b"")


def as_text(written: bytes) -> str:
    """The library's texts are UTF-8."""
    return written.decode(errors="replace")


def number(name: str, *arguments: Any) -> int:
    """Calls a function that returns a number."""
    return int(call(name, *arguments))


def flag(name: str, *arguments: Any) -> bool:
    """Calls a function that returns 0 or 1."""
    return bool(call(name, *arguments))


def octets(name: str, *arguments: Any) -> bytes:
    """Calls a function that returns octets, and their number through a pointer."""
    length = ctypes.c_size_t()
    start = call(name, *arguments, ctypes.byref(length))
    return ctypes.string_at(start, length.value) if start else b""


def error_for(error: int, why: str) -> errors.NoVerdict:
    """What a danebound_error below 0 means.

    why  the text of the library; "": one for the error in general
    """
    return errors.error_for(error, why or text("error_text", error))


def raise_for(error: int, why: str) -> None:
    """Raises what a danebound_error means; returns for 0."""
    if error != 0:
        raise error_for(error, why)


class Out:
    """A pointer that a function writes."""

    def __init__(self) -> None:
        self._pointer = ctypes.c_void_p()
        self.reference = ctypes.byref(self._pointer)

    @property
    def address(self) -> Optional[int]:
        return self._pointer.value

    def take_text(self) -> str:
        """The text that it points to, "" where there is none, which is freed."""
        return take_text(self.address)


def take_text(address: Optional[int]) -> str:
    """The text at an address, "" where that is NULL, which is freed."""
    if address is None:
        return ""
    try:
        return as_text(ctypes.string_at(address))
    finally:
        call("text_free", address)
