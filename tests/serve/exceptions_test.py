#!/usr/bin/python3
"""Exceptions of `danebound serve`, and `danebound log-summary`, against the mail
servers and signed zones of tests/check, and the module in a real Unbound.

Makes the certificates and zones, and starts itself beside tests/tree/tree.py.
"""

import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "check"), str(HERE.parent / "module")]

import mail_servers  # noqa: E402

INSIDE = "DANEBOUND_EXCEPTIONS_FOLDER"
CLOCKED = os.environ["DANEBOUND_TEST_CLOCKED_SERVE"]


def outside():
    with tempfile.TemporaryDirectory(prefix="danebound-exceptions-") as folder:
        mail_servers.make(folder)
        for path in (HERE.parent / "check" / "zones").iterdir():
            shutil.copy(path, pathlib.Path(folder) / "zones")
        command = [ROOT / "tests/tree/tree.py", "run", "--scenarios",
                   f"{folder}/zones", "--", __file__]
        return subprocess.run(command, env=dict(os.environ, **{INSIDE: folder}),
                              check=False).returncode


if __name__ == "__main__" and INSIDE not in os.environ:
    sys.exit(outside())

import resolver  # noqa: E402
from serving import DANEBOUND, Serve  # noqa: E402

# The first second of 2027 in UTC.
NEW_YEAR = int(datetime.datetime(
    2027, 1, 1, tzinfo=datetime.timezone.utc).timestamp())


def exception(next_hop, until="2100-01-01", reason="ticket 1234", more=""):
    return f"""
[[exceptions]]
next_hop = "{next_hop}"
until = {until}
reason = "{reason}"
{more}
"""


def comparable(text):
    """Without what differs from run to run, and line breaks."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"TIME to TIME", "TIME", text)
    text = re.sub(r"MX: .*? \(mx-bogus", "MX: WHY (mx-bogus", text)
    return " ".join(text.split())


class ExceptionsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.unbound = resolver.Resolver()
        cls.addClassCleanup(cls.unbound.stop)

    def serve(self, *args, **options):
        serve = Serve(self.unbound.socket, *args, **options)
        self.addCleanup(serve.stop)
        return serve


class Exceptions(ExceptionsTest):
    def test_let_a_domain_through_and_say_so(self):
        serve = self.serve("retest_hours = 0",
                           exception("mismatch.example"))
        self.assertEqual(serve.ask("mismatch.example"), "NOTFOUND ")
        self.assertEqual(serve.ask("ee.example"), "OK dane-only")
        serve.wait_for("decision protocol=socketmap next_hop=mismatch.example "
                       'policy=enforce exception="ticket 1234" answer=NOTFOUND '
                       "would_answer=dane-only kind=mx ")

    def test_are_counted_for_prometheus(self):
        serve = self.serve(tail=exception("mismatch.example") +
                           exception("ee.example", until="2020-01-01") +
                           exception("ta.example", more='policy = "off"') + """
[[listen]]
protocol = "metrics"
tcp = "127.0.0.1:18463"
""")
        serve.wait_for("exception-needed next_hop=mismatch.example")
        serve.wait_for("exception-mended next_hop=ta.example")
        serve.ask("mismatch.example")
        serve.ask("ta.example")
        with urllib.request.urlopen("http://127.0.0.1:18463/metrics",
                                    timeout=10) as page:
            text = page.read().decode()
        for line in (
                'danebound_serve_exceptions 2',
                'danebound_serve_exceptions_tested{state="untested"} 0',
                'danebound_serve_exceptions_tested{state="needed"} 1',
                'danebound_serve_exceptions_tested{state="mended"} 1',
                'danebound_serve_exceptions_tested{state="expired"} 1',
                'danebound_serve_unenforced_total{why="exception",'
                'would_answer="dane-only"} 1',
                'danebound_serve_unenforced_total{why="exception",'
                'would_answer="unknown"} 1'):
            self.assertIn(line + "\n", text)

    # RFC 7672 6
    def test_let_a_domain_off_that_must_have_dane(self):
        serve = self.serve("retest_hours = 0", """
[destinations."mismatch.example"]
policy = "require"
""" + exception("mismatch.example") +
            exception("ee.example", more='policy = "off"'))
        self.assertEqual(serve.ask("mismatch.example"), "NOTFOUND ")
        serve.wait_for('policy=require exception="ticket 1234" answer=NOTFOUND '
                       "would_answer=dane-only")
        self.assertEqual(serve.ask("ee.example"), "NOTFOUND ")
        serve.wait_for('next_hop=ee.example policy=enforce exception="ticket '
                       '1234" answer=NOTFOUND\n')

    def test_count_no_more_once_their_day_is_over(self):
        serve = self.serve(
            "retest_hours = 0",
            exception("mismatch.example", until="2026-12-31"),
            program=[CLOCKED, str(NEW_YEAR - 2)])
        self.assertEqual(serve.ask("mismatch.example"), "NOTFOUND ")
        self.assertNotIn("exception-expired", serve.log())
        serve.wait_for("exception-expired next_hop=mismatch.example "
                       'until=2026-12-31 reason="ticket 1234"\n')
        self.assertEqual(serve.ask("mismatch.example"), "OK dane-only")

    def test_that_are_over_when_they_are_read_are_said_to_be(self):
        serve = self.serve("retest_hours = 0")
        serve.write("retest_hours = 0",
                    exception("mismatch.example", until="2020-01-01"))
        serve.reload()
        serve.wait_for("exception-expired next_hop=mismatch.example")
        self.assertEqual(serve.ask("mismatch.example"), "OK dane-only")

    def test_come_and_go_at_a_reload(self):
        serve = self.serve("retest_hours = 0")
        self.assertEqual(serve.ask("mismatch.example"), "OK dane-only")
        serve.write("retest_hours = 0", exception("mismatch.example"))
        serve.reload()
        self.assertEqual(serve.ask("mismatch.example"), "NOTFOUND ")
        serve.write("retest_hours = 0")
        serve.reload()
        self.assertEqual(serve.ask("mismatch.example"), "OK dane-only")

    # RFC 7672 2.2: the next hop is looked up and its servers are talked to.
    def test_are_tested_in_the_background(self):
        serve = self.serve(
            tail=exception("mismatch.example") + exception("ee.example") +
            exception("stripped.example") + exception("mx-bogus.example") +
            exception(".unsigned"))
        for line in (
                "exception-needed next_hop=mismatch.example until=2100-01-01 "
                'reason="ticket 1234" outcome=deferred '
                "findings=not-authenticated\n",
                "exception-mended next_hop=ee.example until=2100-01-01 "
                'reason="ticket 1234" outcome=authenticated\n',
                "exception-needed next_hop=stripped.example until=2100-01-01 "
                'reason="ticket 1234" outcome=deferred findings=downgrade\n',
                "exception-needed next_hop=mx-bogus.example until=2100-01-01 "
                'reason="ticket 1234" outcome=deferred findings=mx-bogus\n'):
            serve.wait_for(line)

    def test_are_tested_without_a_module_where_there_is_none(self):
        serve = self.serve(
            tail=exception("ee.example"),
            arguments=("--embedded", "--unbound-conf",
                       os.environ["DANEBOUND_TREE_CONF"]))
        serve.wait_for("exception-mended next_hop=ee.example")

    def test_are_said_to_be_mended_once_the_server_is(self):
        wrong = mail_servers.Server("127.60.0.99",
                                    [f"{os.environ[INSIDE]}/rsa.pem"])
        serve = self.serve(tail=exception("refused.example"))
        serve.wait_for("exception-needed next_hop=refused.example")
        serve.wait_for("findings=not-authenticated\n")
        wrong.close()
        server = mail_servers.Server("127.60.0.99",
                                     [f"{os.environ[INSIDE]}/leaf.pem"])
        self.addCleanup(server.close)
        # Another one, which has not been tested yet.
        serve.write(tail=exception("refused.example", reason="ticket 1235"))
        serve.reload()
        serve.wait_for("exception-mended next_hop=refused.example "
                       'until=2100-01-01 reason="ticket 1235" '
                       "outcome=authenticated\n")

    # As under the daemon's unit, which lets it connect to nobody.
    def test_are_untested_where_no_server_is_reached(self):
        serve = self.serve(tail=exception("refused.example"))
        serve.wait_for("exception-untested next_hop=refused.example")
        serve.wait_for("may this daemon connect to port 25?")

    # The daemon does not wait for the test, nor the test for a dead daemon.
    def test_end_with_the_daemon(self):
        with mail_servers.silent("127.60.0.99"):
            serve = self.serve(tail=exception("refused.example"))

            def children():
                path = pathlib.Path(f"/proc/{serve.process.pid}/task/"
                                    f"{serve.process.pid}/children")
                return path.read_text().split()
            self.assertTrue(resolver.wait_until(children))
            child = pathlib.Path("/proc", children()[0])
            self.assertEqual(serve.ask("ee.example"), "OK dane-only")
            serve.process.terminate()
            self.assertEqual(serve.process.wait(5), 0)
            self.assertFalse(child.exists())


class LogSummary(ExceptionsTest):
    def summarize(self, serve, *options):
        return subprocess.run(
            [DANEBOUND, "log-summary", "--socket", self.unbound.socket,
             *options, serve.log_file], capture_output=True, text=True,
            timeout=60, check=False)

    def ask_all(self, serve, *domains):
        """Asks for each, until the log has them all."""
        for domain in domains:
            serve.ask(domain)
        self.assertTrue(resolver.wait_until(
            lambda: serve.log().count("socketmap") == len(domains)))

    def test_prints_what_the_document_shows(self):
        document = (ROOT / "docs/serve.md").read_text()
        shown, = re.findall(r"^```\n\$ danebound log-summary .*?\n(.*?)^```$",
                            document, re.M | re.S)
        serve = self.serve('log_format = "json"',
                           '[default]\npolicy = "audit"\n')
        self.ask_all(serve, "ee.example", "mismatch.example",
                     "mx-bogus.example", "ee.example", "mx-bogus.example",
                     "ta.example", "hosted.unsigned", "null.example",
                     "mx-bogus.example", "plain.unsigned", "stripped.example")
        result = self.summarize(serve)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(comparable(result.stdout), comparable(shown),
                         result.stdout)
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 80)

    def test_reads_both_forms_and_finds_nobody(self):
        serve = self.serve(tail='[default]\npolicy = "audit"\n')
        self.ask_all(serve, "ee.example", "ta.example", "plain.unsigned")
        result = self.summarize(serve, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(
            [(each["next_hop"], each["would_defer"],
              each["now"] and each["now"]["outcome"])
             for each in report["next_hops"]],
            [("ee.example", False, "authenticated"),
             ("plain.unsigned", False, None),
             ("ta.example", False, "authenticated")])

    # The same choices as the decisions were made with.
    def test_checks_by_the_policy_of_each_destination(self):
        serve = self.serve(tail="""
[destinations."plain.unsigned"]
policy = "require"
[destinations."hosted.unsigned"]
insecure_mx = "authenticate"
""")
        self.ask_all(serve, "plain.unsigned", "hosted.unsigned")
        result = self.summarize(serve, "--json")
        self.assertEqual(result.returncode, 1, result.stderr)
        outcomes = {each["next_hop"]: each["now"]["outcome"]
                    for each in json.loads(result.stdout)["next_hops"]}
        self.assertEqual(outcomes, {
            "plain.unsigned": "deferred",
            "hosted.unsigned": "authenticated-host-only"})


if __name__ == "__main__":
    mail_servers.serve(os.environ[INSIDE])
    unittest.main(verbosity=2)
