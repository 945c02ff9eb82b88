"""Keys, certificates and TLSA records for tests, good and bad.

    root = issue("Root", authority=True)
    leaf = issue("mx.example", root, names=["mx.example"])
    pem([leaf, root]), tlsa(leaf, 3, 1, 1)
"""

import dataclasses
import datetime
import functools
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
VALID = (-2, 30)      # days from now
EXPIRED = (-30, -1)
NOT_YET = (2, 30)
_PURPOSES = {"server": ExtendedKeyUsageOID.SERVER_AUTH,
             "client": ExtendedKeyUsageOID.CLIENT_AUTH}


@dataclasses.dataclass
class Identity:
    """A certificate and its private key."""
    key: object
    certificate: x509.Certificate

    def key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode()


def make_key(key_type="ecdsa"):
    if key_type == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if key_type == "rsa-1024":
        return rsa.generate_private_key(65537, 1024)
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def shared_key(key_type, name):
    """One key for all who ask for it by this name."""
    del name
    return make_key(key_type)


def issue(subject, issuer=None, *, names=(), authority=False, path_length=None,
          days=VALID, permitted=(), excluded=(), purposes=(), key=None,
          key_type="ecdsa", signer=None):
    """Makes a certificate; without an issuer it signs itself.

    subject    its common name; "" for a certificate without one
    names      of subjectAltName: DNS names, and mail addresses with their @;
               none: no such extension
    permitted, excluded
               DNS names of an authority's name constraints
    purposes   of extended key usage: "server", "client"; none: no such extension
    signer     a private key to sign with in place of the issuer's
    days       first and last day, counted from now
    """
    key = key or make_key(key_type)
    issuer_key = issuer.key if issuer else key
    subject_name = _name(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject_name)
        .issuer_name(issuer.certificate.subject if issuer else subject_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + datetime.timedelta(days=days[0]))
        .not_valid_after(NOW + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(authority, path_length), True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                issuer_key.public_key()), False)
        .add_extension(_key_usage(authority), True))
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(_general_names(names)), not subject)
    if permitted or excluded:
        builder = builder.add_extension(x509.NameConstraints(
            _general_names(permitted) or None,
            _general_names(excluded) or None), True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(
            [_PURPOSES[purpose] for purpose in purposes]), False)
    return Identity(key, builder.sign(signer or issuer_key, hashes.SHA256()))


def pem(identities):
    """A certificate file, in the order given."""
    return "".join(
        each.certificate.public_bytes(serialization.Encoding.PEM).decode()
        for each in identities)


def association_data(identity, selector, matching):
    """RFC 6698 2.1.2, 2.1.3."""
    if selector == 0:
        octets = identity.certificate.public_bytes(serialization.Encoding.DER)
    else:
        octets = identity.certificate.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
    if matching == 0:
        return octets
    return hashlib.new({1: "sha256", 2: "sha512"}[matching], octets).digest()


def tlsa(identity, usage, selector, matching):
    """A TLSA record in presentation form."""
    data = association_data(identity, selector, matching)
    return f"{usage} {selector} {matching} {data.hex()}"


def _name(common_name):
    if not common_name:
        return x509.Name([])
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_names(names):
    return [x509.RFC822Name(name) if "@" in name else x509.DNSName(name)
            for name in names]


def _key_usage(authority):
    return x509.KeyUsage(
        digital_signature=not authority, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=authority, crl_sign=authority, encipher_only=False,
        decipher_only=False)
