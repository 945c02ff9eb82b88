"""`danebound serve`, running for a test."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

WAIT = 20.0  # seconds, for what takes some tenths of one


class ServeFailure(Exception):
    """It did not start, reload or end as it should; the text has its log."""


class ServeDaemon:
    """One daemon. Stop it.

    module_socket  of the module that it asks
    listen         TOML: the [[listen]] tables
    settings       more TOML, which reload() replaces
    resolv_conf    of the mail server; none is looked at unless it is named
    options        of the command line
    """

    def __init__(self, module_socket, listen, settings="", options=(),
                 resolv_conf="off"):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-serve-"))
        self._head = (f'module_socket = "{module_socket}"\n'
                      f'mta_resolv_conf = "{resolv_conf}"\n')
        self._listen = listen
        self._write(settings)
        with open(self._folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                [os.environ["DANEBOUND_TEST_COMMAND"], "serve", "--config",
                 str(self._folder / "serve.conf"), *options],
                stdin=subprocess.DEVNULL, stderr=log)
        try:
            self.wait_for("serving")
        except ServeFailure:
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self._folder)
            raise

    def log(self):
        return (self._folder / "log").read_text()

    def decisions(self):
        """The lines of its log that say what was answered and why."""
        return [line for line in self.log().splitlines()
                if line.startswith("decision ")]

    def wait_for(self, words, count=1):
        """Waits until the log has the words so many times."""
        end = time.monotonic() + WAIT
        while self.log().count(words) < count:
            if time.monotonic() > end or self._process.poll() is not None:
                raise ServeFailure(f'danebound serve does not say "{words}":\n'
                                   f"{self.log()}")
            time.sleep(0.02)

    def reload(self, settings):
        """Takes the settings in place of those before."""
        count = self.log().count("\nreloaded") + 1
        self._write(settings)
        self._process.send_signal(signal.SIGHUP)
        self.wait_for("\nreloaded", count)

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        try:
            code = self._process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        log = self.log()
        shutil.rmtree(self._folder)
        if code != 0:
            raise ServeFailure(f"danebound serve ended with {code}:\n{log}")

    def _write(self, settings):
        (self._folder / "serve.conf").write_text(
            f"{self._head}{settings}\n{self._listen}")
