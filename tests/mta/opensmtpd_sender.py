"""Debian's OpenSMTPD as a sender, with the lines of docs/mta/opensmtpd.md.

OpenSMTPD itself knows no DANE. A table that asks `danebound serve` gives what DANE
touches to a relay: Postfix, with danebound.
"""

import os
import pathlib
import re
import smtplib
import subprocess
import time

import mail_servers
import postfix_sender
import roots
import senders
import serve_daemon
from senders import bounced, delivered

ADDRESS = "127.60.2.1"  # where it takes the messages
RELAY = "127.0.0.1"
TO_RELAY = f'relay="{RELAY} '  # in its log
SOCKET = "/run/danebound-serve/socketmap.sock"
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = REPOSITORY / "docs" / "mta" / "opensmtpd.md"
TABLE = REPOSITORY / "unbound-conf" / "table-danebound.sh"
START_TIMEOUT = 20.0  # seconds
# For the tests alone: no pauses between connections to one host.
_CONFIGURATION = f"""\
listen on {ADDRESS} port 25
mta limit conn-delay-route 0 conn-delay-relay 0 reconn-delay-route 0
"""
_POSTFIX = postfix_sender.PostfixSender
_STATES = {"Ok": "delivered", "TempFail": "deferred", "PermFail": "bounced"}
_RESULT = re.compile(r"^.* mta delivery .*to=<user@([^>]+)> .*result=\"?(\w+).*$",
                     re.MULTILINE)


class OpenSmtpdSender(senders.Sender):

    NAME = "opensmtpd, relay"
    # What OpenSMTPD delivers itself, and what Postfix does with the rest.
    EXPECTED = {
        **_POSTFIX.EXPECTED,
        "null-mx": bounced("Domain does not accept mail"),
    }
    EXPECTED_UNDER = {
        "audit": {
            "mismatching": delivered("attacker"),
            "stripped": delivered("clear", tls=False),
        },
        "exceptions": _POSTFIX.EXPECTED_UNDER["exceptions"],
        "require": _POSTFIX.EXPECTED_UNDER["require"],
        "insecure-mx-authenticate":
            _POSTFIX.EXPECTED_UNDER["insecure-mx-authenticate"],
    }

    def __init__(self, resolver, module_socket, settings=""):
        self._module_socket = module_socket
        self._process = None
        self._begin = 0
        self._relay = _POSTFIX(resolver, module_socket, settings)
        self.root = roots.Root("opensmtpd", mail_servers.OpenSmtpd.USERS)
        try:
            self.root.resolve_with(resolver)
            _have_an_address()
            self.root.make_folder(pathlib.Path(SOCKET).parent)
            self.start_serve(settings)
            self._configure()
            self._start()
        except BaseException:
            self.close()
            raise

    def send(self, domains):
        self._relay.send([])  # its results are those from here on
        self._begin = len(self.log())
        with smtplib.SMTP(ADDRESS, 25, timeout=30) as smtp:
            for domain in domains:
                smtp.sendmail("", [f"user@{domain}"],
                              f"Subject: {domain}\r\n\r\ntest\r\n")

    def results_so_far(self):
        """What the relay says of that which it was given."""
        found = {}
        relayed = self._relay.results_so_far()
        for line in _RESULT.finditer(self.log(), self._begin):
            result = senders.Result(_STATES[line[2]], line[0])
            if TO_RELAY in line[0]:
                result = relayed.get(line[1])
            if result is not None:
                found.setdefault(line[1], result)
        return found

    def log(self):
        path = self.root.path("/var/log/stderr")
        return path.read_text(errors="replace") if path.exists() else ""

    def reload(self, settings):
        super().reload(settings)
        self._relay.reload(settings)

    def close(self):
        self.root.end_processes()
        if self._process is not None:
            self._process.wait()
        self.stop_serve()
        self.root.close()
        self._relay.close()

    def start_serve(self, settings=""):
        self.serve = serve_daemon.ServeDaemon(self._module_socket, f"""
[[listen]]
protocol = "socketmap"
unix = "{self.root.path(SOCKET)}"
mode = "0666"
""", settings)

    def _configure(self):
        self.root.install(os.environ["DANEBOUND_TEST_COMMAND"],
                          "/usr/local/bin/danebound")
        self.root.write("/usr/libexec/opensmtpd/table-danebound",
                        TABLE.read_text(), 0o755)
        self.root.make_folder("/var/lib/opensmtpd/empty")
        self.root.make_folder("/var/spool/smtpd", mode=0o711)
        self.root.write("/etc/ssl/certs/ca-certificates.crt", "")
        self.root.write("/etc/mailname", "opensmtpd.example\n")
        lines, = re.findall(r"^```smtpd.conf\n(.*?)^```$", DOCUMENT.read_text(),
                            re.MULTILINE | re.DOTALL)
        self.root.write("/etc/smtpd.conf",
                        _CONFIGURATION + lines.replace("relay.example.net", RELAY))

    def _start(self):
        with open(self.root.path("/var/log/stderr"), "wb") as output:
            self._process = subprocess.Popen(
                self.root.command("/usr/sbin/smtpd", "-d"),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=roots.environment(), start_new_session=True)
        end = time.monotonic() + START_TIMEOUT
        while not self._listens():
            if time.monotonic() > end or self._process.poll() is not None:
                raise senders.SenderFailure(
                    f"OpenSMTPD does not start:\n{self.log()}")
            time.sleep(0.05)

    def _listens(self):
        try:
            with smtplib.SMTP(ADDRESS, 25, timeout=5) as smtp:
                return smtp.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False


def _have_an_address():
    """Sees to an IPv4 address that is not loopback's, which the tree lacks.

    Without one OpenSMTPD's resolver finds no IPv4 addresses (AI_ADDRCONFIG).
    """
    command = ["ip", "-4", "-o", "address"]
    shown = subprocess.run([*command, "show", "scope", "global"],
                           capture_output=True, check=True).stdout
    if not shown:
        subprocess.run([*command, "add", "192.0.2.254/32", "dev", "lo"],
                       check=True)
