"""Verdicts as plain values, copied from the objects of danebound.h.

Of each enum the first member is the safe one, and stands for words that a newer
library may have.
"""

import dataclasses
import enum
from typing import Callable, Iterator, Optional, TypeVar

from . import library

_Word = TypeVar("_Word", bound=enum.Enum)
_Value = TypeVar("_Value")


class Disposition(enum.Enum):
    """What to do with the message as a whole."""
    DEFER = "defer"
    DELIVER = "deliver"
    UNDELIVERABLE = "undeliverable"


class Duty(enum.Enum):
    """What is owed to a host. RFC 7672 2.2."""
    SKIP = "skip"                    # do not use it now; overridden by nothing
    AUTHENTICATE = "authenticate"    # TLS, and the peer must match; never clear
    ENCRYPT = "encrypt"              # TLS; never clear text
    OPPORTUNISTIC = "opportunistic"  # DANE adds nothing here


class Cause(enum.Enum):
    """Why a host is to be skipped."""
    NONE = ""  # it is not, or for a cause of a newer library
    ADDRESS_FAILED = "address-failed"
    NO_ADDRESS = "no-address"
    TLSA_FAILED = "tlsa-failed"
    MX_IS_ADDRESS = "mx-is-address"
    NOT_EVALUATED = "not-evaluated"
    DANE_REQUIRED = "dane-required"


class Security(enum.Enum):
    """How far DNSSEC vouches for an answer. RFC 7672 2.1.1."""
    FAILED = "failed"
    BOGUS = "bogus"
    INSECURE = "insecure"
    SECURE = "secure"


class Kind(enum.Enum):
    """What the next hop turned out to be."""
    FAILED = "failed"
    MX = "mx"
    IMPLICIT_MX = "implicit-mx"
    NULL_MX = "null-mx"
    NO_SUCH_DOMAIN = "no-such-domain"
    HOST = "host"
    ADDRESS = "address"


class NextHopForm(enum.Enum):
    """The forms of a next hop."""
    DOMAIN = "domain"    # example.org: its MX records say where to
    HOST = "host"        # [mx.example.org]: no MX lookup
    ADDRESS = "address"  # [192.0.2.1]: no DNS, and so no DANE


class CheckResult(enum.Enum):
    """How a check of a self-test ended."""
    FAILED = "failed"    # no verdict can be trusted, or had
    WARNING = "warning"  # it works; look at the text
    PASSED = "passed"


@dataclasses.dataclass(frozen=True)
class NextHop:
    """A next hop that was parsed. Two are the same where they are equal."""
    form: NextHopForm
    text: str     # in A-labels and without the port: "[mx.example.org]"
    port: int
    name: str     # the domain or host; "" of an address
    address: str  # "192.0.2.1", "2001:db8::1"; "" of a name


@dataclasses.dataclass(frozen=True)
class Check:
    """One check of a self-test."""
    name: str  # "trust-anchor"
    result: CheckResult
    text: str  # what was seen, and what to do where it did not pass


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why a verdict, or a host, is as it is."""
    identifier: str     # "tlsa-bogus"; docs/verdicts.md has them all
    text: str           # for people; names the record and the server at fault
    ede: Optional[int]  # extended DNS error (RFC 8914)
    tlsrpt: str         # result type of RFC 8460 4.3, "" where there is none


@dataclasses.dataclass(frozen=True)
class Tlsa:
    """A TLSA record, as published."""
    usage: int
    selector: int
    matching: int
    data: bytes       # the certificate association data
    usable: bool      # an SMTP client may authenticate with it, else why_not
    why_not: str
    superseded: bool  # usable, but a stronger digest counts instead
    counts: bool      # what a peer is matched against
    text: str         # "3 1 1 0123…"


@dataclasses.dataclass(frozen=True)
class Address:
    text: str  # "192.0.2.1", "2001:db8::1"
    security: Security


@dataclasses.dataclass(frozen=True)
class Policy:
    """For a TLSRPT report. RFC 8460 4.4."""
    type: str
    domain: str
    strings: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Host:
    """One SMTP server of the next hop. Look at the duty first."""
    duty: Duty
    cause: Cause        # why it is to be skipped
    permanent: bool     # asking again will not help
    name: str           # in the MX record; "" where the next hop is an address
    expanded: str       # the end of its CNAMEs, else its name
    preference: int
    port: int
    security: Security  # of the addresses
    addresses: tuple[Address, ...]
    base_domain: str    # under which TLSA records were found, "" where none were
    tlsa_name: str      # "_25._tcp.mx.example.org"
    tlsa: tuple[Tlsa, ...]
    sni: str            # to send in the handshake; "": none for the sake of DANE
    reference_names: tuple[str, ...]  # for DANE-TA(2), in order; RFC 7672 3.2.2
    tls_key: str        # sessions and connections serve only an equal one
    policy: Policy
    expires: int        # seconds since the epoch
    reasons: tuple[Reason, ...]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """All that is known of a next hop.

    To iterate over it gives the hosts that may be used now, in the order to try
    them; none where the message is not to be delivered now.
    """
    disposition: Disposition
    dsn: str            # to defer or return with, "4.4.3"; "" to deliver
    next_hop: str
    port: int
    kind: Kind
    security: Security  # of the MX answer
    expanded: str       # the end of the next hop's CNAMEs, else its name
    insecure_mx: bool   # authenticated hosts are not what the domain vouched for
    require: bool       # mandatory DANE was asked for
    truncated: bool     # there are hosts that are not listed; use none of them
    from_cache: bool    # out of the module's cache
    expires: int        # seconds since the epoch
    hosts: tuple[Host, ...]  # all of them, skipped ones too
    reasons: tuple[Reason, ...]

    def __iter__(self) -> Iterator[Host]:
        if self.disposition is Disposition.DELIVER:
            yield from (host for host in self.hosts
                        if host.duty is not Duty.SKIP)


def read_verdict(verdict: int) -> Verdict:
    """Copies a danebound_verdict."""
    return Verdict(
        disposition=_word(Disposition, "verdict_disposition", verdict),
        dsn=library.text("verdict_dsn", verdict),
        next_hop=library.text("verdict_next_hop", verdict),
        port=library.number("verdict_port", verdict),
        kind=_word(Kind, "verdict_kind", verdict),
        security=_word(Security, "verdict_security", verdict),
        expanded=library.text("verdict_expanded", verdict),
        insecure_mx=library.flag("verdict_insecure_mx", verdict),
        require=library.flag("verdict_require", verdict),
        truncated=library.flag("verdict_truncated", verdict),
        from_cache=library.flag("verdict_from_cache", verdict),
        expires=library.number("verdict_expires", verdict),
        hosts=_parts("verdict_host", verdict, _read_host),
        reasons=_parts("verdict_reason", verdict, _read_reason))


def read_next_hop(next_hop: int) -> NextHop:
    """Copies a danebound_next_hop."""
    return NextHop(form=_word(NextHopForm, "next_hop_form_of", next_hop),
                   text=library.text("next_hop_text", next_hop),
                   port=library.number("next_hop_port", next_hop),
                   name=library.text("next_hop_name", next_hop),
                   address=library.text("next_hop_address", next_hop))


def read_checks(test: int) -> tuple[Check, ...]:
    """Copies a danebound_self_test."""
    return tuple(
        Check(library.text("self_test_check_name", test, index),
              _word(CheckResult, "self_test_check_result", test, index),
              library.text("self_test_check_text", test, index))
        for index in range(library.number("self_test_count", test)))


def _read_host(host: int) -> Host:
    return Host(
        duty=_word(Duty, "host_duty", host),
        cause=_word(Cause, "host_cause", host),
        permanent=library.flag("host_permanent", host),
        name=library.text("host_name", host),
        expanded=library.text("host_expanded", host),
        preference=library.number("host_preference", host),
        port=library.number("host_port", host),
        security=_word(Security, "host_security", host),
        addresses=tuple(
            Address(library.text("host_address", host, index),
                    _word(Security, "host_address_security", host, index))
            for index in range(library.number("host_address_count", host))),
        base_domain=library.text("host_base_domain", host),
        tlsa_name=library.text("host_tlsa_name", host),
        tlsa=_parts("host_tlsa", host, _read_tlsa),
        sni=library.text("host_sni", host),
        reference_names=_texts("host_reference_name", host),
        tls_key=library.text("host_tls_key", host),
        policy=Policy(library.text("host_policy_type", host),
                      library.text("host_policy_domain", host),
                      _texts("host_policy_string", host)),
        expires=library.number("host_expires", host),
        reasons=_parts("host_reason", host, _read_reason))


def _read_tlsa(record: int) -> Tlsa:
    return Tlsa(
        usage=library.number("tlsa_usage", record),
        selector=library.number("tlsa_selector", record),
        matching=library.number("tlsa_matching", record),
        data=library.octets("tlsa_data", record),
        usable=library.flag("tlsa_usable", record),
        why_not=library.text("why_not_text",
                             library.number("tlsa_why_not", record)),
        superseded=library.flag("tlsa_superseded", record),
        counts=library.flag("tlsa_counts", record),
        text=library.text("tlsa_text", record))


def _read_reason(reason: int) -> Reason:
    ede = library.number("reason_ede", reason)
    return Reason(
        identifier=library.text("reason_id_text",
                                library.number("reason_identifier", reason)),
        text=library.text("reason_text", reason),
        ede=None if ede < 0 else ede,
        tlsrpt=library.text("reason_tlsrpt", reason))


_SPOKEN = {Disposition: "disposition_text", Duty: "duty_text",
           Cause: "cause_text", Security: "security_text", Kind: "kind_text",
           NextHopForm: "next_hop_form_text", CheckResult: "check_result_text"}


def _word(words: type[_Word], getter: str, *arguments: int) -> _Word:
    """The member for the number that a getter returns."""
    spoken = library.text(_SPOKEN[words], library.number(getter, *arguments))
    members: list[_Word] = list(words)
    return next((each for each in members if each.value == spoken), members[0])


def _parts(getter: str, whole: int,
           read: Callable[[int], _Value]) -> tuple[_Value, ...]:
    return tuple(read(library.call(getter, whole, index))
                 for index in range(library.number(f"{getter}_count", whole)))


def _texts(getter: str, whole: int) -> tuple[str, ...]:
    return tuple(library.text(getter, whole, index)
                 for index in range(library.number(f"{getter}_count", whole)))
