"""Name servers that make up zones as large as a flood needs, and count.

    dead.made.unsigned.    dN has 16 hosts, each a zone of its own with three
                           name servers that are silent
    absent.made.unsigned.  dN has 16 hosts below third.made.unsigned., which
                           has a server of its own, where nothing exists; zero
                           has 16 others in each answer, and a TTL of 0
    chains.made.unsigned.  dN has 16 hosts, each a chain of eight aliases
    signed.made.unsigned.  dN has 16 hosts, wN and tN have one; each host is a
                           signed zone of its own; the TLSA records of tN can
                           be changed, and have a TTL of eight seconds
    sluggish.made.unsigned.  nothing is ever answered

flood_zones/ delegates to them. They run in a process of their own, so that
they are no slower when the test is busy.
"""

import dataclasses
import hashlib
import itertools
import multiprocessing
import pathlib
import selectors
import socket
import struct
import tempfile
import time

import dns.dnssec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature)

PORT = 53
A, NS, CNAME, SOA, MX, AAAA, OPT = 1, 2, 5, 6, 15, 28, 41
DS, RRSIG, NSEC, DNSKEY, TLSA = 43, 46, 47, 48, 52
NXDOMAIN = 3
TTL = 3600
NEGATIVE_TTL = 900
CHANGING_TTL = 8
HOSTS = 16
ALIASES = 8
ABOVE = (b"made", b"unsigned")
ZONES = {"dead": "127.53.250.1", "absent": "127.53.250.2",
         "third": "127.53.250.3", "chains": "127.53.250.4",
         "signed": "127.53.250.5", "sluggish": "127.53.250.6"}
SILENT = ("127.53.251.1", "127.53.251.2", "127.53.251.3")
DAY = 86400


@dataclasses.dataclass
class Record:
    """One resource record; the owner is a tuple of labels."""
    owner: tuple
    kind: int
    rdata: bytes
    ttl: int = TTL


@dataclasses.dataclass
class Reply:
    """What a zone says to one question."""
    rcode: int = 0
    answer: list = dataclasses.field(default_factory=list)
    authority: list = dataclasses.field(default_factory=list)
    additional: list = dataclasses.field(default_factory=list)
    referral: bool = False
    lasting: bool = True  # the same question has the same answer again


def encode_name(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def mx(preference, host):
    return struct.pack("!H", preference) + encode_name(host)


def soa(zone):
    return Record(zone, SOA, encode_name((b"dns",) + zone) * 2 + struct.pack(
        "!5I", 1, 3600, 900, 1209600, NEGATIVE_TTL), NEGATIVE_TTL)


def encode(wire, question_end, reply):
    """The reply on the wire, its owners as references where they can be."""
    flags = 0x8000 | (0 if reply.referral else 0x0400) | reply.rcode
    asked = wire[12:question_end - 4]
    octets = struct.pack("!HHHHHH", 0, flags, 1, len(reply.answer),
                         len(reply.authority), len(reply.additional) + 1)
    octets += wire[12:question_end]
    for record in reply.answer + reply.authority + reply.additional:
        owner = encode_name(record.owner)
        octets += b"\xc0\x0c" if owner == asked else owner
        octets += struct.pack("!HHIH", record.kind, 1, record.ttl,
                              len(record.rdata)) + record.rdata
    return octets + struct.pack("!BHHIH", 0, OPT, 4096, 0x8000, 0)


def read_question(wire):
    """Labels, type, and where the question ends."""
    labels, at = [], 12
    while wire[at]:
        labels.append(wire[at + 1:at + 1 + wire[at]].lower())
        at += 1 + wire[at]
    return tuple(labels), int.from_bytes(wire[at + 1:at + 3], "big"), at + 5


class Dead:
    """Hosts whose name servers are silent."""

    def __init__(self, zone):
        self.zone = zone

    def reply(self, name, kind):
        below = name[:-len(self.zone)]
        if len(below) == 1 and kind == MX:
            return Reply(answer=[
                Record(name, MX, mx(10, (b"h%d" % host,) + name))
                for host in range(HOSTS)])
        if len(below) >= 2:
            return self._referral(name[-len(self.zone) - 2:])
        return Reply(authority=[soa(self.zone)])

    def _referral(self, host):
        servers = [(b"ns%d" % number,) + host for number in range(len(SILENT))]
        return Reply(
            referral=True,
            authority=[Record(host, NS, encode_name(server))
                       for server in servers],
            additional=[Record(server, A, socket.inet_aton(address))
                        for server, address in zip(servers, SILENT)])


class Absent:
    """Domains whose hosts do not exist, in the zone of a third party."""

    def __init__(self, zone):
        self.zone = zone
        self._number = itertools.count()

    def reply(self, name, kind):
        below = name[:-len(self.zone)]
        if len(below) != 1 or kind != MX:
            return Reply(authority=[soa(self.zone)])
        serial = next(self._number)
        ttl = 0 if below[0] == b"zero" else TTL
        return Reply(answer=[
            Record(name, MX, mx(10, (b"r%d-%d" % (host, serial), b"third")
                                + ABOVE), ttl)
            for host in range(HOSTS)], lasting=False)


class Third:
    """The third party: whatever is asked for does not exist."""

    def __init__(self, zone):
        self.zone = zone

    def reply(self, name, kind):
        return Reply(rcode=0 if name == self.zone else NXDOMAIN,
                     authority=[soa(self.zone)])


class Chains:
    """Hosts that are chains of aliases, one alias an answer."""

    def __init__(self, zone):
        self.zone = zone

    def reply(self, name, kind):
        below = name[:-len(self.zone)]
        if len(below) == 1 and kind == MX:
            return Reply(answer=[
                Record(name, MX, mx(10, (b"c0", b"h%d" % host) + name))
                for host in range(HOSTS)])
        if len(below) == 3 and below[0] < b"c%d" % ALIASES:
            target = (b"c%d" % (int(below[0][1:]) + 1),) + name[1:]
            return Reply(answer=[Record(name, CNAME, encode_name(target))])
        return Reply(authority=[soa(self.zone)])


class Sluggish:
    """Nothing is ever answered."""

    def __init__(self, zone):
        self.zone = zone

    def reply(self, name, kind):
        return None


class Signed:
    """Hosts that are signed zones; the zone above them is a trust anchor.

    `edition` is what the digests of changing TLSA records are made of.
    """

    def __init__(self, zone):
        self.zone = zone
        self.edition = multiprocessing.Value("B", 1)
        self._key = ec.generate_private_key(ec.SECP256R1())
        dnskey = dns.dnssec.make_dnskey(self._key.public_key(), 13, flags=257)
        self._dnskey = dnskey.to_wire()
        self._key_tag = dns.dnssec.key_id(dnskey)
        now = int(time.time())
        self._valid = (now - DAY, now + 30 * DAY)

    def anchor(self):
        """The DS record of the zone, for Unbound's trust-anchor."""
        digest = self._ds(self.zone).rdata[4:].hex()
        return f"{_text(self.zone)} DS {self._key_tag} 13 2 {digest}"

    def reply(self, name, kind):
        below = name[:-len(self.zone)]
        if not below:
            return self._at_apex(self.zone, kind)
        host = self._host(name)
        if host[0][:1] != b"h":
            return self._at_domain(name, kind)
        if name == host and kind == DS:
            return Reply(answer=self._sign(self.zone, [self._ds(host)]))
        return self._referral(host)

    def reply_of_host(self, name, kind):
        """The same for the zone of a host; it has a server of its own."""
        host = self._host(name)
        above = name[:-len(host)]
        if not above and kind != A:
            return self._at_apex(host, kind)
        if kind == A and above in ((), (b"ns",)):
            address = SIGNED_HOSTS if above else "192.0.2.1"
            return Reply(answer=self._sign(host, [
                Record(name, A, socket.inet_aton(address))]))
        if above == (b"_25", b"_tcp") and kind == TLSA:
            return self._tlsa(name, host)
        if above == (b"ns",):
            return self._no_data(host, name, host, (A, RRSIG, NSEC))
        return self._no_data(host, host, (b"_25", b"_tcp") + host, APEX_TYPES)

    def _tlsa(self, name, host):
        changing = b"-t" in host[0]
        digest = bytes([self.edition.value if changing else 0x11]) * 32
        record = Record(name, TLSA, b"\3\1\1" + digest,
                        CHANGING_TTL if changing else TTL)
        return Reply(answer=self._sign(host, [record]), lasting=not changing)

    def _host(self, name):
        return name[-len(self.zone) - 1:]

    def _at_apex(self, zone, kind):
        if kind == DNSKEY:
            return Reply(answer=self._sign(zone, [Record(
                zone, DNSKEY, self._dnskey)]))
        if kind == NS:
            return Reply(answer=self._sign(zone, [Record(
                zone, NS, encode_name((b"ns",) + zone))]))
        return self._no_data(zone, zone, (b"\0",) + zone, APEX_TYPES)

    def _at_domain(self, name, kind):
        if kind == MX:
            return Reply(answer=self._sign(self.zone, [
                Record(name, MX, mx(10, (b"h%d-%s" % (host, name[0]),)
                                    + self.zone))
                for host in range(1 if name[0][:1] in b"wt" else HOSTS)]))
        return self._no_data(self.zone, name, (b"\0",) + name,
                             (MX, RRSIG, NSEC))

    def _ds(self, host):
        digest = hashlib.sha256(encode_name(host) + self._dnskey).digest()
        return Record(host, DS, struct.pack("!HBB", self._key_tag, 13, 2)
                      + digest)

    def _referral(self, host):
        server = (b"ns",) + host
        return Reply(
            referral=True,
            authority=[Record(host, NS, encode_name(server)),
                       *self._sign(self.zone, [self._ds(host)])],
            additional=[Record(server, A, socket.inet_aton(SIGNED_HOSTS))])

    def _no_data(self, zone, owner, following, kinds):
        bitmap = bytearray(7)
        for kind in kinds:
            bitmap[kind // 8] |= 0x80 >> kind % 8
        nsec = Record(owner, NSEC, encode_name(following)
                      + bytes([0, len(bitmap)]) + bytes(bitmap), NEGATIVE_TTL)
        return Reply(authority=self._sign(zone, [soa(zone)])
                     + self._sign(zone, [nsec]))

    # RFC 4034 3.1.8.1. Signed here and not by dnspython: a flood takes tens of
    # thousands of signatures.
    def _sign(self, zone, records):
        first = records[0]
        inception, expiration = self._valid
        head = struct.pack("!HBBIIIH", first.kind, 13, len(first.owner),
                           first.ttl, expiration, inception,
                           self._key_tag) + encode_name(zone)
        signed = head + b"".join(
            encode_name(first.owner) + struct.pack(
                "!HHIH", first.kind, 1, first.ttl, len(rdata)) + rdata
            for rdata in sorted(record.rdata for record in records))
        number_r, number_s = decode_dss_signature(
            self._key.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = number_r.to_bytes(32, "big") + number_s.to_bytes(32, "big")
        return [*records,
                Record(first.owner, RRSIG, head + signature, first.ttl)]


APEX_TYPES = (A, NS, SOA, RRSIG, NSEC, DNSKEY)
SIGNED_HOSTS = "127.53.250.7"


def _text(labels):
    return b".".join(labels).decode() + "."


class _Server:
    """One socket. Answers that last are made once."""

    def __init__(self, address, label, reply, log):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((address, PORT))
        self.socket.setblocking(False)
        self._label = label
        self._reply = reply
        self._made = {}
        self._log = log

    def serve(self):
        """Answers what has come, within reason."""
        for _ in range(64):
            try:
                wire, sender = self.socket.recvfrom(4096)
            except BlockingIOError:
                return
            octets = self._answer(wire)
            if octets is not None:
                self.socket.sendto(wire[:2] + octets[2:], sender)

    def _answer(self, wire):
        name, kind, end = read_question(wire)
        self._log.write(f"{self._label} {_text(name)} {kind}\n")
        question = wire[12:end]
        if question in self._made:
            return self._made[question]
        reply = self._reply(name, kind)
        if reply is None:
            return None
        octets = encode(wire, end, reply)
        if reply.lasting:
            self._made[question] = octets
        return octets


@dataclasses.dataclass(frozen=True)
class Query:
    """One that reached a server: the server's label, name and type."""
    server: str
    name: str
    kind: int


class Authority:
    """All these name servers, from start to stop."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="danebound-test-")
        self._log = pathlib.Path(self._folder.name) / "queries"
        self._log.touch()
        self.signed = Signed((b"signed",) + ABOVE)
        ready = multiprocessing.Event()
        self._process = multiprocessing.Process(
            target=self._serve, args=(ready,), daemon=True)
        self._process.start()
        if not ready.wait(10):
            raise AssertionError("the name servers do not start")

    def stop(self):
        self._process.terminate()
        self._process.join()
        self._folder.cleanup()

    def queries(self):
        """All queries so far, the oldest first."""
        return [Query(server, name, int(kind)) for server, name, kind in (
            line.split() for line in self._log.read_text().splitlines())]

    def _serve(self, ready):
        with open(self._log, "w", buffering=1, encoding="ascii") as log:
            servers = selectors.DefaultSelector()
            for server in self._servers(log):
                servers.register(server.socket, selectors.EVENT_READ, server)
            ready.set()
            while True:
                for key, _ in servers.select():
                    key.data.serve()

    def _servers(self, log):
        kinds = {"dead": Dead, "absent": Absent, "third": Third,
                 "chains": Chains, "sluggish": Sluggish}
        for label, kind in kinds.items():
            zone = kind((label.encode(),) + ABOVE)
            yield _Server(ZONES[label], label, zone.reply, log)
        yield _Server(ZONES["signed"], "signed", self.signed.reply, log)
        yield _Server(SIGNED_HOSTS, "signed-host", self.signed.reply_of_host,
                      log)
        for address in SILENT:
            yield _Server(address, "silent", lambda name, kind: None, log)
