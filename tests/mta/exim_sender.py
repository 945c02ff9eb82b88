"""Debian's Exim as a sender, with the lines of docs/mta/exim.md.

It asks the module itself, over a second name of the module's socket in its root,
as the group that may: there is no `danebound serve`.
"""

import os
import pathlib
import re
import subprocess

import exim_client
import roots
import senders
from senders import bounced, deferred, delivered

DOCUMENT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "mta" /
            "exim.md")
OBJECT = "/usr/local/lib/danebound/exim-danebound.so"
NO_AUTHORITIES = "/usr/local/lib/danebound/no-authorities"
GROUP = 106  # "danebound", whose members may ask the module
_CONFIGURATION = """\
primary_hostname = sender.example
keep_environment =
domainlist local_domains = sender.example
{main}
begin routers
{router}
  # For the tests alone: their servers are on this machine.
  self = send
begin transports
{transport}
begin retry
* * F,1h,10m
"""
_STATES = {"=>": "delivered", "==": "deferred", "**": "bounced"}
_RESULT = re.compile(r"^\S+ \S+ \S+ (=>|==|\*\*) user@([^ :]+).*$", re.MULTILINE)


def lines_of_the_document():
    """Of the main section, a router and a transport; and the other router."""
    return re.findall(r"^```exim\n(.*?)^```$", DOCUMENT.read_text(),
                      re.MULTILINE | re.DOTALL)


class EximSender(exim_client.EximClient, senders.Sender):
    """settings: what DANE_CHOICES of the document is set to."""

    NAME = "exim"
    EXPECTED = {
        "matching": delivered("right", words=" CV=dane "),
        "mismatching": deferred("The certificate differs"),
        "stripped": deferred("the server did not offer TLS support"),
        "tlsa-bogus": deferred("danebound: tlsa-bogus: "),
        "mx-bogus": deferred("danebound: mx-bogus: mx-bogus.example MX: "),
        "null-mx": bounced("an MX or SRV record indicated no SMTP service"),
        "mixed": delivered("right", words=" CV=dane "),
        "mixed-bogus": delivered("right", words=" CV=dane "),
        "partly": delivered("right"),
        "forged": delivered("right", words=" CV=dane "),
        "rollover": delivered("right", words=" CV=dane "),
        "rollover-next": delivered("renewed", words=" CV=dane "),
        "unusable": delivered("right", words=" CV=no "),
        "unusable-stripped": deferred("the server did not offer TLS support"),
        "insecure": delivered("clear", tls=False),
        "insecure-mx-dane": delivered("right", words=" CV=no "),
        "insecure-mx-mismatching": delivered("attacker", words=" CV=no "),
        "insecure-mx-stripped": delivered("clear", tls=False),
    }
    # It does not ask `danebound serve`, and knows neither "audit" nor "off".
    SETTINGS = {
        "enforce": "",
        "require": "{require}",
        "insecure-mx-encrypt": "{insecure-mx=encrypt}",
        "insecure-mx-authenticate": "{insecure-mx=authenticate}",
        "require-one": "{${if eq{$domain}{insecure.unsigned}{require}}}",
        "mistaken": "{requires}",
    }
    EXPECTED_UNDER = {
        "require": {
            "matching": delivered("right", words=" CV=dane "),
            "mixed": delivered("right", words=" CV=dane "),
            "unusable": deferred("danebound: all-unusable: "),
            "insecure": deferred("danebound: "),
            "insecure-mx-dane": deferred("danebound: "),
        },
        "insecure-mx-encrypt": {
            "insecure-mx-dane": delivered("right", words=" CV=no "),
            "insecure-mx-mismatching": delivered("attacker", words=" CV=no "),
            "insecure-mx-stripped": deferred("did not offer TLS support"),
            "insecure": delivered("clear", tls=False),
        },
        # Exim knows no DANE behind insecure MX records: its mail waits.
        "insecure-mx-authenticate": {
            "insecure-mx-dane": deferred("certificate invalid"),
            "insecure-mx-mismatching": deferred("certificate invalid"),
            "insecure-mx-stripped": deferred("did not offer TLS support"),
            "insecure": delivered("clear", tls=False),
        },
        "require-one": {
            "insecure": deferred("danebound: "),
            "insecure-mx-dane": delivered("right", words=" CV=no "),
        },
        "mistaken": {"insecure": deferred("danebound: no verdict: ")},
    }

    def __init__(self, resolver, module_socket, settings=""):
        super().__init__(resolver)
        self._begin = 0
        self._deliveries = []
        try:
            self._join_group()
            self._link(module_socket)
            self.root.install(os.environ["DANEBOUND_TEST_EXIM_OBJECT"], OBJECT)
            self.root.make_folder(NO_AUTHORITIES)
            self.reload(settings)
        except BaseException:
            self.close()
            raise

    def send(self, domains):
        self._begin = len(self.log())
        for domain in domains:
            self._queue(domain)
        self._deliver_queue()

    def send_together(self, domains):
        """Hands over one message for user@DOMAIN of them all."""
        self._begin = len(self.log())
        self._queue(*domains)
        self._deliver_queue()

    def _queue(self, *domains):
        subprocess.run(
            self.command("-odq", "-f", "<>",
                         *(f"user@{domain}" for domain in domains)),
            input=f"Subject: {domains[0]}\n\ntest\n", text=True,
            env=roots.environment(), timeout=30, check=True)

    def _deliver_queue(self):
        # By -M, so that hosts that failed another message are tried again.
        self._deliveries.append(subprocess.Popen(
            self.command("-M", *self._queued()), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=roots.environment()))

    def results_so_far(self):
        found = {}
        for line in _RESULT.finditer(self.log(), self._begin):
            found.setdefault(line[2],
                             senders.Result(_STATES[line[1]], line[0]))
        return found

    def wait_for_completed(self):
        """The results, once Exim is done with all that it was given."""
        self._deliveries[-1].wait(senders.RESULT_WAIT)
        return self.results_so_far()

    def decisions(self):
        return [line for line in self.log().splitlines() if "danebound:" in line]

    def reload(self, settings):
        main, router, transport = lines_of_the_document()[:3]
        main = main.replace("DANE_CHOICES =\n", f"DANE_CHOICES = {settings}\n")
        self.configuration = _CONFIGURATION.format(
            main=main, router=router, transport=transport)
        self.configure(self.configuration)

    def close(self):
        self.root.end_processes()
        for each in self._deliveries:
            each.wait()
        super().close()

    def _queued(self):
        """The ids of the messages that were not tried yet."""
        return re.findall(r"^\S+ \S+ (\S+) <=", self.log()[self._begin:],
                          re.MULTILINE)

    def _join_group(self):
        path = self.root.path("/etc/group")
        path.write_text(f"{path.read_text()}danebound:x:{GROUP}:Debian-exim\n")

    def _link(self, module_socket):
        """The socket at its usual place, for the group alone."""
        self.root.make_folder("/run/danebound")
        inside = self.root.path("/run/danebound/module.sock")
        os.link(module_socket, inside)
        os.chown(inside, 0, GROUP)
        inside.chmod(0o660)
