#!/usr/bin/python3
"""Debian's mail servers, seen by Postfix's client and by danebound.

Started without a tree it makes keys and zones for one, and runs again inside.
For every server there are the domains PROMISE.SERVER.example, which publish
different TLSA records for the same address.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import chains  # noqa: E402
import mail_servers  # noqa: E402
import posttls_finger  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent / "tree" / "tree.py"
FOLDER = "DANEBOUND_TEST_MTA_FOLDER"
SERVERS = {"postfix": (mail_servers.Postfix, "127.60.0.1"),
           "exim": (mail_servers.Exim, "127.60.0.2"),
           "opensmtpd": (mail_servers.OpenSmtpd, "127.60.0.3")}
NAMED = ("right", "anchor", "bare-anchor", "unusable")  # in the certificates


def host(promise, server):
    return f"mx.{promise}.{server}.example"


# ---- outside: keys and zones -------------------------------------------------

def promises(root, leaves):
    """The TLSA records of each domain."""
    return {
        "right": [chains.tlsa(leaf, 3, 1, 1) for leaf in leaves],
        "anchor": [chains.tlsa(root, 2, 0, 1)],
        "bare-anchor": [chains.tlsa(root, 2, 1, 0)],
        "other-name": [chains.tlsa(root, 2, 0, 1)],
        "wrong": ["3 1 1 " + "00" * 32],
        "unusable": [chains.tlsa(leaf, 1, 1, 1) for leaf in leaves],
        "none": [],
    }


def zone(server, address, records):
    lines = [f"zone {server}.example. signed ecdsa nsec"]
    for promise, tlsa in records.items():
        lines += [f"  {promise} MX 10 mx.{promise}",
                  f"  mx.{promise} A {address}"]
        lines += [f"  _{port}._tcp.mx.{promise} TLSA {record}"
                  for record in tlsa for port in (25, 465)]
    return "\n".join(lines) + "\n"


def write_world(folder):
    """Leaves keys, chains and zones in the folder."""
    root = chains.issue("Root of the tests", authority=True)
    (folder / "shared.zones").write_text(
        "zone . signed ecdsa nsec\nzone example. signed ecdsa nsec\n")
    for server, (kind, address) in SERVERS.items():
        names = [host(promise, server) for promise in NAMED]
        leaves = [chains.issue(names[0], root, names=names, key_type=key_type)
                  for key_type in kind.KEY_TYPES]
        for key_type, leaf in zip(kind.KEY_TYPES, leaves):
            (folder / f"{server}-{key_type}.key").write_text(leaf.key_pem())
            (folder / f"{server}-{key_type}.pem").write_text(
                chains.pem([leaf, root]))
        (folder / f"{server}.scenario").write_text(
            zone(server, address, promises(root, leaves)))


def run_in_tree():
    if os.geteuid() != 0:
        print("mta_test: not run, because mail servers need root to become their "
              "own users: run the tests as root")
        return 77
    with tempfile.TemporaryDirectory(prefix="danebound-mta-") as folder:
        write_world(pathlib.Path(folder))
        return subprocess.run(
            [TREE, "run", "--scenarios", folder,
             "--unbound", os.environ["DANEBOUND_TEST_UNBOUND"],
             "--module", os.environ["DANEBOUND_TEST_MODULE"],
             "--", sys.executable, *sys.argv],
            env=dict(os.environ, **{FOLDER: folder}), check=False).returncode


# ---- inside ------------------------------------------------------------------

def start(server):
    kind, address = SERVERS[server]
    files = [pathlib.Path(os.environ[FOLDER]) / f"{server}-{key_type}"
             for key_type in kind.KEY_TYPES]
    return kind(host("right", server), f"{server}.example", address,
                [(file.with_suffix(".key").read_text(),
                  file.with_suffix(".pem").read_text()) for file in files])


def start_all():
    """Starts the servers side by side."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        started = [pool.submit(start, server) for server in SERVERS]
    for each in started:
        unittest.addModuleCleanup(each.result().stop)


def setUpModule():
    start_all()


class PostfixClient(unittest.TestCase):
    """What Postfix's client makes of the servers: they stand as they should."""

    @classmethod
    def setUpClass(cls):
        cls.client = posttls_finger.PosttlsFinger(os.environ["DANEBOUND_TREE_DNS"])
        cls.addClassCleanup(cls.client.close)

    def assert_outcome(self, promise, outcome):
        for server in SERVERS:
            with self.subTest(server):
                got, text = self.client.outcome(f"{promise}.{server}.example")
                self.assertEqual(got, outcome, text)

    # RFC 7672 3.1.1
    def test_authenticates_by_the_keys_of_the_servers(self):
        self.assert_outcome("right", "authenticated")

    # RFC 7672 3.1.2
    def test_authenticates_by_the_anchor_and_a_name(self):
        self.assert_outcome("anchor", "authenticated")
        self.assert_outcome("bare-anchor", "authenticated")

    # RFC 7672 3.2.2
    def test_refuses_another_name_below_the_anchor(self):
        self.assert_outcome("other-name", "failed")

    # RFC 7672 2.2
    def test_refuses_a_key_that_was_not_promised(self):
        self.assert_outcome("wrong", "failed")

    # RFC 7672 3.1.3
    def test_finds_no_record_usable_that_leans_on_public_authorities(self):
        self.assert_outcome("unusable", "unusable")
        self.assert_outcome("none", "none")


if __name__ == "__main__":
    if "DANEBOUND_TREE" not in os.environ:
        sys.exit(run_in_tree())
    unittest.main(verbosity=2)
