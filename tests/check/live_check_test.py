#!/usr/bin/python3
"""`danebound check` against mail servers and real signed zones: for each domain
what RFC 7672 demands of a mail server.

    live_check_test.py DANEBOUND [TREE-OPTION…]

makes certificates and zones, starts itself beside tests/tree/tree.py with them,
and asks libunbound, or with `--unbound BIN --module SO` the module.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.dont_write_bytecode = True

import mail_servers  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
INSIDE = "DANEBOUND_CHECK_FOLDER"

GOOD, WARNING, BROKEN, UNKNOWN = range(4)

# domain, options, outcome, exit code, and the findings that are not "good"
CASES = [
    # RFC 7672 3.1.1
    ("ee.example", [], "authenticated", GOOD, []),
    # RFC 7672 3.1.2
    ("ta.example", [], "authenticated", GOOD, []),
    ("ta-name.example", [], "deferred", BROKEN, ["not-authenticated"]),
    ("ta-expired.example", [], "deferred", BROKEN, ["not-authenticated"]),
    # RFC 7671 5.2.2
    ("ta-full.example", [], "authenticated", GOOD, []),
    ("ta-absent.example", [], "deferred", BROKEN, ["not-authenticated"]),
    # RFC 7672 2.2
    ("mismatch.example", [], "deferred", BROKEN, ["not-authenticated"]),
    # RFC 7672 1.3.1
    ("stripped.example", [], "deferred", BROKEN, ["downgrade"]),
    # RFC 3207 4.2
    ("injected.example", [], "deferred", BROKEN, ["plaintext-injected"]),
    ("refused.example", [], "deferred", BROKEN, ["no-connection"]),
    # RFC 7672 2.2: all unusable
    ("unusable.example", [], "encrypted", WARNING, ["all-unusable"]),
    ("unusable-stripped.example", [], "deferred", BROKEN,
     ["all-unusable", "downgrade"]),
    # RFC 7672 2.2: no secure TLSA records
    ("no-tlsa.example", [], "opportunistic", WARNING,
     ["no-dane", "no-starttls"]),
    ("plain.unsigned", [], "opportunistic", WARNING,
     ["insecure-mx", "no-dane"]),
    # RFC 7672 2.2.1
    ("hosted.unsigned", [], "opportunistic", WARNING,
     ["insecure-mx", "no-dane"]),
    ("hosted.unsigned", ["--insecure-mx", "encrypt"], "encrypted", WARNING,
     ["insecure-mx"]),
    ("hosted.unsigned", ["--insecure-mx", "authenticate"],
     "authenticated-host-only", WARNING, ["insecure-mx"]),
    # RFC 7672 6
    ("plain.unsigned", ["--require"], "deferred", BROKEN,
     ["dane-required", "insecure-mx"]),
    # RFC 7672 2.1.2
    ("tlsa-bogus.example", [], "deferred", BROKEN, ["tlsa-failed"]),
    ("mx-bogus.example", [], "deferred", BROKEN, ["mx-bogus"]),
    ("mx-failed.example", [], "deferred", UNKNOWN, ["mx-failed"]),
    # RFC 7505 3
    ("null.example", [], "undeliverable", GOOD, []),
    ("absent.example", [], "undeliverable", BROKEN, ["no-such-domain"]),
    # RFC 7672 2.2.1: by preference, whatever the security
    ("mixed.example", [], "opportunistic", BROKEN,
     ["no-dane", "no-starttls", "not-authenticated"]),
    # RFC 5321 5.1
    ("half-dead.example", [], "authenticated", WARNING,
     ["mail-flows", "no-connection"]),
    ("half-dead.example", ["--strict"], "authenticated", BROKEN,
     ["no-connection"]),
    ("link-local.example", [], "authenticated", WARNING,
     ["mail-flows", "no-connection"]),
    ("backup.example", [], "authenticated", WARNING,
     ["mail-flows", "not-authenticated"]),
    ("backup.example", ["--strict"], "authenticated", BROKEN,
     ["not-authenticated"]),
    ("link-local.example", ["-4"], "authenticated", GOOD, []),
    ("link-local.example", ["-6"], "deferred", BROKEN, ["no-connection"]),
    ("ee.example", ["-6"], "deferred", UNKNOWN, ["addresses-not-probed"]),
    ("refused.example", ["--address", "127.60.0.1"], "authenticated", GOOD,
     []),
    ("ee.example", ["--tlsa", "3 1 1 " + "11" * 32], "deferred", BROKEN,
     ["not-authenticated"]),
    ("ee.example", ["--expect", "3 1 1"], "authenticated", GOOD, []),
    ("ee.example", ["--expect", "2 1 1"], "authenticated", BROKEN,
     ["expected-missing"]),
    ("dual.example", ["--expect", "3 1 1"], "authenticated", GOOD, []),
    ("half.example", ["--expect", "3 1 1"], "authenticated", BROKEN,
     ["expected-missing", "other-key-not-authenticated"]),
    ("twohosts.example", [], "authenticated", WARNING,
     ["mail-flows", "tlsa-failed"]),
    ("twohosts.example", ["--expect", "3 1 1"], "authenticated", UNKNOWN,
     ["expected-unknown", "mail-flows", "tlsa-failed"]),
    # RFC 7672 3.1.2: dates that count
    ("ta.example", ["--warning", "100"], "authenticated", WARNING,
     ["certificate-ends"]),
    ("ta.example", ["--critical", "100"], "authenticated", BROKEN,
     ["certificate-ends"]),
    ("dual.example", [], "authenticated", GOOD, []),
    ("half.example", [], "authenticated", WARNING,
     ["other-key-not-authenticated"]),
    ("[mx.ee.example]", [], "authenticated", GOOD, []),
    ("[127.60.0.1]", [], "opportunistic", WARNING,
     ["address-literal", "no-dane"]),
    # RFC 8314 3
    ("mx.ee.example", ["--port", "465"], "authenticated", GOOD, []),
    ("a..b", [], "deferred", UNKNOWN, []),
]

# RFC 8460 4.3
TLSRPT = {
    "mismatch.example": "certificate-not-trusted",
    "ta-name.example": "certificate-host-mismatch",
    "ta-expired.example": "certificate-expired",
    "stripped.example": "starttls-not-supported",
    "injected.example": "validation-failure",
    "unusable.example": "tlsa-invalid",
    "tlsa-bogus.example": "dnssec-invalid",
    "mx-bogus.example": "dnssec-invalid",
}


def resolver():
    conf = ["--unbound-conf", os.environ["DANEBOUND_TREE_CONF"]]
    if os.path.exists(os.environ.get("DANEBOUND_SOCKET", "")):
        return [*conf, "--resolver", os.environ["DANEBOUND_TREE_DNS"]]
    return ["--embedded", *conf]


def check(*arguments):
    return subprocess.run([DANEBOUND, "check", *resolver(), *arguments],
                          capture_output=True, text=True, timeout=60,
                          check=False)


def check_one(*arguments):
    result = check("--json", *arguments)
    return json.loads(result.stdout), result.returncode


def findings(report):
    yield from report["findings"]
    for host in report["hosts"]:
        yield from host["findings"]
        for address in host["addresses"]:
            yield from address["findings"]


def data(name):
    """TLSA data in hexadecimal, as mail_servers.py made it."""
    return pathlib.Path(os.environ[INSIDE], "zones", "data",
                        f"{name}.hex").read_text()


def comparable(text):
    """Without what differs from run to run: times, digests, addresses of the
    tree's name servers and what the two resolvers say of them, and line
    breaks, and what documents, which show a terminal, cut."""
    text = re.sub(r"(\d+ (d|h|min|s)\s+)*\d+\s+(d|h|min|s)\b", "TIME", text)
    text = re.sub(r"[0-9a-f]{40,}(\.\.\.)?", "DIGEST", text)
    text = re.sub(r"'=\d+", "'=DAYS", text)
    text = " ".join(text.split())
    return re.sub(r"TLSA: .*? \(tlsa-failed", "TLSA: WHY (tlsa-failed", text)


class LiveCheck(unittest.TestCase):
    maxDiff = None

    def test_gives_each_domain_the_action_of_rfc_7672(self):
        for domain, options, outcome, code, ids in CASES:
            with self.subTest(domain=domain, options=options):
                report, returned = check_one(*options, domain)
                self.assertEqual(
                    (report["outcome"], returned,
                     sorted(each["id"] for each in findings(report)
                            if each["health"] != "good")),
                    (outcome, code, ids), json.dumps(report, indent=1))

    # RFC 8460 4.3
    def test_says_what_tlsrpt_would(self):
        for domain, result in TLSRPT.items():
            with self.subTest(domain=domain):
                report, _ = check_one(domain)
                self.assertIn(result,
                              [each["tlsrpt"] for each in findings(report)])

    def test_shows_the_evidence(self):
        report, _ = check_one("ta.example")
        address, = report["hosts"][0]["addresses"]
        self.assertEqual(address["banner"], "mx ESMTP")
        self.assertEqual(address["extensions"], ["SIZE 1000", "STARTTLS"])
        self.assertEqual(address["tls_extensions"], ["SIZE 1000"])
        tls = address["tls"]
        self.assertEqual(tls["protocol"], "TLSv1.3")
        self.assertEqual((tls["record"], tls["depth"], tls["matched_name"]),
                         (0, 1, "mx.ta.example"))
        leaf, authority = tls["chain"]
        self.assertEqual((leaf["subject"], leaf["issuer"], leaf["names"]),
                         ("CN=mx.ta.example", "CN=Check CA",
                          ["mx.ta.example"]))
        self.assertEqual((leaf["records"], authority["records"]), ([], [0]))
        self.assertIn(leaf["days_left"], (89, 90))

    def test_says_what_3_1_1_would_be_now(self):
        digest = data("leaf-spki")
        for domain in ("unpublished.example", "mismatch.example",
                       "mistaken.example"):
            with self.subTest(domain=domain):
                report, _ = check_one(domain)
                host, = report["hosts"]
                self.assertEqual(host["records_now"], [f"3 1 1 {digest}"])
                leaf = host["addresses"][0]["tls"]["chain"][0]
                self.assertEqual(leaf["spki_sha256"], digest)
                self.assertEqual(leaf["cert_sha256"], data("leaf-cert"))
                self.assertIn(f"\n       3 1 1 {digest}\n",
                              check(domain).stdout)
        for domain in ("ee.example", "plain.unsigned"):
            report, _ = check_one(domain)
            self.assertEqual(report["hosts"][0]["records_now"], [])
        # Both certificates, where either may be shown.
        report, _ = check_one("--tlsa", "3 1 1 " + "11" * 32, "dual.example")
        self.assertEqual(set(report["hosts"][0]["records_now"]),
                         {f"3 1 1 {digest}", f"3 1 1 {data('rsa-spki')}"})

    def test_says_why_a_record_misses(self):
        report, _ = check_one("mistaken.example")
        finding, = findings(report)
        records = report["verdict"]["hosts"][0]["tlsa"]
        place = {f"{each['usage']} {each['selector']}": i
                 for i, each in enumerate(records)}
        for clause in (
                f"record {place['2 1']} (2 1 1) matches certificate 0, but "
                "DANE-TA(2) is of an authority",
                f"record {place['3 1']} (3 1 1) is the SHA2-256 digest of "
                "nothing",
                f"record {place['3 0']} (3 0 1) is the SHA2-256 digest of the "
                "key of certificate 0, under selector Cert(0)"):
            self.assertIn(clause, finding["text"])
        self.assertNotIn("no certificate", finding["text"])

    def test_says_whose_records_rollover_knows(self):
        record, = check_one("mismatch.example")[0]["verdict"]["hosts"][0]["tlsa"]
        known = {"next": [], "since": None, "hold": 60, "hold_seen": 1,
                 "current": [], "replaced": ["3 1 1 " + record["data"]], "shown": [],
                 "begun": 1}
        state = pathlib.Path(os.environ[INSIDE], "rollover.json")
        state.write_text(json.dumps(
            {"version": 1, "owners": {"_25._tcp.mx.mismatch.example": known}}))
        output = check("--state", str(state), "mismatch.example").stdout
        self.assertIn("record 0 is of a certificate that was replaced "
                      "(record-known)", output)

    # Before they are published
    def test_tries_records(self):
        right = f"3 1 1 {data('leaf-spki')}"
        for domain in ("unpublished.example", "mismatch.example"):
            with self.subTest(domain=domain):
                report, code = check_one("--tlsa", right, domain)
                self.assertEqual((report["outcome"], code),
                                 ("authenticated", GOOD))
                self.assertEqual(report["tried_tlsa"], [right])
        self.assertIsNone(check_one("ee.example")[0]["tried_tlsa"])
        # In an unsigned zone they would not count.
        report, _ = check_one("--tlsa", right, "plain.unsigned")
        self.assertEqual(report["outcome"], "opportunistic")
        self.assertIn("with the TLSA records of --tlsa",
                      check("--tlsa", right, "unpublished.example").stdout)

    def test_prints_names_readably(self):
        for name in ("bücher.example", "xn--bcher-kva.example"):
            for form in ("--nagios", "--openmetrics"):
                result = check(form, name)
                self.assertEqual(result.returncode, GOOD, result.stdout)
                self.assertIn(name, result.stdout)
                self.assertNotIn("\\x", result.stdout)

    def test_connects_to_no_host_that_is_skipped(self):
        report, _ = check_one("tlsa-bogus.example")
        self.assertEqual(report["hosts"][0]["addresses"], [])

    def test_checks_both_families_and_both_kinds_of_keys(self):
        report, _ = check_one("dual.example")
        addresses = {each["address"]: each
                     for each in report["hosts"][0]["addresses"]}
        self.assertEqual(sorted(addresses), ["127.60.0.7", "::1"])
        first = addresses["127.60.0.7"]
        self.assertEqual({first["tls"]["key_type"],
                          first["other_key"]["key_type"]}, {"ECDSA", "RSA"})
        self.assertEqual(addresses["::1"]["outcome"],
                         "authenticated" if HAS_IPV6 else "deferred")

    # RFC 7672 3.1.1: dates count under DANE-TA(2), not under DANE-EE(3)
    def test_judges_certificates_at_another_time(self):
        for at, ta_outcome, ta_code in (("+10", "authenticated", GOOD),
                                        ("+80", "authenticated", WARNING),
                                        ("+100", "deferred", BROKEN)):
            with self.subTest(at=at):
                report, code = check_one("--at", at, "ta.example")
                self.assertEqual((report["outcome"], code),
                                 (ta_outcome, ta_code))
                report, code = check_one("--at", at, "ee.example")
                self.assertEqual((report["outcome"], code),
                                 ("authenticated", GOOD))

    def test_labels_a_check_of_submission(self):
        report, _ = check_one("--port", "465", "mx.ee.example")
        self.assertEqual(report["level"], "host")
        self.assertEqual(report["verdict"]["next_hop"], "[mx.ee.example]")
        self.assertIn("outside RFC 7672",
                      check("--port", "465", "mx.ee.example").stdout)
        self.assertEqual(check_one("ee.example")[0]["level"], "domain")

    def test_advises(self):
        sections = {
            "ee.example": {"RFC 7671 8.1"},
            "half-dead.example": {"RFC 7671 8.1"},
            "long.example": {"RFC 7671 13", "RFC 7671 8.1"},
            "ta.example": {"RFC 7671 5.2.1"},
            "ta-absent.example": {"RFC 7671 5.2.2"},
            "unusable.example": {"RFC 7672 3.1.3"},
            "mixed.example": {"RFC 7672 2.2.1", "RFC 7671 8",
                              "RFC 7671 8.1"},
            "staged.example": set(),
            # Each combination must match whichever certificate is shown.
            "half.example": {"RFC 7671 8", "RFC 7671 8.1"},
            "stripped.example": {"RFC 7672 9.2"},
        }
        for domain, expected in sections.items():
            with self.subTest(domain=domain):
                report, _ = check_one("--advise", domain)
                self.assertEqual({each["section"]
                                  for each in report["advice"]}, expected)
        self.assertIsNone(check_one("ee.example")[0]["advice"])

    def test_asks_the_name_servers(self):
        asking = ["--advise", "--name-servers"]
        report, _ = check_one(*asking, "ee.example")
        self.assertEqual([each["section"] for each in report["advice"]],
                         ["RFC 7671 8.1"])
        days = (report["hosts"][0]["signatures_end"] - report["checked"]) / 86400
        self.assertTrue(2 < days < 31, days)
        report, _ = check_one(*asking, "long.example")
        self.assertEqual([each["section"] for each in report["advice"]],
                         ["RFC 7671 13", "RFC 7671 8.1", "RFC 7671 13"])
        self.assertEqual(report["mta_sts"], "")
        # A denial of TLSA records is asked for too, and rightly signed.
        report, _ = check_one(*asking, "unpublished.example")
        self.assertEqual(report["advice"], [])

    # RFC 8020 2: what stands above the records is there; RFC 4035 5.3
    def test_names_the_name_servers_that_are_wrong(self):
        report, _ = check_one("--advise", "denied.example")
        advice = {each["section"]: each["text"] for each in report["advice"]}
        self.assertIn("_tcp.mx.denied.example does not exist",
                      advice["RFC 8020 2"])
        report, _ = check_one("--advise", "forged.example")
        advice = {each["section"]: each["text"] for each in report["advice"]}
        self.assertIn("its denial of TLSA records is not valid by DNSSEC",
                      advice["RFC 4035 5.3"])
        # The cause is named without advice too.
        report, _ = check_one("denied-bogus.example")
        self.assertIn("name servers say that _tcp.mx.denied-bogus.example does "
                      "not exist", next(findings(report))["text"])
        self.assertIsNone(report["advice"])

    # RFC 8461 3.1
    def test_says_whether_there_is_a_record_of_mta_sts(self):
        for domain, record in (("staged.example", "v=STSv1;id=1"),
                               ("long.example", ""), ("null.example", None),
                               ("[mx.ee.example]", None)):
            self.assertEqual(check_one(domain)[0]["mta_sts"], record)
        self.assertIn("MTA-STS: v=STSv1;id=1", check("staged.example").stdout)

    def test_prints_a_table_of_80_columns(self):
        result = check("--advise", *sorted({case[0] for case in CASES}))
        self.assertEqual(result.returncode, BROKEN)
        for line in result.stdout.splitlines():
            # Records are whole where the output is no terminal.
            if not line.lstrip().startswith("record "):
                self.assertLessEqual(len(line), 80, line)
        self.assertIn("ee.example: authenticated, good", result.stdout)
        self.assertIn("a downgrade (downgrade, TLSRPT starttls-not-supported)",
                      re.sub(r"\s+", " ", result.stdout))

    def test_checks_many_domains_in_the_order_given(self):
        domains = ["ee.example", "a..b", "null.example", "stripped.example",
                   "dual.example"] * 8
        result = check("--json", *domains)
        self.assertEqual([json.loads(line)["domain"]
                          for line in result.stdout.splitlines()], domains)

    def test_answers_nagios(self):
        good = check("--nagios", "ee.example", "ta.example")
        self.assertEqual(good.returncode, GOOD)
        self.assertRegex(good.stdout,
                         r"^DANE OK - ee\.example authenticated, ta\.example "
                         r"authenticated \| 'ta\.example'=(89|90)\n$")
        bad = check("--nagios", "stripped.example", "ee.example")
        self.assertEqual(bad.returncode, BROKEN)
        first, second = bad.stdout.splitlines()
        self.assertEqual(first, "DANE CRITICAL - stripped.example deferred, "
                                "ee.example authenticated")
        self.assertIn("mx.stripped.example 127.60.0.5: ", second)
        self.assertTrue(second.endswith("(downgrade)"))

    def test_answers_prometheus(self):
        result = check("--openmetrics", "ta.example", "null.example")
        self.assertEqual(result.returncode, GOOD)
        self.assertTrue(result.stdout.endswith("# EOF\n"))
        self.assertIn('danebound_check_outcome{domain="ta.example",'
                      'danebound_check_outcome="authenticated"} 1\n',
                      result.stdout)
        self.assertRegex(
            result.stdout,
            r'danebound_check_certificates_end_timestamp_seconds\{'
            r'domain="ta\.example",host="mx\.ta\.example"\} \d+\n')

    @unittest.skipUnless("DANEBOUND_TEST_NODE_EXPORTER" in os.environ,
                         "no node_exporter")
    def test_answers_the_node_exporter_of_debian(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "danebound.prom").write_text(
                check("--openmetrics", "ta.example", "null.example").stdout)
            page = exported_from(folder)
        self.assertIn("\nnode_textfile_scrape_error 0\n", page)
        self.assertIn('danebound_check_outcome{'
                      'danebound_check_outcome="authenticated",'
                      'domain="ta.example"} 1\n', page)
        self.assertIn("\n# TYPE danebound_check_host_outcome gauge\n", page)

    def test_prints_what_documents_show(self):
        for document, blocks in (("docs/check.md", 2), ("README.md", 1)):
            shown = re.findall(r"^```\n\$ danebound check (.*?)\n(.*?)^```$",
                               (HERE.parents[1] / document).read_text(),
                               re.M | re.S)
            self.assertEqual(len(shown), blocks)
            for arguments, output in shown:
                with self.subTest(document=document, arguments=arguments):
                    self.assertEqual(
                        comparable(check(*arguments.split()).stdout),
                        comparable(output))


def exported_from(folder):
    """The page of a node_exporter that reads the files of the folder."""
    address = "127.0.0.1:9100"
    process = subprocess.Popen(
        [os.environ["DANEBOUND_TEST_NODE_EXPORTER"],
         "--collector.disable-defaults", "--collector.textfile",
         f"--collector.textfile.directory={folder}",
         f"--web.listen-address={address}"], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(f"http://{address}/metrics",
                                            timeout=5) as page:
                    return page.read().decode()
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise
                time.sleep(0.1)
    finally:
        process.terminate()
        process.wait()


def main_outside():
    with tempfile.TemporaryDirectory(prefix="danebound-check-") as folder:
        mail_servers.make(folder)
        for path in (HERE / "zones").iterdir():
            shutil.copy(path, pathlib.Path(folder) / "zones")
        tree = HERE.parent / "tree" / "tree.py"
        command = [tree, "run", "--scenarios", f"{folder}/zones",
                   *sys.argv[2:], "--", *sys.argv[:2]]
        return subprocess.run(command, env=dict(os.environ, **{INSIDE: folder}),
                              check=False).returncode


if __name__ == "__main__":
    if INSIDE not in os.environ:
        sys.exit(main_outside())
    HAS_IPV6 = mail_servers.serve(os.environ[INSIDE])
    DANEBOUND = sys.argv.pop(1)
    unittest.main(verbosity=2)
