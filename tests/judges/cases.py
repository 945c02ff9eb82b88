"""What the judges are asked: chains, promises, and what RFC 7672 says of them.

A case is a chain as a server shows it, the TLSA records published for its host,
and one of

    authenticated   a record vouches for the server
    failed          records count, and none vouches for it
    unusable        no record counts (RFC 7672 2.2)
"""

import dataclasses
import functools

import chains
from chains import issue, tlsa

ZONE = "judged.example"
AUTHENTICATED, FAILED, UNUSABLE = "authenticated", "failed", "unusable"


@dataclasses.dataclass
class Case:
    """One question, and the answer of the RFCs."""
    name: str      # a label of the DNS, unique
    chain: list    # identities, the server's own first
    records: list  # presentation form
    expected: str
    section: str   # where the RFCs say so
    short_dh: bool = False  # the server has DH of 1,024 bits, and nothing else

    @property
    def host(self):
        return f"{self.name}.{ZONE}"


class Chain:
    """A leaf for a host, below an intermediate, below a root.

    leaf, intermediate, root: arguments of chains.issue that differ from the
    usual.
    """

    def __init__(self, host, leaf=None, intermediate=None, root=None):
        self.root = issue(**{
            "subject": "Root", "authority": True,
            "key": chains.shared_key("ecdsa", "root"), **(root or {})})
        self.intermediate = issue(**{
            "subject": "Intermediate", "issuer": self.root, "authority": True,
            "key": chains.shared_key("ecdsa", "middle"), **(intermediate or {})})
        self.leaf = issue(**{
            "subject": host, "issuer": self.intermediate, "names": [host],
            "key": chains.shared_key("ecdsa", "leaf"), **(leaf or {})})

    def sent(self):
        return [self.leaf, self.intermediate, self.root]


@functools.cache
def _stranger():
    """A certificate and a key that no chain has."""
    return issue("Stranger", authority=True)


def _host(name):
    return f"{name}.{ZONE}"


# ---- the 24 combinations -----------------------------------------------------

def combinations():
    """Every usage, selector and matching type, right and wrong."""
    for usage in range(4):
        for selector in range(2):
            for matching in range(3):
                yield from _combination(usage, selector, matching)


def _combination(usage, selector, matching):
    numbers = f"{usage}{selector}{matching}"
    chain = Chain(_host(f"right{numbers}"))
    target = chain.leaf if usage in (1, 3) else chain.root
    if usage in (0, 1):
        right = wrong = UNUSABLE
        section = "RFC 7672 3.1.3"
    else:
        right, wrong = AUTHENTICATED, FAILED
        section = "RFC 7672 3.1.1" if usage == 3 else "RFC 7672 3.1.2"
    yield Case(f"right{numbers}", chain.sent(),
               [tlsa(target, usage, selector, matching)], right, section)
    yield Case(f"wrong{numbers}", Chain(_host(f"wrong{numbers}")).sent(),
               [tlsa(_stranger(), usage, selector, matching)], wrong, section)
    if usage == 2:
        chain = Chain(_host(f"middle{numbers}"))
        yield Case(f"middle{numbers}", chain.sent(),
                   [tlsa(chain.intermediate, usage, selector, matching)],
                   right, section)


# ---- chains under DANE-EE(3) and under DANE-TA(2) ----------------------------

def _both(name, chain, anchored, section, sent=None):
    """The chain under 3 1 1 of its leaf, which asks for nothing else (RFC 7672
    3.1.1), and under 2 0 1 of its root."""
    sent = sent or chain.sent()
    yield Case(f"{name}-ee", sent, [tlsa(chain.leaf, 3, 1, 1)], AUTHENTICATED,
               "RFC 7672 3.1.1")
    yield Case(f"{name}-ta", sent, [tlsa(chain.root, 2, 0, 1)], anchored,
               section)


def times():
    """RFC 7672 3.1.1: dates do not count under DANE-EE(3)."""
    section = "RFC 7672 3.1.2"
    # The names in a certificate: both the host of -ee and of -ta.
    for name, arguments in (
            ("expired", {"leaf": {"days": chains.EXPIRED}}),
            ("not-yet", {"leaf": {"days": chains.NOT_YET}}),
            ("expired-middle", {"intermediate": {"days": chains.EXPIRED}}),
            ("expired-root", {"root": {"days": chains.EXPIRED}})):
        arguments.setdefault("leaf", {})["names"] = [
            _host(f"{name}-ee"), _host(f"{name}-ta")]
        yield from _both(name, Chain(name, **arguments), FAILED, section)


def names():
    """RFC 7672 3.2.3: what a certificate may say of its host."""
    section = "RFC 7672 3.2.3"

    def certificate(name, outcome, **leaf):
        yield from _both(name, Chain(_host("x"), leaf=leaf), outcome, section)

    def hosts(name):
        return [_host(f"{name}-ee"), _host(f"{name}-ta")]

    yield from certificate("other-name", FAILED, names=["other.example"])
    yield from certificate("second-name", AUTHENTICATED,
                           names=["other.example", *hosts("second-name")])
    yield from certificate("wildcard", AUTHENTICATED, names=[f"*.{ZONE}"])
    yield from certificate("wildcard-above", FAILED, names=["*.example"])
    yield from certificate("wildcard-below", FAILED,
                           names=[f"*.{name}" for name in
                                  hosts("wildcard-below")])
    yield from certificate("wildcard-partial", FAILED,
                           names=[f"wild*.{ZONE}", f"*a.{ZONE}"])
    yield from certificate("upper-case", AUTHENTICATED,
                           names=[name.upper() for name in hosts("upper-case")])
    yield from certificate("cn-wildcard", AUTHENTICATED, subject=f"*.{ZONE}",
                           names=[])
    yield from certificate("cn-beside-names", FAILED,
                           subject=_host("cn-beside-names-ta"),
                           names=["other.example"])
    yield from certificate("no-name", FAILED, subject="", names=[])
    yield from certificate("cn-beside-mail", AUTHENTICATED,
                           subject=f"*.{ZONE}", names=["a@other.example"])
    chain = Chain("cn-alone", leaf={"subject": _host("cn-alone"), "names": []})
    yield Case("cn-alone", chain.sent(), [tlsa(chain.root, 2, 0, 1)],
               AUTHENTICATED, section)


def paths():
    """RFC 7671 5.2: PKIX rules hold from the anchor down."""
    section = "RFC 7672 3.1.2"
    wild = {"names": [f"*.{ZONE}"]}
    for name, outcome, arguments in (
            ("path-short", FAILED, {"root": {"path_length": 0}}),
            ("path-enough", AUTHENTICATED, {"root": {"path_length": 1}}),
            ("no-authority", FAILED, {"intermediate": {"authority": False}}),
            ("permitted", AUTHENTICATED, {"root": {"permitted": [ZONE]}}),
            ("not-permitted", FAILED, {"root": {"permitted": ["other.example"]}}),
            ("excluded", FAILED, {"intermediate": {"excluded": [ZONE]}}),
            ("forged-leaf", FAILED, {"leaf": {"signer": _stranger().key}}),
            ("forged-middle", FAILED,
             {"intermediate": {"signer": _stranger().key}}),
            ("rsa-leaf", AUTHENTICATED, {"leaf": {
                "key": chains.shared_key("rsa", "leaf")}}),
            ("client-only", FAILED, {"leaf": {"purposes": ["client"]}})):
        arguments["leaf"] = {**wild, **arguments.get("leaf", {})}
        yield from _both(name, Chain(_host(name), **arguments), outcome, section)


def anchors():
    """RFC 7671 5.2.2, 5.2.3: anchors that the server does not send."""
    def absent(selector, matching, outcome, section):
        name = f"absent2{selector}{matching}"
        chain = Chain(_host(name))
        return Case(name, [chain.leaf, chain.intermediate],
                    [tlsa(chain.root, 2, selector, matching)], outcome, section)

    for selector in range(2):
        for matching in (1, 2):
            yield absent(selector, matching, FAILED, "RFC 7671 5.2.2")
    yield absent(0, 0, AUTHENTICATED, "RFC 7671 5.2.2")
    yield absent(1, 0, AUTHENTICATED, "RFC 7671 5.2.3")
    chain = Chain(_host("leaf-alone"))
    yield Case("leaf-alone", [chain.leaf], [tlsa(chain.root, 2, 0, 0)], FAILED,
               "RFC 7671 5.2.2")
    # The anchor itself: see "Deliberate readings" in docs/conformance.md.
    for name, outcome, fault in (
            ("expired-anchor", AUTHENTICATED, {"days": chains.EXPIRED}),
            ("forged-anchor", AUTHENTICATED, {"signer": _stranger().key}),
            ("excluding-anchor", FAILED, {"excluded": [ZONE]}),
            ("no-authority-anchor", FAILED, {"authority": False})):
        chain = Chain(_host(name), intermediate=fault)
        yield Case(name, chain.sent(), [tlsa(chain.intermediate, 2, 0, 1)],
                   outcome, "RFC 7672 3.1.2")
    # Restrictions above the anchor are none of the client's business.
    chain = Chain(_host("above-anchor"), root={"days": chains.EXPIRED,
                                               "permitted": ["other.example"]})
    yield Case("above-anchor", chain.sent(), [tlsa(chain.intermediate, 2, 0, 1)],
               AUTHENTICATED, "RFC 7672 3.1.2")


def orders():
    """Chains that are not in order, or hold what does not belong."""
    section = "RFC 7672 3.1.2"
    wild = {"names": [f"*.{ZONE}"]}
    chain = Chain(_host("x"), leaf=wild)
    leaf, middle, root = chain.sent()
    yield from _both("unordered", chain, AUTHENTICATED, section,
                     [leaf, root, middle])
    yield from _both("padded", chain, AUTHENTICATED, section,
                     [leaf, _stranger(), middle, root, _stranger()])
    yield from _both("doubled", chain, AUTHENTICATED, section,
                     [leaf, leaf, middle, middle, root])
    # A stranger's certificate that the server adds proves nothing.
    yield Case("stranger-ta", [leaf, middle, root, _stranger()],
               [tlsa(_stranger(), 2, 0, 1)], FAILED, section)
    yield Case("stranger-ee", [leaf, middle, root, _stranger()],
               [tlsa(_stranger(), 3, 1, 1)], FAILED, "RFC 7672 3.1.1")
    stranger = issue(_host("x"), _stranger(), names=[f"*.{ZONE}"])
    yield Case("stranger-before-ta", [stranger, _stranger(), root],
               [tlsa(root, 2, 0, 1)], FAILED, section)
    yield Case("leaf-as-ta", chain.sent(), [tlsa(leaf, 2, 0, 1)], FAILED,
               section)
    yield Case("root-as-ee", chain.sent(), [tlsa(root, 3, 0, 1)], FAILED,
               "RFC 7672 3.1.1")
    alone = issue(_host("self-ee"), names=[f"*.{ZONE}"])
    yield Case("self-ee", [alone], [tlsa(alone, 3, 0, 1)], AUTHENTICATED,
               "RFC 7672 3.1.1")


def several():
    """More than one record."""
    chain = Chain(_host("x"), leaf={"names": [f"*.{ZONE}"]})
    leaf, _, root = sent = chain.sent()
    wrong = functools.partial(tlsa, _stranger())

    def case(name, expected, section, *records):
        return Case(name, sent, list(records), expected, section)

    yield case("one-of-two", AUTHENTICATED, "RFC 6698 2.1",
               wrong(3, 1, 1), tlsa(leaf, 3, 1, 1))
    yield case("anchor-or-leaf", AUTHENTICATED, "RFC 6698 2.1",
               wrong(3, 1, 1), tlsa(root, 2, 0, 1))
    yield case("agility-stronger-wrong", FAILED, "RFC 7671 9",
               tlsa(leaf, 3, 1, 1), wrong(3, 1, 2))
    yield case("agility-weaker-wrong", AUTHENTICATED, "RFC 7671 9",
               wrong(3, 1, 1), tlsa(leaf, 3, 1, 2))
    yield case("agility-by-selector", AUTHENTICATED, "RFC 7671 9",
               tlsa(leaf, 3, 0, 1), wrong(3, 1, 2))
    yield case("pkix-right-dane-wrong", FAILED, "RFC 7672 3.1.3",
               tlsa(leaf, 1, 1, 1), wrong(3, 1, 1))
    yield case("usage-4", UNUSABLE, "RFC 7672 2.2", "4 1 1 " + "11" * 32)
    yield case("selector-2", UNUSABLE, "RFC 7672 2.2", "3 2 1 " + "11" * 32)
    yield case("matching-3", UNUSABLE, "RFC 7672 2.2", "3 1 3 " + "11" * 32)
    short = tlsa(leaf, 3, 1, 1)[:-2]
    yield case("short-digest", UNUSABLE, "RFC 7672 2.2", short)
    yield case("short-and-right", AUTHENTICATED, "RFC 7672 2.2", short,
               tlsa(leaf, 3, 1, 1))
    yield case("no-certificate", UNUSABLE, "RFC 7672 2.2", "2 0 0 " + "00" * 40)


def short_keys():
    """RFC 7671 5.1: under DANE-EE(3) the match alone counts, whatever a
    distribution thinks of the length of keys."""
    wild = {"names": [f"*.{ZONE}"]}
    short = functools.partial(chains.shared_key, "rsa-1024")
    yield from _both("rsa-1024", Chain(_host("x"), leaf={
        **wild, "key": short("leaf")}), AUTHENTICATED, "RFC 7672 3.1.2")
    yield from _both("rsa-1024-root", Chain(_host("x"), leaf=wild, root={
        "key": short("root")}), AUTHENTICATED, "RFC 7672 3.1.2")
    chain = Chain(_host("x"), leaf={**wild,
                                    "key": chains.shared_key("rsa", "leaf")})
    for name, record, section in (
            ("dh-1024-ee", tlsa(chain.leaf, 3, 1, 1), "RFC 7672 3.1.1"),
            ("dh-1024-ta", tlsa(chain.root, 2, 0, 1), "RFC 7672 3.1.2")):
        yield Case(name, chain.sent(), [record], AUTHENTICATED, section,
                   short_dh=True)


def all_cases():
    """Every case, each with a name of its own."""
    made = [case for family in (combinations, times, names, paths, anchors,
                                orders, several, short_keys)
            for case in family()]
    assert len({case.name for case in made}) == len(made)
    return made
