"""Reads the zones, faults and questions of scenario files.

The format is described in tests/scenarios/README.md. Expectations are not read
here: tests/scenarios/scenario.cc does that.
"""

import dataclasses
import pathlib
import re
import sys

import dns.exception
import dns.name
import dns.rdatatype

SIGNINGS = (
    "signed", "unsigned", "island", "no-anchor", "expired", "future",
    "wrong-key", "missing-rrsig", "wrong-ds", "unsupported-algorithm",
    "unsupported-digest")
TRANSPORT_FAULTS = (
    "servfail", "refused", "notimp", "formerr", "drop", "garbage",
    "truncate-then-refuse", "truncate", "delay", "nxdomain")
DATA_FAULTS = (
    "expired", "future", "wrong-key", "wrong-labels", "stripped",
    "forged-nodata", "forged-nxdomain")
ALGORITHMS = ("ecdsa", "rsa", "ed25519")
DENIALS = ("nsec", "nsec3", "optout")

# A TLSA record that no tool will carry is put into the zone as this one; the
# fault server replaces it on the way.
PLACEHOLDER = "3 1 1 " + "00" * 32
LONGEST_CARRIED = 4000


class ScenarioError(Exception):
    """A mistake in a scenario file; the text names file and line."""


@dataclasses.dataclass
class Zone:
    name: dns.name.Name
    signing: str
    algorithm: str = "ecdsa"
    denial: str = "nsec"
    iterations: int = 0      # of NSEC3
    signatures_end: int = 0  # seconds from now; 0: in a month
    delay: float = 0.0       # seconds, of every answer
    # Lines of the zone file: owner, TTL or "", type, RDATA.
    records: list = dataclasses.field(default_factory=list)
    # RDATA octets of TLSA RRsets that no tool will carry, by owner.
    replaced: dict = dataclasses.field(default_factory=dict)

    def has_keys(self):
        return self.signing not in ("unsigned", "no-anchor")

    def has_ds(self):
        return self.has_keys() and self.signing != "island"


@dataclasses.dataclass
class Fault:
    word: str
    delay: float = 0.0  # seconds


@dataclasses.dataclass
class Scenario:
    name: str
    title: str = ""
    demo: bool = False
    zones: list = dataclasses.field(default_factory=list)
    faults: dict = dataclasses.field(default_factory=dict)
    asks: list = dataclasses.field(default_factory=list)  # words after "ask"
    watched: set = dataclasses.field(default_factory=set)  # unasked questions
    skips: dict = dataclasses.field(default_factory=dict)


def read_scenarios(folder, only=()):
    """Returns the shared zones and the scenarios wanted, by name."""
    folder = pathlib.Path(folder)
    blobs = {path.stem: bytes.fromhex(path.read_text())
             for path in (folder / "data").glob("*.hex")}
    shared = _Reader(folder / "shared.zones", blobs).read().zones
    paths = sorted(folder.glob("*.scenario"))
    scenarios = [_Reader(path, blobs).read() for path in paths]
    _check_zones_are_unique(shared, scenarios)
    unknown = set(only) - {"demo"} - {each.name for each in scenarios}
    if unknown:
        raise ScenarioError(f"no scenario {', '.join(sorted(unknown))} in "
                            f"{folder}: `tree.py list` shows them")
    return shared, [each for each in scenarios if _is_wanted(each, only)]


def _is_wanted(scenario, only):
    return (not only or scenario.name in only
            or (scenario.demo and "demo" in only))


def _check_zones_are_unique(shared, scenarios):
    owners = {zone.name: "shared.zones" for zone in shared}
    for scenario in scenarios:
        for zone in scenario.zones:
            if zone.name in owners:
                raise ScenarioError(
                    f"{scenario.name}.scenario: zone {zone.name} is also in "
                    f"{owners[zone.name]}")
            owners[zone.name] = scenario.name + ".scenario"


class _Reader:
    """Reads one file line by line."""

    def __init__(self, path, blobs):
        self._path = path
        self._blobs = blobs
        self._scenario = Scenario(path.stem)
        self._section = ""
        self._line = 0

    def read(self):
        for self._line, raw in enumerate(
                self._path.read_text().splitlines(), 1):
            text = raw.split(";")[0].rstrip()
            if not text.strip():
                continue
            indented = text[0] in " \t"
            for words in self._generate(text.split()):
                self._on_line(indented, words)
        return self._scenario

    def _wrong(self, what):
        return ScenarioError(f"{self._path.name}:{self._line}: {what}")

    def _generate(self, words):
        if words[0] != "$GENERATE":
            yield words
            return
        matched = re.fullmatch(r"(\d+)-(\d+)", words[1])
        if not matched:
            raise self._wrong("$GENERATE takes FIRST-LAST and a line")
        first, last = map(int, matched.groups())
        for number in range(first, last + 1):
            yield [word.replace("$", str(number)) for word in words[2:]]

    def _on_line(self, indented, words):
        if not indented:
            self._section = words[0]
            self._on_head(words)
        elif self._section == "zone":
            self._on_record(words)
        elif self._section == "faults":
            self._on_fault(words)
        elif words[0] == "unasked":
            self._scenario.watched.add(self._name_and_type(words[1:]))

    def _on_head(self, words):
        scenario = self._scenario
        if words[0] == "title":
            scenario.title = " ".join(words[1:])
        elif words[0] == "demo":
            scenario.demo = True
        elif words[0] == "ask":
            scenario.asks.append(words[1:])
        elif words[0] == "skip":
            scenario.skips[words[1]] = " ".join(words[2:])
        elif words[0] == "zone":
            self._on_zone(words)

    def _on_zone(self, words):
        if len(words) < 3 or words[2] not in SIGNINGS:
            raise self._wrong(f"a zone is NAME and one of {SIGNINGS}")
        zone = Zone(self._name(words[1]), words[2])
        for word in words[3:]:
            if word in ALGORITHMS:
                zone.algorithm = word
            elif word in DENIALS:
                zone.denial = word
            elif re.fullmatch(r"ends=\d+", word):
                zone.signatures_end = int(word[5:])
            elif re.fullmatch(r"iterations=\d+", word):
                zone.iterations = int(word[11:])
            elif re.fullmatch(r"delay=\d+ms", word):
                zone.delay = int(word[6:-2]) / 1000
            else:
                raise self._wrong(f"unknown word {word}")
        self._scenario.zones.append(zone)

    def _on_record(self, words):
        zone = self._scenario.zones[-1]
        owner = self._name(words[0], zone.name)
        ttl = words[1] if len(words) > 1 and words[1].isdigit() else ""
        rest = words[2:] if ttl else words[1:]
        if len(rest) < 2:
            raise self._wrong("a record is OWNER [TTL] TYPE RDATA")
        if rest[0] == "CNAME" and owner == zone.name:
            raise self._wrong("a CNAME cannot stand at the top of a zone, "
                              "beside SOA and NS (RFC 1034 3.6.2)")
        if rest[0] == "TLSA":
            self._on_tlsa(zone, owner, ttl, rest[1:])
        else:
            zone.records.append((owner, ttl, rest[0], " ".join(rest[1:])))

    def _on_tlsa(self, zone, owner, ttl, words):
        rdata = self._tlsa_octets(words)
        carried = 4 <= len(rdata) <= LONGEST_CARRIED
        if owner in zone.replaced:
            zone.replaced[owner].append(rdata)
        elif carried:
            text = f"{rdata[0]} {rdata[1]} {rdata[2]} {rdata[3:].hex()}"
            zone.records.append((owner, ttl, "TLSA", text))
        elif any(each[0] == owner and each[2] == "TLSA"
                 for each in zone.records):
            raise self._wrong("put the record that is too short or too long "
                              "before the others of its RRset")
        else:
            zone.replaced[owner] = [rdata]
            zone.records.append((owner, ttl, "TLSA", PLACEHOLDER))

    def _tlsa_octets(self, words):
        try:
            if words[0] == r"\#":
                data = self._data(words[2]) if len(words) > 2 else b""
                if len(data) != int(words[1]):
                    raise ValueError(f"{words[1]} is not the length")
                return data
            usage, selector, matching, data = words
            return (bytes([int(usage), int(selector), int(matching)])
                    + self._data(data))
        except (ValueError, KeyError) as error:
            raise self._wrong(f"TLSA: {error}") from error

    def _data(self, text):
        if text.startswith("@"):
            return self._blobs[text[1:]]
        octets, _, times = text.partition("x")
        return bytes.fromhex(octets) * int(times or 1)

    def _on_fault(self, words):
        key = self._name_and_type(words)
        if len(words) < 3 or words[2] not in TRANSPORT_FAULTS + DATA_FAULTS:
            raise self._wrong(
                f"a fault is NAME TYPE and one of "
                f"{', '.join(TRANSPORT_FAULTS + DATA_FAULTS)}")
        fault = Fault(words[2])
        if fault.word == "delay":
            matched = re.fullmatch(r"(\d+)ms", words[3] if words[3:] else "")
            if not matched:
                raise self._wrong("a delay is given as e.g. 300ms")
            fault.delay = int(matched.group(1)) / 1000
        self._scenario.faults[key] = fault

    def _name_and_type(self, words):
        try:
            return (self._name(words[0]), dns.rdatatype.from_text(words[1]))
        except (IndexError, dns.rdatatype.UnknownRdatatype) as error:
            raise self._wrong("NAME TYPE must stand here") from error

    def _name(self, text, origin=dns.name.root):
        try:
            return dns.name.from_text(text, origin)
        except dns.exception.DNSException as error:
            raise self._wrong(f"{text}: {error}") from error


if __name__ == "__main__":
    for each in read_scenarios(sys.argv[1])[1]:
        print(each.name, each.title, sep="\t")
