"""Debian's Exim as a client: it delivers, and its log says how."""

import subprocess

import mail_servers
import roots

TIMEOUT = 120.0  # seconds
_CONFIGURATION = """\
primary_hostname = client.example
dns_dnssec_ok = 1
log_selector = +tls_certificate_verified
remote_max_parallel = 8
begin routers
out:
  driver = dnslookup
  dnssec_request_domains = *
  self = send
  transport = out
begin transports
out:
  driver = smtp
  dnssec_request_domains = *
  hosts_try_dane = *
  multi_domain = false
begin retry
* * F,1h,10m
"""


class EximClient:
    """Exim in a root of its own, asking the given resolver. Close it."""

    def __init__(self, resolver):
        self.root = roots.Root("exim", mail_servers.Exim.USERS)
        self.root.resolve_with(resolver)
        self.configure(_CONFIGURATION)
        for name in ("/var/log/exim4", "/var/spool/exim4"):
            self.root.make_folder(name, mail_servers.Exim.USERS["Debian-exim"])

    def close(self):
        self.root.close()

    def configure(self, configuration):
        """For the messages that follow: each starts an Exim of its own."""
        self.root.write("/etc/exim4/exim4.conf", configuration)

    def command(self, *words):
        return self.root.command("/usr/sbin/exim4", *words)

    def log(self):
        path = self.root.path("/var/log/exim4/mainlog")
        return path.read_text(errors="replace") if path.exists() else ""

    def deliver(self, hosts):
        """Sends a message to each host; returns the log."""
        subprocess.run(
            self.command("-odi", "-f", "<>", *(f"a@{host}" for host in hosts)),
            text=True, input="Subject: test\n\ntest\n", capture_output=True,
            env=roots.environment(), timeout=TIMEOUT, check=False)
        return self.log()
