"""An Unbound with the module, beside the private tree that tree.py serves."""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import dns.message
import dns.query
import dns.rcode

import wire

TREE = pathlib.Path(os.environ["DANEBOUND_TREE"])
UNBOUND = pathlib.Path(os.environ["DANEBOUND_TEST_UNBOUND"])
MODULE = pathlib.Path(os.environ["DANEBOUND_TEST_MODULE"])
SANITIZED = (b"__ubsan_handle" in MODULE.read_bytes()
             or b"__tsan_init" in MODULE.read_bytes())
ADDRESS = "127.53.1.2"
START_SECONDS = 20.0


def wait_until(condition, seconds=10.0):
    """Says whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def release():
    """Unbound's release: (1, 26, 0)."""
    text = subprocess.run([str(UNBOUND), "-V"], capture_output=True, text=True,
                          check=True).stdout
    return tuple(int(part) for part in
                 re.search(r"^Version (\d+)\.(\d+)\.(\d+)", text).groups())


def tree_queries():
    """The queries that have reached the fault server: NAME TYPE."""
    lines = (TREE / "queries.log").read_text().splitlines()
    return [" ".join(line.split()[2:]) for line in lines]


class Resolver:
    """One Unbound. Settings: `server`, lines of unbound.conf's server clause;
    `clauses`, lines after all clauses; `settings`, the module's TOML after its
    socket; `modules`, the chain."""

    def __init__(self, server=(), settings=(), modules=None, program=UNBOUND,
                 anchor=True, start=True, clauses=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-test-"))
        self.socket = self.folder / "m.sock"
        self.settings_file = self.folder / "module.conf"
        self.conf = self.folder / "unbound.conf"
        self.log_file = self.folder / "unbound.log"
        self.program = program
        self.process = None
        self.write_settings(*settings)
        self._write_conf(server, modules or "dynlib validator iterator",
                         anchor, clauses)
        if start:
            self.start()

    def write_settings(self, *lines):
        self.settings_file.write_text("\n".join(
            [f'socket = "{self.socket}"', *lines]) + "\n")

    def _write_conf(self, server, modules, anchor, clauses):
        lines = [f"  {line}" for line in server]
        if not any("interface:" in line for line in lines):
            lines.append(f"  interface: {ADDRESS}")
        if not any("val-log-level" in line for line in lines):
            lines.append("  val-log-level: 2")
        if anchor:
            lines.append(f'  trust-anchor-file: "{TREE}/root.key"')
        self.conf.write_text("\n".join([
            "server:", *lines,
            "  do-ip6: yes",
            "  do-daemonize: no",
            '  username: ""',
            '  chroot: ""',
            f'  directory: "{self.folder}"',
            f'  pidfile: "{self.folder}/unbound.pid"',
            "  use-syslog: no",
            f'  logfile: "{self.log_file}"',
            "  verbosity: 1",
            f'  root-hints: "{TREE}/root.hints"',
            "  do-not-query-localhost: no",
            f'  module-config: "{modules}"',
            "remote-control:",
            "  control-enable: yes",
            f'  control-interface: "{self.folder}/control.sock"',
            "  control-use-cert: no",
            "dynlib:",
            f'  dynlib-file: "{MODULE}"', *clauses]) + "\n")

    def edit_conf(self, old, new):
        """Changes unbound.conf; Unbound reads it at its next reload."""
        text = self.conf.read_text()
        assert old in text, old
        self.conf.write_text(text.replace(old, new))

    def start(self, open_files=None):
        """`open_files`: how many it may have, at most."""
        def limit():
            if open_files:
                resource.setrlimit(resource.RLIMIT_NOFILE,
                                   (open_files, open_files))
        environment = dict(os.environ, DANEBOUND_CONF=str(self.settings_file))
        with open(self.folder / "stderr", "ab") as output:
            self.process = subprocess.Popen(
                [str(self.program), "-d", "-c", str(self.conf)],
                env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, preexec_fn=limit)
        if not wait_until(lambda: "start of service" in self.log(),
                          START_SECONDS):
            raise AssertionError(f"Unbound does not start:\n{self.words()}")

    def log(self):
        if not self.log_file.exists():
            return ""
        return self.log_file.read_text(errors="replace")

    def words(self):
        """What Unbound and a sanitizer had to say."""
        return (self.log() + (self.folder / "stderr").read_text(
            errors="replace"))[-8000:]

    def control(self, *words):
        return subprocess.run(
            [str(self.program.with_name("unbound-control")), "-c",
             str(self.conf), *words],
            capture_output=True, text=True, check=True).stdout

    def reload(self):
        """Reloads, and waits until the new generation serves."""
        before = self.log().count("start of service")
        self.process.send_signal(signal.SIGHUP)
        if not wait_until(
                lambda: self.log().count("start of service") > before):
            raise AssertionError(f"no reload:\n{self.words()}")

    def is_running(self):
        return self.process.poll() is None

    def stop(self):
        """Stops Unbound; raises where it crashed or a sanitizer complained."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.terminate()
            try:
                code = self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                code = "it did not stop"
            text = self.words()
            if code not in (0, -signal.SIGKILL) or "Sanitizer" in text:
                raise AssertionError(f"Unbound ended with {code}:\n{text}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, wait=10.0):
        return wire.connect(self.socket, wait)

    def lookup(self, domain, **options):
        with self.client() as client:
            return client.lookup(domain, **options)

    def stats(self):
        with self.client() as client:
            return client.stats()

    def counter(self, name):
        return self.stats().get(name, 0)

    def query(self, name, kind, address=ADDRESS, seconds=5.0, dns_class="IN"):
        """Asks Unbound as a DNS client does. None: no answer."""
        question = dns.message.make_query(name, kind, dns_class)
        try:
            return dns.query.udp(question, address, timeout=seconds)
        except dns.exception.Timeout:
            return None

    def resolves(self, name="ok.example", kind="MX", **options):
        """Says whether DNS works for a client."""
        answer = self.query(name, kind, **options)
        return (answer is not None and answer.rcode() == dns.rcode.NOERROR
                and bool(answer.answer))

    def count_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def count_threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))


class ModuleTest(unittest.TestCase):
    """Tests with resolvers that are stopped, and must stop cleanly."""

    def resolver(self, *args, **options):
        resolver = Resolver(*args, **options)
        self.addCleanup(resolver.stop)
        return resolver

    def assert_refused(self, code, call, *args, **options):
        with self.assertRaises(wire.Refused) as raised:
            call(*args, **options)
        self.assertEqual(raised.exception.code, code, raised.exception.text)
        return raised.exception.text


@contextlib.contextmanager
def silent_listener(path):
    """A live server at the path that never says a word."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.bind(str(path))
        sock.listen(8)
        yield sock
