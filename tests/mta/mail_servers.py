"""Debian's Postfix, Exim and OpenSMTPD that receive, as a test needs them.

Each listens at an address of its own on port 25 with STARTTLS and on port 465
with TLS from the start, shows the certificates it is given, takes mail for
every address in its domain, and keeps it in a mailbox.
"""

import os
import re
import shutil
import smtplib
import subprocess
import time

import roots

START_TIMEOUT = 20.0  # seconds


class MailServerFailure(Exception):
    """A server did not start; the text has the end of its log."""


class MailServer:
    """A running server.

    host, domain: its name, and the domain it takes mail for
    address: where it listens
    identities: key and chain, each as PEM text, for one key type each
    """

    ROOT = ""
    USERS = {}
    GROUPS = {}
    LOG = "/var/log/mail.log"
    MAILBOX = "/var/mail/reader"
    KEY_TYPES = ("ecdsa", "rsa")

    def __init__(self, host, domain, address, identities):
        self.host, self.domain, self.address = host, domain, address
        self.root = roots.Root(self.ROOT, self.USERS, self.GROUPS)
        self._process = None
        try:
            for number, (key, chain) in enumerate(identities):
                self.root.write(f"/etc/ssl/tls{number}.key", key, 0o600)
                self.root.write(f"/etc/ssl/tls{number}.pem", chain)
            self._configure(len(identities))
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.root.end_processes()
        if self._process is not None:
            self._process.wait()
        self.root.close()

    def log(self):
        path = self.root.path(self.LOG)
        return path.read_text(errors="replace") if path.exists() else ""

    def mail(self):
        """What was delivered so far."""
        path = self.root.path(self.MAILBOX)
        return path.read_text(errors="replace") if path.exists() else ""

    def _configure(self, identities):
        raise NotImplementedError

    def _command(self):
        raise NotImplementedError

    def _start(self):
        with open(self.root.path("/var/log/stderr"), "wb") as output:
            self._process = subprocess.Popen(
                self.root.command(*self._command()), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, env=roots.environment(),
                start_new_session=True)
        end = time.monotonic() + START_TIMEOUT
        while not self._offers_starttls():
            if time.monotonic() > end or self._process.poll() is not None:
                raise MailServerFailure(
                    f"{type(self).__name__} does not come up at {self.address}: "
                    f"{self._last_words()}")
            time.sleep(0.05)

    def _offers_starttls(self):
        try:
            with smtplib.SMTP(self.address, 25, timeout=5) as smtp:
                return smtp.ehlo()[0] == 250 and smtp.has_extn("starttls")
        except (OSError, smtplib.SMTPException):
            return False

    def _last_words(self):
        paths = {"/var/log/stderr", self.LOG}
        return "".join(path.read_text(errors="replace")[-2000:]
                       for path in map(self.root.path, sorted(paths))
                       if path.exists())


class Postfix(MailServer):

    ROOT = "postfix"
    USERS = {"postfix": 101}
    GROUPS = {"postdrop": 102}

    @classmethod
    def prepare(cls, root):
        """Does in the root what Debian's packages do when they are installed."""
        root.path("/usr/bin/awk").symlink_to("mawk")
        root.make_folder("/var/lib/postfix", cls.USERS["postfix"])
        for name in ("postqueue", "postdrop"):
            path = root.path(f"/usr/sbin/{name}")
            os.chown(path, 0, cls.GROUPS["postdrop"])
            path.chmod(0o2755)
        shutil.copy(root.path("/usr/share/postfix/master.cf.dist"),
                    root.path("/etc/postfix/master.cf"))

    def _configure(self, identities):
        self.prepare(self.root)
        chains = ", ".join(f"/etc/ssl/tls{number}.key, /etc/ssl/tls{number}.pem"
                           for number in range(identities))
        self.root.write("/etc/postfix/main.cf", f"""\
compatibility_level = 3.6
myhostname = {self.host}
mydestination =
virtual_mailbox_domains = {self.domain}
virtual_mailbox_base = /var/mail
virtual_mailbox_maps = static:reader
virtual_uid_maps = static:1000
virtual_gid_maps = static:1000
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file = {self.LOG}
alias_maps =
alias_database =
smtpd_tls_security_level = may
smtpd_tls_chain_files = {chains}
smtpd_peername_lookup = no
""")
        path = self.root.path("/etc/postfix/master.cf")
        path.write_text(re.sub("^smtp +inet .*$", self._listeners(),
                               path.read_text(), flags=re.MULTILINE))
        self.root.run("postconf", "-F", "*/*/chroot = n")

    def _listeners(self):
        """Lines of master.cf.

        Addresses stand here: inet_interfaces takes those of interfaces only.
        """
        smtpd = "inet n - n - - smtpd"
        return (f"{self.address}:smtp {smtpd}\n"
                f"{self.address}:465 {smtpd} -o smtpd_tls_wrappermode=yes")

    def _command(self):
        return ["postfix", "start-fg"]


class Exim(MailServer):

    ROOT = "exim"
    USERS = {"Debian-exim": 103}
    LOG = "/var/log/exim4/mainlog"

    def _configure(self, identities):
        for name in ("/var/log/exim4", "/var/spool/exim4"):
            self.root.make_folder(name, self.USERS["Debian-exim"])
        numbers = range(identities)
        for number in numbers:
            os.chown(self.root.path(f"/etc/ssl/tls{number}.key"),
                     self.USERS["Debian-exim"], self.USERS["Debian-exim"])
        certificates = " : ".join(f"/etc/ssl/tls{n}.pem" for n in numbers)
        keys = " : ".join(f"/etc/ssl/tls{n}.key" for n in numbers)
        self.root.write("/etc/exim4/exim4.conf", f"""\
primary_hostname = {self.host}
domainlist local_domains = {self.domain}
local_interfaces = {self.address}
daemon_smtp_ports = 25 : 465
tls_on_connect_ports = 465
tls_advertise_hosts = *
tls_certificate = {certificates}
tls_privatekey = {keys}
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = take
acl_smtp_data = accept

begin acl
take:
  accept domains = +local_domains
  deny

begin routers
mailbox:
  driver = accept
  transport = mailbox

begin transports
mailbox:
  driver = appendfile
  file = {self.MAILBOX}
  user = reader
""")

    def _command(self):
        return ["/usr/sbin/exim4", "-bdf", "-q1h"]


class OpenSmtpd(MailServer):

    ROOT = "opensmtpd"
    USERS = {"opensmtpd": 104, "opensmtpq": 105}
    LOG = "/var/log/stderr"
    KEY_TYPES = ("ecdsa",)  # it has one certificate for a name

    def _configure(self, identities):
        self.root.make_folder("/var/lib/opensmtpd/empty")
        self.root.make_folder("/var/spool/smtpd", mode=0o711)
        # It does not start without authorities, which only a sender needs.
        chain = self.root.path("/etc/ssl/tls0.pem").read_text()
        self.root.write("/etc/ssl/certs/ca-certificates.crt", chain)
        self.root.write("/etc/mailname", self.host + "\n")
        self.root.write("/etc/everyone", "@ reader\n")
        self.root.write("/etc/smtpd.conf", f"""\
pki {self.host} cert "/etc/ssl/tls0.pem"
pki {self.host} key "/etc/ssl/tls0.key"
table everyone file:/etc/everyone
listen on {self.address} port 25 tls pki {self.host} hostname {self.host}
listen on {self.address} port 465 smtps pki {self.host} hostname {self.host}
action "mailbox" mbox virtual <everyone>
match from any for domain "{self.domain}" action "mailbox"
""")

    def _command(self):
        return ["/usr/sbin/smtpd", "-d"]
