#!/usr/bin/python3
"""What `danebound serve` logs and counts, and the rules and the dashboard made for
that.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import jsonschema

from serving import DANEBOUND, HERE, LISTEN, ServeTest
import socketmap

HERE = pathlib.Path(__file__).resolve().parent


class Log(ServeTest):
    # More than the pipe and the queue hold.
    def test_holds_up_no_answer_when_nobody_reads_it(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            conf = folder / "serve.conf"
            conf.write_text(f'module_socket = "{self.unbound.socket}"\n' +
                            LISTEN.format(folder=folder))
            process = subprocess.Popen(
                [DANEBOUND, "serve", "--config", str(conf)],
                stderr=subprocess.PIPE, text=True)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            self.addCleanup(process.stderr.close)
            self.assertIn("serving", process.stderr.readline())
            long = '{"domain": "' + "a" * 4000 + '"}\n'
            with socketmap.connect(folder / "json.sock") as sock:
                with sock.makefile("rb") as replies:
                    for _ in range(40):
                        sock.sendall(long.encode() * 10)
                        for _ in range(10):
                            self.assertIn(b"error", replies.readline())
            with socketmap.Client(folder / "map.sock") as client:
                self.assertEqual(client.ask("ok.example"), "OK dane-only")

            def reads_the_gap():
                for line in process.stderr:
                    if "log-dropped" in line:
                        return line
                return ""
            # Told once there is room again.
            teller = threading.Thread(target=keep_asking,
                                      args=(folder / "map.sock", process))
            teller.start()
            self.assertRegex(reads_the_gap(), r"log-dropped lines=[0-9]+$")
            process.kill()
            teller.join()


def keep_asking(path, process):
    """Asks until the daemon is gone."""
    with contextlib.suppress(OSError, socketmap.Closed):
        while process.poll() is None:
            with socketmap.Client(path) as client:
                client.ask("ok.example")
            time.sleep(0.01)


def promtool(*words, stdin=None, folder=None):
    """Runs Debian's promtool; returns what it says. It must be content."""
    done = subprocess.run([os.environ["DANEBOUND_TEST_PROMTOOL"], *words],
                          input=stdin, cwd=folder, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    return done.stdout


def metrics_in(expressions):
    """The names of our metrics in PromQL."""
    return set(re.findall(r"\bdanebound_serve_\w+", "\n".join(expressions)))


class Monitoring(ServeTest):
    """unbound-conf/prometheus-alerts.yaml and grafana-dashboard.json."""

    ALERTS = HERE.parent.parent / "unbound-conf" / "prometheus-alerts.yaml"
    DASHBOARD = ALERTS.with_name("grafana-dashboard.json")

    def dashboard_expressions(self):
        board = json.loads(self.DASHBOARD.read_text())
        return [target["expr"] for panel in board["panels"]
                for target in panel["targets"]]

    def test_promtool_takes_the_alerts_and_sees_them_ring(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copy(self.ALERTS, folder)
            shutil.copy(HERE / "alerts_test.yaml", folder)
            alerts = self.ALERTS.read_text().count("- alert:")
            self.assertIn(f"SUCCESS: {alerts} rules", promtool(
                "check", "rules", self.ALERTS.name, folder=folder))
            promtool("test", "rules", "alerts_test.yaml", folder=folder)

    def test_each_alert_is_seen_to_ring(self):
        names = set(re.findall(r"- alert: (\w+)", self.ALERTS.read_text()))
        rung = set(re.findall(r"Danebound\w+",
                              (HERE / "alerts_test.yaml").read_text()))
        self.assertEqual(names, rung)

    def test_the_dashboard_follows_the_schema(self):
        schema = json.loads(
            (HERE / "grafana_dashboard.schema.json").read_text())
        board = json.loads(self.DASHBOARD.read_text())
        jsonschema.validate(board, schema)
        ids = [panel["id"] for panel in board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    # JSON is YAML; Grafana fills in what begins with a dollar.
    def test_promtool_takes_the_expressions_of_the_dashboard(self):
        rules = [{"record": f"a:{number}", "expr": expression.replace(
            "$__rate_interval", "5m").replace("$job", ".*").replace(
                "$instance", ".*")}
                 for number, expression in
                 enumerate(self.dashboard_expressions())]
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "rules.yaml"
            path.write_text(json.dumps(
                {"groups": [{"name": "dashboard", "rules": rules}]}))
            promtool("check", "rules", str(path))

    def test_names_only_metrics_that_are_served(self):
        # As the package danebound-unbound writes them.
        versions = pathlib.Path(tempfile.mkstemp(prefix="danebound-versions-")[1])
        self.addCleanup(versions.unlink)
        versions.write_text("1.17.1-2+deb12u2 1.17.1-2+deb12u4 older\n")
        serve = self.serve(environment={
            "DANEBOUND_UNBOUND_VERSIONS": str(versions)}, tail="""
[[exceptions]]
next_hop = "mixed.example"
until = 2999-12-31
reason = "a test"
[[listen]]
protocol = "metrics"
tcp = "127.0.0.1:18463"
""")
        serve.ask("ok.example")
        with urllib.request.urlopen("http://127.0.0.1:18463/metrics",
                                    timeout=10) as page:
            text = page.read().decode()
        promtool("check", "metrics", stdin=text)
        served = set(re.findall(r"^# TYPE (\w+) ", text, re.M))
        documented = metrics_in(
            [(HERE.parent.parent / "docs" / "serve.md").read_text()])
        self.assertEqual(served, documented)
        named = metrics_in([self.ALERTS.read_text(),
                            *self.dashboard_expressions()])
        self.assertLessEqual({re.sub("_bucket$", "", name) for name in named},
                             served)
        self.assertGreater(len(named), 10)


class Metrics(ServeTest):
    def test_are_served_to_prometheus(self):
        serve = self.serve(tail="""
[[listen]]
protocol = "metrics"
tcp = "127.0.0.1:18462"
""")
        serve.ask("ok.example")
        serve.ask("ok.example")
        serve.ask("none.example")
        serve.json_lines("ok.example\na..b\n")
        with urllib.request.urlopen("http://127.0.0.1:18462/metrics",
                                    timeout=10) as page:
            text = page.read().decode()
        for line in (
                'danebound_serve_answers_total{protocol="socketmap",'
                'answer="dane-only"} 2',
                'danebound_serve_answers_total{protocol="socketmap",'
                'answer="NOTFOUND"} 1',
                'danebound_serve_answers_total{protocol="json",'
                'answer="error"} 1',
                'danebound_serve_lookups_open 0',
                'danebound_serve_lookup_seconds_count 4',
                'danebound_serve_lookup_seconds_bucket{le="+Inf"} 4',
                'danebound_serve_verdicts_total{security="secure",'
                'disposition="deliver"} 4',
                'danebound_serve_reasons_total{reason="no-tlsa"} 1',
                'danebound_serve_no_verdict_total{reason="unavailable"} 0',
                'danebound_serve_cache_total{result="hit"} 2',
                'danebound_serve_refused_total{what="bad-request"} 1',
                'danebound_serve_connections 1',
                'danebound_serve_watched 0',
                'danebound_serve_exceptions 0'):
            self.assertIn(line + "\n", text)
        last = re.search(r"^danebound_serve_last_secure_verdict_timestamp_"
                         r"seconds (\d+)$", text, re.M)
        self.assertLess(abs(time.time() - int(last[1])), 60)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \w+ |"
                                   r"\w+(\{(\w+=\"[^\"]*\",?)+\})? [0-9.e-]+$)")
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen("http://127.0.0.1:18462/", timeout=10)
        with socketmap.connect(("127.0.0.1", 18462)) as sock:
            sock.sendall(b"x" * 10000)
            self.assertTrue(sock.recv(100).startswith(b"HTTP/1.1 400 "))


if __name__ == "__main__":
    unittest.main()
