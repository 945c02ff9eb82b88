"""Debian's Sendmail as a sender, with the lines of docs/mta/sendmail.md.

Its configuration is built by m4 in its root, from Debian's files and from
unbound-conf/sendmail-danebound.m4.
"""

import os
import pathlib
import re
import socket
import subprocess
import threading

import postfix_sender
import roots
import senders
import serve_daemon
from senders import bounced, deferred, delivered

RULES = (pathlib.Path(__file__).resolve().parents[2] / "unbound-conf" /
         "sendmail-danebound.m4")
DOCUMENT = RULES.parents[1] / "docs" / "mta" / "sendmail.md"
INSIDE = "/usr/local/share/danebound/sendmail-danebound.m4"
SOCKET = "/run/danebound-serve/socketmap.sock"
PROGRAM = "/usr/libexec/sendmail/sendmail"
RELAY = "[127.0.0.1]"
_USERS = {"smmta": 110, "smmsp": 111}
_SERVE_USER = 112  # of `danebound serve`, which is not root
_MAILER_TABLE = "/etc/mail/mailertable"
_DEBIANS = "/usr/share/sendmail/cf/debian/sendmail.mc"
# For the tests alone: a destination that failed is tried again at once.
_MC = """\
define(`confDOMAIN_NAME', `sendmail.example')dnl
define(`confTO_HOSTSTATUS', `0s')dnl
"""
_STATES = {"Sent": "delivered", "Deferred": "deferred", "queued": "deferred"}
_RESULT = re.compile(r"^.*: to=<?user@([^>,]+)>?, .*stat=(\w+).*$", re.MULTILINE)


_AUTHENTICATE = deferred("danebound: authenticate: only TLSA may vouch for the "
                         "hosts of ")
_TLSA_BOGUS = deferred("danebound: tlsa-bogus: no host may be used now of ")
_REQUIRED = deferred("danebound: dane-required: no host may be used now of ")
_NO_TLS = deferred("encryption too weak 0 less than 128")


class SendmailSender(senders.Sender):
    """Sendmail alone. It knows no DANE: what must be authenticated waits."""

    NAME = "sendmail"
    RELAY = None
    EXPECTED = {
        "matching": _AUTHENTICATE,
        "mismatching": _AUTHENTICATE,
        "stripped": _AUTHENTICATE,
        "tlsa-bogus": _TLSA_BOGUS,
        "mx-bogus": deferred("stat=queued"),
        "null-mx": bounced("dsn=5.1."),
        "mixed": _AUTHENTICATE,
        "mixed-bogus": _AUTHENTICATE,
        "partly": _AUTHENTICATE,
        "forged": _AUTHENTICATE,
        "rollover": _AUTHENTICATE,
        "rollover-next": _AUTHENTICATE,
        "unusable": delivered("right"),
        "unusable-stripped": _NO_TLS,
        "insecure": delivered("clear", tls=False),
        "insecure-mx-dane": delivered("right"),
        "insecure-mx-mismatching": delivered("attacker"),
        "insecure-mx-stripped": delivered("clear", tls=False),
    }
    EXPECTED_UNDER = {
        # Nothing is demanded; what can't be looked up can't be delivered to.
        "audit": {
            "matching": delivered("right"),
            "mismatching": delivered("attacker"),
            "stripped": delivered("clear", tls=False),
            "mx-bogus": deferred("stat=queued"),
        },
        "off": {"mismatching": delivered("attacker")},
        "exceptions": {
            "matching": _AUTHENTICATE,
            "mismatching": delivered("attacker"),
            "stripped": _AUTHENTICATE,
        },
        "require": {
            "matching": _AUTHENTICATE,
            "unusable": _REQUIRED,
            "insecure": _REQUIRED,
            "insecure-mx-dane": _REQUIRED,
        },
        "insecure-mx-encrypt": {
            "insecure-mx-dane": delivered("right"),
            "insecure-mx-mismatching": delivered("attacker"),
            "insecure-mx-stripped": _NO_TLS,
            "insecure": delivered("clear", tls=False),
        },
        "insecure-mx-authenticate": {
            "insecure-mx-dane": _AUTHENTICATE,
            "insecure-mx-mismatching": _AUTHENTICATE,
            "insecure-mx-stripped": _AUTHENTICATE,
            "insecure": delivered("clear", tls=False),
        },
    }

    def __init__(self, resolver, module_socket, settings=""):
        self.root = roots.Root("sendmail", _USERS)
        self._module_socket = module_socket
        self._begin = 0
        self._deliveries = []
        self._log = _Log(self.root.path("/dev/log"))
        try:
            self.root.resolve_with(resolver)
            self.root.make_folder(pathlib.Path(SOCKET).parent, _SERVE_USER)
            self.start_serve(settings)
            self._configure()
        except BaseException:
            self.close()
            raise

    def send(self, domains):
        self._begin_results()
        for domain in domains:
            self._submit(domain, [domain])

    def send_together(self, subject, domains):
        """Hands over one message with a recipient in each domain."""
        self._begin_results()
        self._submit(subject, domains)

    def results_so_far(self):
        found = {}
        for line in _RESULT.finditer(self.log(), self._begin):
            state = _STATES.get(line[2], "bounced")
            found.setdefault(line[1].rstrip("."), senders.Result(state, line[0]))
        return found

    def log(self):
        return self._log.text()

    def close(self):
        self.root.end_processes()
        for each in self._deliveries:
            each.wait()
        self.stop_serve()
        self._log.close()
        self.root.close()

    def start_serve(self, settings=""):
        path = self.root.path(SOCKET)
        self.serve = serve_daemon.ServeDaemon(self._module_socket, f"""
[[listen]]
protocol = "socketmap"
unix = "{path}"
mode = "0600"
""", settings)
        os.chown(path, _SERVE_USER, _SERVE_USER)

    def route(self, table):
        """Makes the mailer table: {domain: MAILER:HOST}."""
        self.root.write(_MAILER_TABLE, "".join(
            f"{domain} {route}\n" for domain, route in table.items()))
        self._make_map(_MAILER_TABLE)

    def evaluate(self, line):
        """What `sendmail -bt` says at last of "RULESET ADDRESS"."""
        done = subprocess.run(
            self.root.command(PROGRAM, "-Am", "-bt"), input=line + "\n", text=True,
            timeout=30, capture_output=True, env=roots.environment(), check=True)
        return done.stdout.strip(" \n>").splitlines()[-1]

    def _make_map(self, path):
        subprocess.run(
            self.root.command("/usr/libexec/sendmail/makemap", "hash", path),
            input=self.root.path(path).read_text(), text=True, timeout=30,
            env=roots.environment(), check=True)

    def _begin_results(self):
        """Results are those from here on."""
        self._begin = len(self.log())

    def _submit(self, subject, domains):
        process = subprocess.Popen(
            self.root.command(PROGRAM, "-Am", "-odi", "-f", "<>",
                              *(f"user@{domain}" for domain in domains)),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, text=True, env=roots.environment())
        process.stdin.write(f"Subject: {subject}\n\ntest\n")
        process.stdin.close()
        self._deliveries.append(process)

    def _configure(self):
        for folder, user in (("/var/spool/mqueue", 0), ("/var/lib/sendmail", 0)):
            self.root.make_folder(folder, user, mode=0o700)
        for name in ("local-host-names", "access", "m4/dialup.m4",
                     "m4/provider.m4"):
            self.root.write(f"/etc/mail/{name}", "")
        self.root.write(INSIDE, RULES.read_text())
        debians = self.root.path(_DEBIANS).read_text().replace(
            "\nMAILER_DEFINITIONS\n",
            "\nFEATURE(`mailertable')dnl\nMAILER_DEFINITIONS\n")
        self.root.write("/etc/mail/sendmail.mc",
                        debians + _MC + _documented_lines(self.RELAY))
        made = self.root.run("m4", "/etc/mail/sendmail.mc")
        self.root.write("/etc/mail/sendmail.cf", made.stdout)
        self._make_map("/etc/mail/access")
        self.route({})


class RelayedSendmailSender(SendmailSender):
    """Sendmail with a relay that does DANE: Postfix, beside it."""

    NAME = "sendmail, relay"
    RELAY = RELAY
    # What Sendmail has to do with alone, and what Postfix does with the rest.
    EXPECTED = {
        **postfix_sender.PostfixSender.EXPECTED,
        **{scenario: SendmailSender.EXPECTED[scenario]
           for scenario in ("tlsa-bogus", "mx-bogus", "null-mx",
                            "unusable-stripped")}}
    EXPECTED_UNDER = {
        "audit": SendmailSender.EXPECTED_UNDER["audit"],
        "require": {
            **SendmailSender.EXPECTED_UNDER["require"],
            "matching": delivered("right")},
        "insecure-mx-authenticate":
            postfix_sender.PostfixSender.EXPECTED_UNDER[
                "insecure-mx-authenticate"],
    }

    def __init__(self, resolver, module_socket, settings=""):
        self._relay = postfix_sender.PostfixSender(resolver, module_socket,
                                                   settings)
        try:
            super().__init__(resolver, module_socket, settings)
        except BaseException:
            self._relay.close()
            raise

    def results_so_far(self):
        """What the relay says of that which it was given."""
        found = super().results_so_far()
        relayed = {domain for domain, result in found.items()
                   if f"relay={RELAY} " in result.text}
        return {**{domain: result for domain, result in found.items()
                   if domain not in relayed},
                **{domain: result for domain, result
                   in self._relay.results_so_far().items() if domain in relayed}}

    def reload(self, settings):
        super().reload(settings)
        self._relay.reload(settings)

    def close(self):
        super().close()
        self._relay.close()

    def _begin_results(self):
        super()._begin_results()
        self._relay.send([])


def _documented_lines(relay):
    """The lines of the document; without a relay, without that line."""
    lines, = re.findall(r"^```sendmail.mc\n(.*?)^```$", DOCUMENT.read_text(),
                        re.MULTILINE | re.DOTALL)
    define, rest = lines.split("\n", 1)
    if relay is None:
        return rest
    return f"{define.replace('[relay.example.net]', relay)}\n{rest}"


class _Log:
    """A syslog for one root."""

    def __init__(self, path):
        self._lines = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o666)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self):
        return "".join(self._lines)

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _read(self):
        while octets := self._socket.recv(65536):
            self._lines.append(octets.decode(errors="replace").rstrip("\0\n") +
                               "\n")
