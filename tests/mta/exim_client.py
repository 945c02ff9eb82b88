"""Debian's Exim as a client: it delivers, and its log says how."""

import subprocess

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
    """Exim in a root of its own, asking the given resolver."""

    def __init__(self, resolver):
        self._root = roots.Root("exim", {"Debian-exim": 103})
        self._root.resolve_with(resolver)
        self._root.write("/etc/exim4/exim4.conf", _CONFIGURATION)
        for name in ("/var/log/exim4", "/var/spool/exim4"):
            self._root.make_folder(name, 103)

    def close(self):
        self._root.close()

    def deliver(self, hosts):
        """Sends a message to each host; returns the log."""
        subprocess.run(
            self._root.command("/usr/sbin/exim4", "-odi", "-f", "<>",
                               *(f"a@{host}" for host in hosts)),
            text=True, input="Subject: test\n\ntest\n", capture_output=True,
            env=roots.environment(), timeout=TIMEOUT, check=False)
        return self._root.path("/var/log/exim4/mainlog").read_text()
