"""What Unbound's cachedb module asks of a Redis server, and no more."""

import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):

    def handle(self):
        while True:
            words = self._read_command()
            if not words:
                return
            self.wfile.write(self.server.answer(words))

    def _read_command(self):
        head = self.rfile.readline()
        if not head.startswith(b"*"):
            return []
        words = []
        for _ in range(int(head[1:])):
            size = int(self.rfile.readline()[1:])
            words.append(self.rfile.read(size + 2)[:size])
        return words


class CacheBackend(socketserver.ThreadingTCPServer):
    """Keeps what it is given for ever. A context manager."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address):
        super().__init__((address, 0), _Handler)
        self.stored = {}

    @property
    def clause(self):
        """The lines of unbound.conf that name this server."""
        address, port = self.server_address
        return ["cachedb:", '  backend: "redis"',
                f"  redis-server-host: {address}",
                f"  redis-server-port: {port}"]

    def answer(self, words):
        verb, *rest = words
        if verb == b"SET":
            self.stored[rest[0]] = rest[1]
            return b"+OK\r\n"
        if verb == b"GET":
            value = self.stored.get(rest[0])
            if value is None:
                return b"$-1\r\n"
            return b"$%d\r\n%s\r\n" % (len(value), value)
        return b"-ERR unknown command\r\n"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
