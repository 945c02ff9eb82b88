"""The servers that get the messages: one Postfix that listens at several addresses.

Which of them took a message, and whether under TLS, is read from the Received
header that it wrote, not from what the sender says.
"""

import contextlib
import mailbox
import re
import time

import mail_servers
import senders

SERVERS = {"right": "127.60.1.1",     # the certificate that TLSA promises
           "renewed": "127.60.1.2",   # the next one, in a rollover
           "attacker": "127.60.1.3",  # another one
           "clear": "127.60.1.4",     # no STARTTLS
           "forger": "127.60.1.5"}    # one of its own authority, anchor beside it
CERTIFIED = ("right", "renewed", "attacker", "forger")
_QUEUE_WAIT = 20.0  # seconds


class Receivers(mail_servers.Postfix):
    """All of SERVERS, which take mail for every address."""

    def __init__(self, certificates):
        """certificates: the folder with SERVER.pem, key and chain."""
        self._certificates = certificates
        self._taken = 0
        super().__init__("receivers.example", "static:all", SERVERS["right"], [])

    def take(self):
        """{domain: [Arrival]} of what arrived since it was last called."""
        self._wait_for_mailbox()
        messages = self._messages()
        arrivals = {}
        for message in messages[self._taken:]:
            arrivals.setdefault(message["Subject"], []).append(_arrival(message))
        self._taken = len(messages)
        return arrivals

    def _messages(self):
        path = self.root.path(self.MAILBOX)
        if not path.exists():
            return []
        with contextlib.closing(mailbox.mbox(path)) as box:
            return list(box)

    def _wait_for_mailbox(self):
        """Waits until all that was taken has come to the mailbox."""
        end = time.monotonic() + _QUEUE_WAIT
        while self.root.run("postqueue", "-j").stdout:
            if time.monotonic() > end:
                raise mail_servers.MailServerFailure(
                    f"messages stay in the queue of the receivers:\n{self.log()}")
            time.sleep(0.05)

    def _listeners(self):
        return "\n".join(self._listener(*each) for each in SERVERS.items())

    def _listener(self, server, address):
        line = (f"{address}:smtp inet n - n - - smtpd "
                f"-o myhostname={server}.example "
                f"-o syslog_name=postfix/{server}")
        if server not in CERTIFIED:
            return f"{line} -o smtpd_tls_security_level=none"
        inside = f"/etc/ssl/{server}.pem"
        self.root.write(inside,
                        (self._certificates / f"{server}.pem").read_text(), 0o600)
        return f"{line} -o smtpd_tls_chain_files={inside}"


def _arrival(message):
    """Of the first header, which the server itself wrote."""
    header = " ".join(message["Received"].split())
    server, protocol = re.search(r"by (\w+)\.example \(Postfix\) with (\w+) ",
                                 header).groups()
    return senders.Arrival(server, protocol == "ESMTPS")
