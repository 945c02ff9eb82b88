"""A mail server on the files that the hook deploys, and `danebound check` of it
again and again while they change."""

import pathlib
import ssl
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/check"))

import mail_servers  # noqa: E402


class MailServer(mail_servers.Server):
    """Takes STARTTLS with the files in use, which it reads when RELOAD has
    written to a file, as mail servers do when they are told to."""

    def __init__(self, address, in_use, reloads):
        self._in_use = in_use
        self._reloads = reloads
        self._read = 0
        self._chain = b""
        self._lock = threading.Lock()
        self.shown = set()  # chains that clients were shown
        super().__init__(address)

    def _start_tls(self, client, sockets):
        with self._lock:
            self._read_again()
            self.shown.add(self._chain)
        return super()._start_tls(client, sockets)

    def _read_again(self):
        written = self._reloads.stat().st_size
        if written == self._read:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._in_use / "fullchain.pem",
                                self._in_use / "privkey.pem")
        self._chain = (self._in_use / "fullchain.pem").read_bytes()
        self._context = context
        self._read = written


class Watch:
    """Checks a domain until it is stopped; keeps what was not good."""

    LEAST = 5  # checks that are worth the name

    def __init__(self, danebound, domain, conf):
        self._command = [danebound, "check", "--embedded", "--unbound-conf",
                         conf, "--json", domain]
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.checks = 0
        self.failures = []

    def start(self):
        """Once; later calls do nothing."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self):
        self._end.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self):
        while not self._end.is_set():
            done = subprocess.run(self._command, text=True,
                                  capture_output=True, check=False,
                                  timeout=60)
            self.checks += 1
            if done.returncode != 0:
                self.failures.append(done.stdout + done.stderr)
            self._end.wait(0.1)
