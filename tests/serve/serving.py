"""`danebound serve` between clients and the module in a real Unbound, for the tests
of this folder that run beside the tree of tests/tree.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "module"), str(HERE.parent / "mta")]

import resolver  # noqa: E402
import socketmap  # noqa: E402

DANEBOUND = os.environ["DANEBOUND_TEST_COMMAND"]
SANITIZED = b"__ubsan_handle" in pathlib.Path(DANEBOUND).read_bytes()
TCP = ("127.0.0.1", 18461)

LISTEN = """
[[listen]]
protocol = "socketmap"
unix = "{folder}/map.sock"
mode = "0600"
[[listen]]
protocol = "json"
unix = "{folder}/json.sock"
"""

METRICS = f"""
[[listen]]
protocol = "metrics"
tcp = "{TCP[0]}:{TCP[1]}"
"""


class Serve:
    """One daemon, with a folder of its own."""

    def __init__(self, module_socket, head="", tail="", environment=(),
                 arguments=(), program=(DANEBOUND, "serve", "--config")):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-serve-"))
        self.map = self.folder / "map.sock"
        self.json = self.folder / "json.sock"
        self.conf = self.folder / "serve.conf"
        self.log_file = self.folder / "log"
        self.resolv_conf = self.folder / "resolv.conf"
        self.resolv_conf.write_text(f"nameserver {resolver.ADDRESS}\n")
        self.module_socket = module_socket
        self.write(head, tail)
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                [*program, str(self.conf), *arguments],
                stderr=log, env=dict(os.environ, **dict(environment)))
        self.wait_for("serving")

    def write(self, head="", tail="", listen=LISTEN):
        self.conf.write_text(
            f'module_socket = "{self.module_socket}"\n'
            f'mta_resolv_conf = "{self.resolv_conf}"\n{head}\n' +
            listen.format(folder=self.folder) + tail)

    def log(self):
        return self.log_file.read_text()

    def wait_for(self, word):
        if not resolver.wait_until(lambda: word in self.log()):
            raise AssertionError(f"no \"{word}\" in the log:\n{self.log()}")

    def reload(self):
        before = self.log().count("reload")
        self.process.send_signal(signal.SIGHUP)
        resolver.wait_until(lambda: self.log().count("reload") > before)

    def client(self, **options):
        return socketmap.Client(self.map, **options)

    def ask(self, key, name="QUERY"):
        with self.client() as client:
            return client.ask(key, name)

    def json_lines(self, text, half_close=True):
        """Sends the text, closes the sending side, reads all lines."""
        with socketmap.connect(self.json) as sock:
            sock.sendall(text.encode())
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            with sock.makefile("rb") as replies:
                return [json.loads(line) for line in replies]

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "killed"
        text = self.log()
        shutil.rmtree(self.folder)
        if code != 0 or "Sanitizer" in text:
            raise AssertionError(f"serve ended with {code}:\n{text}")


class ServeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.unbound = resolver.Resolver()
        cls.addClassCleanup(cls.unbound.stop)

    def serve(self, *args, module_socket=None, **options):
        serve = Serve(module_socket or self.unbound.socket, *args, **options)
        self.addCleanup(serve.stop)
        return serve


class Watcher:
    """A connection to the JSON socket that watches next hops."""

    def __init__(self, serve, *next_hops, half_close=False, address=None):
        self.sock = socketmap.connect(address or serve.json)
        self.lines = self.sock.makefile("rb")
        self.send({"watch": next_hops})
        if half_close:
            self.sock.shutdown(socket.SHUT_WR)
        self.answer = self.next("watching")

    def send(self, request):
        self.sock.sendall(json.dumps(request).encode() + b"\n")

    def line(self):
        line = self.lines.readline()
        if not line:
            raise socketmap.Closed
        return json.loads(line)

    def next(self, event):
        """The next event of that name; heartbeats are passed over."""
        line = self.line()
        while line.get("event") == "heartbeat" != event:
            line = self.line()
        assert line.get("event") == event, line
        return line

    def changes(self):
        """The next changes of ok.example: their names."""
        line = self.next("changed")
        assert line["next_hop"] == "ok.example", line
        return [change["change"] for change in line["changes"]], line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.sock.close()


QUICK = "watch_min_seconds = 1\nwatch_max_seconds = 1\n"
