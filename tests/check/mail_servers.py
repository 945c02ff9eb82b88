"""Mail servers for live_check_test.py: certificates, and who listens where.

    127.60.0.1     STARTTLS, leaf                  port 465: implicit TLS
    127.60.0.2     STARTTLS, a named leaf and its CA
    127.60.0.3     STARTTLS, a leaf, its expired intermediate CA, and the CA
    127.60.0.4     STARTTLS, a named leaf without the CA
    127.60.0.5     no STARTTLS
    127.60.0.6     clear text behind the STARTTLS reply
    127.60.0.7     STARTTLS, an ECDSA and an RSA leaf; also ::1
"""

import contextlib
import datetime
import hashlib
import pathlib
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.utcnow()


class Identity:
    """A key and its certificate."""

    def __init__(self, *names, issuer=None, is_ca=False, ends=NOW + 90 * DAY,
                 key=None):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True))
        if not is_ca:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(
                    [x509.DNSName(name) for name in names]),
                critical=False)
        signer = issuer.key if issuer else self.key
        self.certificate = builder.sign(signer, hashes.SHA256())

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())

    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def spki(self):
        return self.key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)


def make(folder):
    """Writes the certificates of the servers, and their TLSA data as hex files
    for the zones."""
    folder = pathlib.Path(folder)
    leaf = Identity("mx.ee.example")
    rsa_leaf = Identity("mx.dual.example",
                        key=rsa.generate_private_key(65537, 2048))
    authority = Identity("Check CA", is_ca=True)
    expired = Identity("Check CA 2", issuer=authority, is_ca=True,
                       ends=NOW - DAY)
    named = Identity("mx.ta.example", issuer=authority)
    alone = Identity("mx.ta-full.example", "mx.ta-absent.example",
                     issuer=authority)
    below_expired = Identity("mx.ta-expired.example", issuer=expired)
    chains = {"leaf": [leaf], "rsa": [rsa_leaf], "named": [named, authority],
              "alone": [alone],
              "expired": [below_expired, expired, authority]}
    for name, chain in chains.items():
        text = chain[0].key_pem() + b"".join(each.pem() for each in chain)
        (folder / f"{name}.pem").write_bytes(text)
    data = folder / "zones" / "data"
    data.mkdir(parents=True)
    for name, identity in (("leaf", leaf), ("rsa", rsa_leaf),
                           ("ca", authority)):
        for part, octets in (
                ("cert", hashlib.sha256(identity.der()).digest()),
                ("spki", hashlib.sha256(identity.spki()).digest()),
                ("full", identity.der())):
            (data / f"{name}-{part}.hex").write_text(octets.hex())


class Server:
    """Talks SMTP with one client after the other, each in a thread."""

    def __init__(self, address, chains=(), port=25, starttls=True,
                 injected=b""):
        self._starttls = starttls
        self._injected = injected
        self._implicit = port == 465
        self._context = None
        if chains:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            for chain in chains:
                self._context.load_cert_chain(chain)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Takes no more clients."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client],
                                 daemon=True).start()

    def _serve(self, client):
        try:
            with contextlib.ExitStack() as sockets:
                self._talk(sockets.enter_context(client), sockets)
        except (OSError, ssl.SSLError):
            pass  # the client has gone, as it may

    def _talk(self, client, sockets):
        if self._implicit:
            client = self._start_tls(client, sockets)
        client.sendall(b"220 mx ESMTP\r\n")
        in_tls = self._implicit
        while True:
            line = self._line(client)
            if not line or line.startswith(b"QUIT"):
                return
            if line.startswith(b"STARTTLS"):
                client.sendall(b"220 go ahead\r\n" + self._injected)
                client = self._start_tls(client, sockets)
                in_tls = True
            elif self._starttls and not in_tls:
                client.sendall(b"250-mx\r\n250-SIZE 1000\r\n250 STARTTLS\r\n")
            else:
                client.sendall(b"250-mx\r\n250 SIZE 1000\r\n")

    def _start_tls(self, client, sockets):
        return sockets.enter_context(
            self._context.wrap_socket(client, server_side=True))

    @staticmethod
    def _line(client):
        line = b""
        while not line.endswith(b"\n"):
            octet = client.recv(1)
            if not octet:
                return b""
            line += octet
        return line


def serve(folder):
    """Starts all servers; returns whether there is IPv6."""
    def chain(name):
        return f"{folder}/{name}.pem"

    Server("127.60.0.1", [chain("leaf")])
    Server("127.60.0.1", [chain("leaf")], port=465)
    Server("127.60.0.2", [chain("named")])
    Server("127.60.0.3", [chain("expired")])
    Server("127.60.0.4", [chain("alone")])
    Server("127.60.0.5", starttls=False)
    Server("127.60.0.6", [chain("leaf")], injected=b"250 injected\r\n")
    both = [chain("leaf"), chain("rsa")]
    Server("127.60.0.7", both)
    try:
        Server("::1", both)
        return True
    except OSError:
        return False


@contextlib.contextmanager
def silent(address):
    """A server that takes connections and says nothing."""
    with socket.create_server((address, 25)) as listener:
        yield listener
