#!/usr/bin/python3
"""Debian's mail servers, seen by Postfix's client and by danebound.

Started without a tree it makes keys and zones for one, and runs again inside.
For every server there are the domains PROMISE.SERVER.example, which publish
different TLSA records for the same address.
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

import chains  # noqa: E402
import in_tree  # noqa: E402
import mail_servers  # noqa: E402
import posttls_finger  # noqa: E402

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


# ---- inside ------------------------------------------------------------------

def start(server):
    kind, address = SERVERS[server]
    files = [in_tree.folder() / f"{server}-{key_type}"
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


class Check(unittest.TestCase):
    """`danebound check` says what an MTA would do with the same servers."""

    def check(self, *arguments):
        """The reports by domain, and the exit code."""
        done = subprocess.run(
            [os.environ["DANEBOUND_TEST_COMMAND"], "check", "--json", *arguments],
            text=True, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=120, check=False)
        self.assertEqual(done.stderr, "")
        reports = [json.loads(line) for line in done.stdout.splitlines()]
        return {report["domain"]: report for report in reports}, done.returncode

    def assert_outcome(self, outcome, code, *promises):
        for server in SERVERS:
            domains = [f"{promise}.{server}.example" for promise in promises]
            reports, got = self.check(*domains)
            self.assertEqual(
                {domain: report["outcome"] for domain, report in reports.items()},
                dict.fromkeys(domains, outcome), reports)
            self.assertEqual(got, code, server)

    # RFC 7672 3.1.1, 3.1.2
    def test_authenticates_what_was_promised(self):
        self.assert_outcome("authenticated", 0, "right", "anchor", "bare-anchor")

    # RFC 7672 2.2: no delivery where no certificate matches
    def test_defers_where_another_key_is_shown(self):
        self.assert_outcome("deferred", 2, "wrong")

    # RFC 7672 3.2.2
    def test_defers_where_another_name_is_shown_below_the_anchor(self):
        self.assert_outcome("deferred", 2, "other-name")

    # RFC 7672 3.1.3, 2.2
    def test_encrypts_where_no_record_is_usable(self):
        self.assert_outcome("encrypted", 1, "unusable")

    def test_says_opportunistic_without_records(self):
        self.assert_outcome("opportunistic", 1, "none")

    def test_judges_each_key_type_that_a_server_has(self):
        for server, (kind, _) in SERVERS.items():
            with self.subTest(server):
                domain = f"right.{server}.example"
                report = self.check(domain)[0][domain]
                address, = report["hosts"][0]["addresses"]
                judged = [address["tls"], address["other_key"]]
                self.assertEqual(
                    sorted((each["key_type"], each["result"])
                           for each in judged if each),
                    sorted((key_type.upper(), "authenticated")
                           for key_type in kind.KEY_TYPES))

    def test_checks_a_host_with_tls_from_the_start(self):
        for server in SERVERS:
            for promise, outcome, code in (("right", "authenticated", 0),
                                           ("wrong", "deferred", 2)):
                with self.subTest(server, promise=promise):
                    name = host(promise, server)
                    reports, got = self.check("--port", "465", name)
                    self.assertEqual(
                        (reports[name]["outcome"], reports[name]["level"], got),
                        (outcome, "host", code))


if __name__ == "__main__":
    if in_tree.folder() is None:
        sys.exit(in_tree.run(write_world))
    unittest.main(verbosity=2)
