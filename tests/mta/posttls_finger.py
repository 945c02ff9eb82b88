"""Postfix's posttls-finger, which judges a server as Postfix's client would."""

import subprocess

import roots

TIMEOUT = 90.0  # seconds

class PosttlsFinger:
    """posttls-finger in a root of its own, asking the given resolver."""

    def __init__(self, resolver):
        self._root = roots.Root("postfix", {"postfix": 101}, {"postdrop": 102})
        self._root.resolve_with(resolver)
        self._root.write("/etc/postfix/main.cf", "compatibility_level = 3.6\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._root.close()

    def text(self, next_hop, *options):
        """What it says of a domain or a [host].

        Each address that it tries has its own lines.
        """
        done = subprocess.run(
            self._root.command("posttls-finger", "-c", "-t", "30", "-T", "30",
                               *options, next_hop),
            text=True, stdin=subprocess.DEVNULL, capture_output=True,
            env=roots.environment(), timeout=TIMEOUT, check=False)
        return done.stdout + done.stderr

    def outcome(self, next_hop):
        """What the TLSA records of the server come to, and the text.

        authenticated, failed, unusable (records, but none that counts), none (no
        records), or unreached (no TLS, so that nothing was judged).
        """
        # At this level it says in so many words which records it found.
        text = self.text(next_hop, "-l", "dane-only", "-L",
                         "summary,certmatch")
        if "TLS connection established" not in text:
            return "unreached", text
        for words, outcome in (("no usable TLSA records found", "unusable"),
                               ("all TLSA records unusable", "unusable"),
                               ("no TLSA records found", "none"),
                               ("Verified TLS connection", "authenticated")):
            if words in text:
                return outcome, text
        return "failed", text
