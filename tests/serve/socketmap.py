"""Socketmap as Postfix speaks it: socketmap_table(5)."""

import socket


def netstring(octets):
    return b"%d:%s," % (len(octets), octets)


def connect(address, wait=15.0):
    """`address`: a path, or (host, port)."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(wait)
    sock.connect(address if isinstance(address, tuple) else str(address))
    return sock


class Closed(Exception):
    """The server closed the connection."""


class Client:
    def __init__(self, address, wait=15.0):
        self.sock = connect(address, wait)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, key, name="QUERY"):
        self.sock.sendall(netstring(f"{name} {key}".encode()))

    def reply(self):
        """The next reply, as text."""
        while True:
            head, colon, rest = self.received.partition(b":")
            if colon and len(rest) > int(head):
                size = int(head)
                assert rest[size:size + 1] == b",", self.received
                self.received = rest[size + 1:]
                return rest[:size].decode("ascii")
            octets = self.sock.recv(65536)
            if not octets:
                raise Closed(self.received)
            self.received += octets

    def ask(self, key, name="QUERY"):
        self.send(key, name)
        return self.reply()
