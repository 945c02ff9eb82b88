"""Debian's Postfix as a sender, with the lines of docs/mta/postfix.md.

Its SMTP client runs in its chroot, the queue directory: what Debian's script
copies into that is copied by the same script here, and `danebound serve` listens
in there.
"""

import os
import pathlib
import re
import subprocess
import time

import mail_servers
import roots
import senders
import serve_daemon
from senders import bounced, deferred, delivered

DOCUMENT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "mta" /
            "postfix.md")
QUEUE = "/var/spool/postfix"
START_TIMEOUT = 20.0  # seconds, and for a reload
_MAIN = """\
compatibility_level = 3.6
myhostname = sender.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = /var/log/mail.log
alias_maps =
alias_database =
smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache
# For the tests alone: a destination that failed is tried again at once.
default_destination_concurrency_failed_cohort_limit = 0
"""
_COPY_INTO_CHROOT = ("/usr/lib/postfix/configure-instance.sh", "-")
_STATES = {"sent": "delivered", "deferred": "deferred", "bounced": "bounced"}
_RESULT = re.compile(r"^.* postfix/\w+\[\d+\]: \w+: to=<user@([^>]+)>, .*"
                     r"status=(\w+) \(.*$", re.MULTILINE)


class PostfixSender(senders.Sender):

    NAME = "postfix"
    EXPECTED = {
        "matching": delivered("right"),
        "mismatching": deferred("Server certificate not verified"),
        "stripped": deferred("TLS is required, but was not offered"),
        "tlsa-bogus": deferred("client TLS configuration problem"),
        "mx-bogus": deferred("type=MX: Host not found, try again"),
        "null-mx": bounced("Domain null-mx.example does not accept mail (nullMX)"),
        "mixed": delivered("right"),
        "mixed-bogus": delivered("right"),
        "partly": delivered("right"),
        "forged": delivered("right"),
        "rollover": delivered("right"),
        "rollover-next": delivered("renewed"),
        "unusable": delivered("right"),
        "unusable-stripped": deferred("TLS is required, but was not offered"),
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
            "tlsa-bogus": delivered("attacker"),
            "mx-bogus": deferred("type=MX: Host not found, try again"),
        },
        "off": {"mismatching": delivered("attacker")},
        "exceptions": {
            "matching": delivered("right"),
            "mismatching": delivered("attacker"),
            "stripped": deferred("TLS is required, but was not offered"),
        },
        "require": {
            "matching": delivered("right"),
            "mixed": delivered("right"),
            "unusable": deferred("client TLS configuration problem"),
            "insecure": deferred("client TLS configuration problem"),
            "insecure-mx-dane": deferred("client TLS configuration problem"),
        },
        "insecure-mx-encrypt": {
            "insecure-mx-dane": delivered("right"),
            "insecure-mx-mismatching": delivered("attacker"),
            "insecure-mx-stripped": deferred("TLS is required, but was not offered"),
            "insecure": delivered("clear", tls=False),
        },
        "insecure-mx-authenticate": {
            "insecure-mx-dane": delivered("right"),
            "insecure-mx-mismatching": deferred("Server certificate not verified"),
            "insecure-mx-stripped": deferred("TLS is required, but was not offered"),
            "insecure": delivered("clear", tls=False),
        },
    }

    ROOT = "postfix"  # of packages.sh
    MAP = "QUERY"
    # What `danebound serve` must find of the resolver.
    RESOLVER = "good"

    def __init__(self, resolver, module_socket, settings=""):
        self.root = roots.Root(self.ROOT, mail_servers.Postfix.USERS,
                               mail_servers.Postfix.GROUPS)
        self._module_socket = module_socket
        self._process = None
        self._begin = 0
        try:
            self.root.resolve_with(resolver)
            self.start_serve(settings or self.SETTINGS["enforce"])
            mail_servers.Postfix.prepare(self.root)
            self.root.write("/etc/postfix/main.cf",
                            _MAIN + self._documented_lines())
            self._copy_into_chroot()
            self._start()
            self.serve.wait_for(f"mta-resolver state={self.RESOLVER}")
        except BaseException:
            self.close()
            raise

    def send(self, domains):
        self._begin = len(self.log())
        for domain in domains:
            subprocess.run(
                self.root.command("sendmail", "-f", "", f"user@{domain}"),
                input=f"Subject: {domain}\n\ntest\n", text=True,
                env=roots.environment(), timeout=30, check=True)

    def results_so_far(self):
        found = {}
        for line in _RESULT.finditer(self.log(), self._begin):
            state = _STATES[line[2]]
            found.setdefault(line[1], senders.Result(state, line[0]))
        return found

    def log(self):
        path = self.root.path("/var/log/mail.log")
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self):
        self.root.end_processes()
        if self._process is not None:
            self._process.wait()
        self.stop_serve()
        self.root.close()

    def start_serve(self, settings="", module_socket=None, options=()):
        self.root.make_folder(f"{QUEUE}/danebound")
        path = self.root.path(f"{QUEUE}/danebound/socketmap.sock")
        self.serve = serve_daemon.ServeDaemon(
            module_socket or self._module_socket, f"""
[[listen]]
protocol = "socketmap"
unix = "{path}"
mode = "0660"
""", settings, options,
            resolv_conf=self.resolv_conf)
        # As systemd does it: serve-socket.conf.
        postfix = mail_servers.Postfix.USERS["postfix"]
        os.chown(path, postfix, postfix)

    def write_resolv_conf(self, text):
        """Gives the SMTP client in its chroot another resolv.conf."""
        self.root.write("/etc/resolv.conf", text)
        self._copy_into_chroot()
        self._reload_postfix()

    @property
    def resolv_conf(self):
        """Where that of its chroot lies outside."""
        return self.root.path(f"{QUEUE}/etc/resolv.conf")

    def version(self):
        """Of Postfix: (3, 7, 11)."""
        said = self.root.run("postconf", "-h", "mail_version").stdout
        return tuple(int(part) for part in re.findall(r"\d+", said))

    def self_test(self):
        """What `danebound self-test --mta` prints on this host."""
        inside = "/usr/bin/danebound"
        self.root.install(os.environ["DANEBOUND_TEST_COMMAND"], inside)
        return subprocess.run(
            self.root.command(inside, "self-test", "--mta", "--timeout", "2"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env=roots.environment(), timeout=60, check=False).stdout

    def use_documented_lines(self):
        self.set(*self._documented_lines().splitlines())

    def set(self, *settings):
        """Takes lines of main.cf, or takes one out: "-X", its name."""
        self.root.run("postconf", *settings)
        self._reload_postfix()

    def _documented_lines(self):
        return re.search(r"^```main\.cf\n(.*?)^```$", DOCUMENT.read_text(),
                         re.MULTILINE | re.DOTALL)[1].replace(":QUERY",
                                                              f":{self.MAP}")

    def _copy_into_chroot(self):
        self.root.run(*_COPY_INTO_CHROOT)

    def _start(self):
        self._process = subprocess.Popen(
            self.root.command("postfix", "start-fg"), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=roots.environment(), start_new_session=True)
        self._wait_for("daemon started", 1)

    def _reload_postfix(self):
        words = "reload -- version"
        count = self.log().count(words) + 1
        self.root.run("postfix", "reload")
        self._wait_for(words, count)

    def _wait_for(self, words, count):
        """Waits until the log has the words so many times."""
        end = time.monotonic() + START_TIMEOUT
        while self.log().count(words) < count:
            if time.monotonic() > end or self._process.poll() is not None:
                raise senders.SenderFailure(
                    f'Postfix does not say "{words}":\n{self.log()}')
            time.sleep(0.05)


class UnvalidatedPostfixSender(PostfixSender):
    """Its resolver validates nothing, and lies: lying_resolver.py."""

    NAME = "postfix, not validating"
    RESOLVER = "bad"
    EXPECTED = {
        **PostfixSender.EXPECTED,
        **dict.fromkeys(("matching", "mismatching", "stripped", "mixed",
                         "mixed-bogus", "rollover", "rollover-next", "forged"),
                        deferred("non DNSSEC destination")),
        **dict.fromkeys(("tlsa-bogus", "mx-bogus", "null-mx", "partly"),
                        deferred("client TLS configuration problem")),
    }
    EXPECTED_UNDER = {
        "audit": {
            "matching": delivered("right"),
            "mismatching": delivered("attacker"),
            "null-mx": delivered("attacker"),
        },
        "off": {"partly": delivered("attacker")},
        "insecure-mx-encrypt": {
            "insecure-mx-dane": delivered("right"),
            "insecure-mx-stripped": deferred("TLS is required, but was not offered"),
        },
        "insecure-mx-authenticate": {
            "insecure-mx-dane": deferred("client TLS configuration problem"),
            "insecure-mx-mismatching": deferred("client TLS configuration problem"),
        },
    }


class PinnedPostfixSender(UnvalidatedPostfixSender):
    """The same with the pins in place of `dane-only`."""

    NAME = "postfix, pins, not validating"
    EXPECTED = {
        **PostfixSender.EXPECTED,
        **dict.fromkeys(("tlsa-bogus", "mx-bogus", "null-mx", "partly"),
                        deferred("client TLS configuration problem")),
        "forged": deferred("Server certificate not verified"),
    }
    SETTINGS = {name: f'postfix_word = "pins"\n{settings}'
                for name, settings in PostfixSender.SETTINGS.items()}
    EXPECTED_UNDER = {
        **UnvalidatedPostfixSender.EXPECTED_UNDER,
        "require": {
            "matching": delivered("right"),
            "mixed": delivered("right"),
            "unusable": deferred("client TLS configuration problem"),
        },
        "insecure-mx-authenticate":
            PostfixSender.EXPECTED_UNDER["insecure-mx-authenticate"],
    }


class NewerPostfixSender(PostfixSender):
    """Debian 13's, with the map that has attributes for TLS reports."""

    NAME = "postfix of Debian 13"
    ROOT = "postfix-newer"
    MAP = "QUERYwithTLSRPT"

    # Debian 13's script needs Perl, which is not there.
    def _copy_into_chroot(self):
        self.root.write("/etc/default/postfix", "SYNC_CHROOT=\n")
        for name in ("hosts", "nsswitch.conf", "resolv.conf", "services"):
            path = self.root.path(f"/etc/{name}")
            if path.exists():
                self.root.write(f"{QUEUE}/etc/{name}", path.read_text())
