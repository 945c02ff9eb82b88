"""A small SMTP server that keeps what it is sent, for tests of senders."""

import socketserver
import ssl
import threading
import typing


class Message(typing.NamedTuple):
    tls: bool
    sni: str  # "" where the client sent none
    text: str  # as received, without doubled dots and the last one


class Sink(socketserver.ThreadingTCPServer):
    """Listens from its making to close().

    address     (host, port)
    pem         file of certificate and key; None: no STARTTLS
    injects     sends a reply in clear text behind the one to STARTTLS
    breaks_tls  answers the client's TLS with clear text
    babbles     greets without end
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, pem, injects=False, breaks_tls=False,
                 babbles=False):
        self.context = None
        self.injects, self.breaks_tls = injects, breaks_tls
        self.babbles = babbles
        self.messages = []
        if pem:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pem)
            self.context.sni_callback = self._keep_sni
        super().__init__(address, _Session)
        self.thread = threading.Thread(target=self.serve_forever,
                                       kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()

    @staticmethod
    def _keep_sni(connection, name, _context):
        connection.sni = name or ""


class _Session(socketserver.BaseRequestHandler):
    def setup(self):
        self.request.settimeout(10)
        self.tls = False
        self.lines = self.request.makefile("rb")

    def handle(self):
        try:
            self._converse()
        except (OSError, ssl.SSLError):
            pass

    def finish(self):
        self.lines.close()
        self.request.close()

    def _say(self, text):
        self.request.sendall(f"{text}\r\n".encode())

    def _converse(self):
        while self.server.babbles:
            self.request.sendall(b"220-" + b"x" * 65536)
        self._say("220 sink ESMTP")
        while line := self.lines.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                offers = self.server.context and not self.tls
                self._say("250-sink\r\n250 STARTTLS" if offers else "250 sink")
            elif verb == "STARTTLS":
                self._start_tls()
            elif verb.startswith("RCPT TO:<UNKNOWN@"):
                self._say("550 5.1.1 no such user")
            elif verb == "DATA":
                self._say("354 go on")
                self._take_message()
                self._say("250 2.0.0 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 good")

    def _start_tls(self):
        if self.server.injects:
            self._say("220 go ahead\r\n250 injected")
        else:
            self._say("220 go ahead")
        if self.server.breaks_tls:
            self._say("502 I did not mean it")
            self.request.close()
            raise OSError("closed")
        self.request = self.server.context.wrap_socket(self.request,
                                                       server_side=True)
        self.lines = self.request.makefile("rb")
        self.tls = True

    def _take_message(self):
        text = ""
        while (line := self.lines.readline().decode()) != ".\r\n":
            if not line:
                raise OSError("cut off")
            text += line[1:] if line.startswith(".") else line
        self.server.messages.append(Message(
            self.tls, getattr(self.request, "sni", ""), text))
