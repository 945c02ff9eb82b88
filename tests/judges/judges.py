"""Who judges a case, and how: danebound and what others wrote.

Each judge says authenticated, failed, unusable or, where it cannot be asked,
nothing; and the text that it printed.
"""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "mta"))

import exim_client  # noqa: E402
import posttls_finger  # noqa: E402
import roots  # noqa: E402

TIMEOUT = 60.0  # seconds


def _run(command, **options):
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=TIMEOUT, check=False,
                          **options)
    return done.returncode, done.stdout + done.stderr


def _outcome(code, text, unusable):
    """Of a program that exits with 0 where a record vouches for the server.

    unusable: what it prints where no record counts.
    """
    if code == 0:
        return "authenticated"
    return "unusable" if unusable in text else "failed"


class Danebound:
    """`danebound verify`, offline."""

    NAME = "danebound"

    def judge(self, case):
        return self.judge_at(case)

    def judge_at(self, case, *options):
        command = [os.environ["DANEBOUND_TEST_COMMAND"], "verify", "--json",
                   "--chain", case.chain_file, "--name", case.host, *options]
        for record in case.records:
            command += ["--tlsa", record]
        _, text = _run(command)
        return json.loads(text)["result"], text


class PosttlsFinger:
    """posttls-finger, in a conversation with a server that shows the chain."""

    NAME = "posttls-finger"

    def __init__(self, resolver):
        self._finger = posttls_finger.PosttlsFinger(resolver)

    def close(self):
        self._finger.close()

    def judge(self, case):
        return self._finger.outcome(f"[{case.host}]")


class Exim:
    """Exim, which sends a message to the server of each case."""

    NAME = "exim"

    def __init__(self, resolver, cases):
        self._client = exim_client.EximClient(resolver)
        self._log = self._client.deliver([case.host for case in cases])

    def close(self):
        self._client.close()

    def judge(self, case):
        lines = [line for line in self._log.splitlines()
                 if f" a@{case.host} " in line]
        text = "\n".join(lines) or self._log[-2000:]
        for words, outcome in ((" CV=dane ", "authenticated"),
                               (" CV=no ", "unusable"),
                               ("certificate verification failed", "failed")):
            if any(words in line for line in lines):
                return outcome, text
        return "unreached", text


class LdnsDane:
    """ldns-dane, offline: chain and records from files."""

    NAME = "ldns-dane"

    def judge(self, case):
        records = case.chain_file + ".tlsa"
        with open(records, "w", encoding="ascii") as file:
            for record in case.records:
                file.write(f"_25._tcp.{case.host}. 3600 IN TLSA {record}\n")
        code, text = _run(["ldns-dane", "-d", "-t", records,
                           "-c", case.chain_file, "verify", case.host, "25"])
        return _outcome(code, text, "No usable TLSA records"), text


class Danetool:
    """GnuTLS's danetool: the chain from a file, the records from the DNS."""

    NAME = "danetool"

    def __init__(self, resolver, anchor):
        self._root = roots.Root("gnutls")
        self._root.resolve_with(resolver)
        self._root.write("/usr/share/dns/root.key", anchor)

    def close(self):
        self._root.close()

    def judge(self, case):
        with open(case.chain_file, encoding="ascii") as chain:
            self._root.write(f"/tmp/{case.name}", chain.read())
        code, text = _run(self._root.command(
            "danetool", "--check", case.host, "--port", "25", "--local-dns",
            "--load-certificate", f"/tmp/{case.name}"), env=roots.environment())
        return _outcome(code, text, "requested data are not available"), text
