"""The socket protocol, written down a second time from docs/protocol.md."""

import dataclasses
import socket
import struct
import time

VERSION = 2
HELLO, LOOKUP, STATS, FLUSH, SELF_TEST = range(1, 6)
ERROR = 255
ANY, CACHED_ONLY, FRESH = range(3)
ERRORS = ("", "malformed", "version", "too-large", "busy", "not-cached",
          "no-worker", "not-validating", "wrong-unbound", "stopping",
          "settings")
KINDS = ("failed", "mx", "implicit-mx", "null-mx", "no-such-domain", "host",
         "address")
SECURITIES = ("failed", "bogus", "insecure", "secure")
STATES = ("not-evaluated", "mx-is-address", "address-failed", "no-address",
          "tlsa-failed", "no-tlsa", "tlsa")


class Refused(Exception):
    """An error reply."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclasses.dataclass
class Host:
    name: str
    state: str
    security: str
    life: int
    reasons: list
    tlsa: list


@dataclasses.dataclass
class Facts:
    from_cache: bool
    kind: str
    security: str
    life: int
    reasons: list
    hosts: list

    def host(self, name):
        return next(each for each in self.hosts if each.name == name)

    def texts(self):
        """All reasons in words."""
        return " / ".join(self.reasons + [
            text for host in self.hosts for text in host.reasons])


def encode_name(text):
    labels = [label for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in labels) + b"\0"


def next_hop(text, port=25):
    form = 1 if text.startswith("[") else 0
    return bytes([form]) + struct.pack("!H", port) + encode_name(
        text.strip("[]"))


def frame(kind, request, body=b"", version=VERSION):
    return struct.pack("!IBBH", len(body) + 4, version, kind, request) + body


def lookup_frame(domain, request=1, freshness=ANY, timeout_ms=0):
    return frame(LOOKUP, request, next_hop(domain)
                 + struct.pack("!BI", freshness, timeout_ms))


class _Octets:
    """Reads the body of a reply from its front."""

    def __init__(self, octets):
        self._octets = octets
        self._at = 0
        self._age = 0

    def take(self, count):
        if self._at + count > len(self._octets):
            raise ValueError("the body ends too early")
        self._at += count
        return self._octets[self._at - count:self._at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def string(self, size):
        return self.take(self.number(size))

    def name(self):
        labels = []
        while True:
            label = self.string(1)
            if not label:
                return ".".join(labels)
            labels.append(label.decode())

    def next_hop(self):
        form = self.number(1)
        self.number(2)
        return self.string(1) if form == 2 else self.name()

    def expanded(self):
        if self.number(1):
            self.name()

    def life(self):
        return max(self.number(4) - self._age, 0)

    def reasons(self):
        return [self._reason() for _ in range(self.number(2))]

    def _reason(self):
        self.number(1)
        text = self.string(2).decode()
        if self.number(1):
            text += f" (EDE {self.number(2)})"
        return text

    def host(self):
        name = self.name()
        self.expanded()
        self.number(2)
        state = STATES[self.number(1)]
        security = SECURITIES[self.number(1)]
        life = self.life()
        reasons = self.reasons()
        for _ in range(self.number(2)):
            self.number(1)
            self.string(1)
        tlsa = []
        if state == "tlsa":
            self.name()
            tlsa = [self.string(2) for _ in range(self.number(2))]
        return Host(name, state, security, life, reasons, tlsa)

    def facts(self):
        from_cache = bool(self.number(1))
        self._age = self.number(4)
        self.next_hop()
        self.expanded()
        kind = KINDS[self.number(1)]
        security = SECURITIES[self.number(1)]
        self.number(1)
        life = self.life()
        reasons = self.reasons()
        hosts = [self.host() for _ in range(self.number(2))]
        return Facts(from_cache, kind, security, life, reasons, hosts)

    def end(self):
        if self._at != len(self._octets):
            raise ValueError("the body goes on after its end")


class Client:
    """One connection. Every call raises Refused for an error reply, and
    ConnectionError where the module closes."""

    def __init__(self, path, timeout=30):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        try:
            self.sock.connect(str(path))
        except OSError:
            self.sock.close()
            raise

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, octets):
        self.sock.sendall(octets)

    def _receive(self, count):
        octets = b""
        while len(octets) < count:
            more = self.sock.recv(count - len(octets))
            if not more:
                raise ConnectionError("the module closed the connection")
            octets += more
        return octets

    def read(self):
        """The next reply: kind, request id, body."""
        length, version, kind, request = struct.unpack(
            "!IBBH", self._receive(8))
        if version != VERSION:
            raise ValueError(f"version {version}")
        return kind, request, self._receive(length - 4)

    def read_facts(self):
        """The next reply, which must be to a lookup: request id, facts or
        Refused."""
        kind, request, body = self.read()
        if kind == ERROR:
            return request, Refused(ERRORS[body[0]], body[3:].decode())
        octets = _Octets(body)
        facts = octets.facts()
        octets.end()
        return request, facts

    def lookup(self, domain, freshness=ANY, timeout_ms=0):
        self.send(lookup_frame(domain, 1, freshness, timeout_ms))
        _, result = self.read_facts()
        if isinstance(result, Refused):
            raise result
        return result

    def _call(self, kind, body=b""):
        self.send(frame(kind, 1, body))
        got, _, octets = self.read()
        if got == ERROR:
            raise Refused(ERRORS[octets[0]], octets[3:].decode())
        return _Octets(octets)

    def hello(self):
        octets = self._call(HELLO, b"\4test")
        return octets.string(1).decode(), octets.string(1).decode()

    def stats(self):
        octets = self._call(STATS)
        return {octets.string(1).decode(): octets.number(8)
                for _ in range(octets.number(2))}

    def flush(self, domain=None):
        body = b"\1" + next_hop(domain) if domain else b"\0"
        return self._call(FLUSH, body).number(4)

    def self_test(self):
        """Result and text of each check, by name."""
        octets = self._call(SELF_TEST)
        checks = {}
        for _ in range(octets.number(2)):
            name = octets.string(1).decode()
            result = ("passed", "warning", "failed")[octets.number(1)]
            checks[name] = (result, octets.string(2).decode())
        return checks


def connect(path, wait=10.0):
    """Connects, waiting for the socket to appear."""
    end = time.monotonic() + wait
    while True:
        try:
            return Client(path)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
