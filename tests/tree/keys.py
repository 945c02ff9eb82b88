"""Zone keys: one for each algorithm, shared by all zones, and its false twin.

A key is a combined signing key (flags 257). The false twin is published
nowhere: signatures and DS records made with it are wrong.
"""

import base64

import dns.dnssec
import dns.rdtypes.ANY.DNSKEY
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

NUMBERS = {"ecdsa": 13, "rsa": 8, "ed25519": 15}
NAMES = {13: "ECDSAP256SHA256", 8: "RSASHA256", 15: "ED25519"}
FLAGS = 257


class Key:
    """A private key and its DNSKEY record."""

    def __init__(self, algorithm):
        self.number = NUMBERS[algorithm]
        self.private = _generate(algorithm)
        self.dnskey = dns.dnssec.make_dnskey(
            self.private.public_key(), self.number, flags=FLAGS)

    def private_key_file(self):
        """The key as ldns-signzone reads it."""
        lines = ["Private-key-format: v1.2",
                 f"Algorithm: {self.number} ({NAMES[self.number]})"]
        lines += [f"{name}: {base64.b64encode(octets).decode()}"
                  for name, octets in self._private_fields()]
        return "\n".join(lines) + "\n"

    def _private_fields(self):
        if self.number == NUMBERS["rsa"]:
            return _rsa_fields(self.private.private_numbers())
        if self.number == NUMBERS["ecdsa"]:
            secret = self.private.private_numbers().private_value
            return [("PrivateKey", secret.to_bytes(32, "big"))]
        return [("PrivateKey", self.private.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw,
            serialization.NoEncryption()))]


def _generate(algorithm):
    if algorithm == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if algorithm == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def _rsa_fields(numbers):
    fields = [("Modulus", numbers.public_numbers.n),
              ("PublicExponent", numbers.public_numbers.e),
              ("PrivateExponent", numbers.d),
              ("Prime1", numbers.p), ("Prime2", numbers.q),
              ("Exponent1", numbers.dmp1), ("Exponent2", numbers.dmq1),
              ("Coefficient", numbers.iqmp)]
    return [(name, number.to_bytes((number.bit_length() + 7) // 8, "big"))
            for name, number in fields]


class Keyring:
    """The key and the false twin of every algorithm."""

    def __init__(self, folder):
        self._folder = folder
        self._keys = {name: Key(name) for name in NUMBERS}
        self._false_keys = {name: Key(name) for name in NUMBERS}
        for name, key in self._keys.items():
            path = folder / f"{name}.private"
            path.write_text(key.private_key_file())
            path.chmod(0o600)

    def key(self, zone):
        return self._keys[zone.algorithm]

    def false_key(self, zone):
        return self._false_keys[zone.algorithm]

    def file_base(self, zone):
        """What ldns-signzone takes for a key: the path without .private."""
        return self._folder / zone.algorithm
