#!/usr/bin/python3
"""`danebound serve` from its start to its end: settings, reloads, the resolver's
restarts, another clock, libunbound instead of the module, systemd.
"""

import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

from serving import DANEBOUND, QUICK, SANITIZED, Serve, ServeTest, TCP, Watcher
import resolver
import socketmap

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
                None)


@unittest.skipIf(SANITIZED, "the sanitizer wants to be loaded first")
class ClockJumps(ServeTest):
    """The time of day jumps for the daemon, and for nobody else."""

    def serve_by(self, clock, head):
        self.clock = pathlib.Path(tempfile.mkdtemp()) / "clock"
        self.addCleanup(shutil.rmtree, self.clock.parent)
        self.jump(clock)
        self.assertIsNotNone(FAKETIME, "the package libfaketime is missing")
        return self.serve(head, environment={
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_TIMESTAMP_FILE": str(self.clock)})

    def jump(self, offset):
        new = self.clock.with_suffix(".new")
        new.write_text(offset + "\n")
        new.rename(self.clock)

    def test_change_no_answer_no_deadline_and_no_connection(self):
        serve = self.serve_by("+0", "socketmap_deadline_ms = 1500\n"
                              "idle_seconds = 60")
        with serve.client() as client:
            for number, offset in enumerate(("+3650d", "-3650d", "+1d")):
                with self.subTest(offset=offset):
                    client.send(f"d{number}.silent.example")
                    begin = time.monotonic()
                    self.jump(offset)
                    self.assertRegex(client.reply(), "^TEMP mx-failed: ")
                    took = time.monotonic() - begin
                    self.assertGreater(took, 0.5)
                    self.assertLess(took, 15)
                    self.assertEqual(client.ask("ok.example"), "OK dane-only")

    def test_is_seen_by_the_daemon(self):
        serve = self.serve_by("+3650d", "")
        line, = serve.json_lines("ok.example\n")
        self.assertGreater(line["expires"], time.time() + 3000 * 86400)
        self.assertGreater(line["ttl"], 0)

    def test_stops_no_heartbeat_and_no_renewal(self):
        head = QUICK + "watch_heartbeat_seconds = 1"
        serve = self.serve_by("+3650d", head)
        with Watcher(serve, "mixed.example") as watcher:
            watcher.next("first")
            self.jump("-3650d")
            for policy in ("require", "enforce"):
                serve.write(head, f'[default]\npolicy = "{policy}"\n')
                serve.reload()
                line = watcher.next("changed")
                self.assertEqual(line["changes"][0]["change"], "duty-changed")
            watcher.next("heartbeat")


class Life(ServeTest):
    def test_defers_without_a_module(self):
        serve = self.serve(module_socket="/nonexistent/module.sock",
                           head="socketmap_deadline_ms = 500")
        self.assertRegex(serve.ask("ok.example"), "^TEMP (deadline|unavail)")
        line, = serve.json_lines("ok.example\n")
        self.assertEqual(line["disposition"], "defer")
        self.assertIn("/nonexistent/module.sock", line["error"])
        self.assertEqual(serve.ask(".example"), "NOTFOUND ")

    def test_answers_across_a_restart_of_the_resolver(self):
        own = resolver.Resolver(server=["interface: 127.53.1.3"])
        self.addCleanup(own.stop)
        serve = self.serve(module_socket=own.socket)
        with serve.client() as client:
            client.send("d6.late.example")
            own.process.kill()
            own.process.wait()
            own.log_file.unlink()
            own.start()
            self.assertEqual(client.reply(), "OK dane-only")

    def test_defers_without_a_validator(self):
        own = resolver.Resolver(server=["interface: 127.53.1.4"],
                                modules="dynlib iterator")
        self.addCleanup(own.stop)
        serve = self.serve(module_socket=own.socket)
        self.assertRegex(serve.ask("ok.example"), "^TEMP no-verdict: ")

    def test_reloads_without_dropping_a_connection(self):
        serve = self.serve()
        with serve.client() as client:
            self.assertEqual(client.ask("ok.example"), "OK dane-only")
            serve.write(tail='[default]\npolicy = "off"\n' + f"""
[[listen]]
protocol = "socketmap"
tcp = "{TCP[0]}:{TCP[1]}"
""")
            serve.reload()
            self.assertEqual(client.ask("ok.example"), "NOTFOUND ")
            with socketmap.Client(TCP) as other:
                self.assertEqual(other.ask("ok.example"), "NOTFOUND ")
            serve.conf.write_text("nonsense = 1\n")
            serve.reload()
            serve.wait_for("reload-failed")
            serve.wait_for("serve.conf:1:12")
            self.assertEqual(client.ask("ok.example"), "NOTFOUND ")
            serve.write(listen="")
            serve.reload()
            self.assertEqual(client.ask("ok.example"), "OK dane-only")
            self.assertFalse(serve.map.exists())

    # Editors and configuration management move a file away, or write it
    # slowly.
    def test_keeps_its_settings_when_the_file_is_missing_or_empty(self):
        serve = self.serve(tail='[default]\npolicy = "off"\n')
        whole = serve.conf.read_text()
        for trouble in (serve.conf.unlink,
                        lambda: serve.conf.write_text(""),
                        lambda: serve.conf.write_text(" \n\n")):
            trouble()
            serve.reload()
            self.assertEqual(serve.ask("ok.example"), "NOTFOUND ")
            self.assertNotIn("reloaded", serve.log())
        serve.wait_for("No such file")
        serve.wait_for("the file is empty")
        serve.conf.write_text(whole)
        serve.reload()
        serve.wait_for("reloaded")

    def test_says_which_destinations_demand_less_after_a_reload(self):
        serve = self.serve(tail="""
[default]
policy = "require"
[destinations."ok.example"]
policy = "require"
[destinations.".example"]
insecure_mx = "encrypt"
""")
        serve.write(tail='[destinations.".example"]\npolicy = "audit"\n')
        serve.reload()
        serve.wait_for("reloaded")
        for line in ("weakened destination=default was=require is=enforce\n",
                     "weakened destination=ok.example was=require is=gone\n",
                     "weakened destination=.example was=enforce is=audit\n",
                     "weakened destination=.example was=\"insecure_mx encrypt\" "
                     "is=\"insecure_mx opportunistic\"\n"):
            self.assertIn(line, serve.log())

    def test_answers_what_is_pending_before_it_stops(self):
        serve = self.serve()
        with serve.client() as idle, serve.client() as client:
            client.send("d7.late.example")
            client.send("ok.example")
            time.sleep(0.1)
            serve.process.terminate()
            self.assertEqual(client.reply(), "OK dane-only")
            self.assertEqual(client.reply(), "OK dane-only")
            with self.assertRaises(socketmap.Closed):
                idle.reply()
        self.assertEqual(serve.process.wait(5), 0)
        self.assertFalse(serve.map.exists())

    def test_makes_sockets_with_their_mode_and_takes_only_dead_ones(self):
        serve = self.serve()
        self.assertEqual(stat.S_IMODE(serve.map.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(serve.json.stat().st_mode), 0o660)
        second = subprocess.run([DANEBOUND, "serve", "--config",
                                 str(serve.conf)], capture_output=True,
                                text=True, timeout=10, check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("belongs to a running server", second.stderr)
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        serve.process.kill()
        serve.process.wait()
        self.assertTrue(serve.map.exists())
        again = Serve(serve.module_socket)
        self.addCleanup(again.stop)
        again.conf.write_text(serve.conf.read_text())
        again.reload()
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        serve.process = again.process

    def test_never_removes_what_is_no_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "map.sock"
            path.write_text("precious")
            conf = pathlib.Path(folder) / "serve.conf"
            conf.write_text('[[listen]]\nprotocol = "socketmap"\n'
                            f'unix = "{path}"\n')
            result = subprocess.run([DANEBOUND, "serve", "--config", conf],
                                    capture_output=True, text=True,
                                    timeout=10, check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("is no socket", result.stderr)
            self.assertEqual(path.read_text(), "precious")

    def test_checks_settings(self):
        with tempfile.TemporaryDirectory() as folder:
            conf = pathlib.Path(folder) / "serve.conf"
            for text, code, words in (
                    ("# as by default\n", 0, "good"),
                    ("x = 1\n", 1, ":1:5: unknown key"),
                    ("max_lookups = 0\nnonsense = 1\n", 1,
                     f"from 1 to 100000\n{conf}:2:12: unknown key"),
                    (" \n", 1, "the file is empty"),
                    (None, 1, "No such file")):
                conf.unlink(missing_ok=True)
                if text is not None:
                    conf.write_text(text)
                result = subprocess.run(
                    [DANEBOUND, "serve", "--check-config", "--config", conf],
                    capture_output=True, text=True, timeout=10, check=False)
                self.assertEqual(result.returncode, code)
                self.assertIn(words, result.stdout + result.stderr)

    def test_asks_another_module_after_a_reload(self):
        serve = self.serve(module_socket="/nonexistent/module.sock",
                           head="socketmap_deadline_ms = 500")
        self.assertRegex(serve.ask("ok.example"), "^TEMP ")
        serve.module_socket = self.unbound.socket
        serve.write()
        serve.reload()
        self.assertEqual(serve.ask("ok.example"), "OK dane-only")
        with serve.client() as client:
            client.send("d8.late.example")
            serve.module_socket = "/nonexistent/module.sock"
            serve.write()
            serve.reload()
            self.assertEqual(client.reply(), "OK dane-only")


class WithoutAModule(ServeTest):
    """`--embedded`: libunbound in the daemon."""

    @classmethod
    def setUpClass(cls):
        pass

    def serve(self, *args, **options):
        return super().serve(
            *args, module_socket="/nonexistent/module.sock",
            arguments=("--embedded", "--unbound-conf",
                       os.environ["DANEBOUND_TREE_CONF"]), **options)

    def test_answers_the_same(self):
        serve = self.serve()
        serve.resolv_conf = "off"  # no name server answers here
        serve.write()
        serve.reload()
        for key, reply in (("ok.example", "OK dane-only"),
                           ("mixed.example", "OK dane"),
                           ("none.example", "NOTFOUND "),
                           ("hosted.unsigned", "NOTFOUND "),
                           ("null.example", "NOTFOUND "),
                           ("[192.0.2.1]", "NOTFOUND ")):
            self.assertEqual(serve.ask(key), reply, key)
        self.assertRegex(serve.ask("servfail.example"), "^TEMP mx-failed: ")
        self.assertRegex(serve.ask("bogus.example"), "^TEMP mx-bogus: ")
        self.assertIn("serving listeners=2 asks=libunbound\n", serve.log())

    # Who knows soon is answered soon, whatever others wait for.
    def test_serves_others_while_a_lookup_waits(self):
        serve = self.serve("socketmap_deadline_ms = 1500")
        with serve.client() as slow:
            slow.send("d0.silent.example")
            self.assertEqual(serve.ask("ok.example"), "OK dane-only")
            slow.sock.setblocking(False)
            with self.assertRaises(BlockingIOError):
                slow.sock.recv(1)
            slow.sock.settimeout(10)
            self.assertRegex(slow.reply(), "^TEMP mx-failed: .*within 1.5s")

    def test_stops_with_a_lookup_open(self):
        serve = self.serve()
        with serve.client() as client:
            client.send("d1.silent.example")
            serve.reload()
            for _ in range(2):
                serve.process.terminate()
                time.sleep(0.1)
            self.assertEqual(serve.process.wait(5), 0)

    def test_says_what_is_wrong_with_its_configuration(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            conf.write("# as by default\n")
            conf.flush()
            result = subprocess.run(
                [DANEBOUND, "serve", "--config", conf.name, "--embedded",
                 "--unbound-conf", "/nonexistent/unbound.conf"],
                capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent/unbound.conf", result.stderr)


class Systemd(ServeTest):
    def activate(self, name):
        """Starts serve as systemd does: socket 3, its own process id."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-serve-"))
        self.addCleanup(shutil.rmtree, folder)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(str(folder / "notify"))
        notify.settimeout(10)
        conf = folder / "serve.conf"
        conf.write_text(f'module_socket = "{self.unbound.socket}"\n')
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind(str(folder / "map.sock"))
        listener.listen(8)
        script = ('exec 3<&"$0"; LISTEN_FDS=1 LISTEN_PID=$$ '
                  'WATCHDOG_USEC=400000 WATCHDOG_PID=$$ exec "$@"')
        process = subprocess.Popen(
            ["bash", "-c", script, str(listener.fileno()), DANEBOUND, "serve",
             "--config", str(conf)], pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, LISTEN_FDNAMES=name,
                     NOTIFY_SOCKET=str(folder / "notify")))
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return folder, notify, process

    def test_is_told_the_state_and_gives_the_socket(self):
        folder, notify, process = self.activate("socketmap")
        self.assertEqual(notify.recv(100), b"READY=1")
        self.assertEqual(notify.recv(100), b"WATCHDOG=1")
        with socketmap.Client(folder / "map.sock") as client:
            self.assertEqual(client.ask("ok.example"), "OK dane-only")
        self.assertEqual(notify.recv(100), b"WATCHDOG=1")
        process.send_signal(signal.SIGHUP)
        words = [notify.recv(100) for _ in range(2)]
        while words[-1] != b"READY=1":
            words.append(notify.recv(100))
        self.assertTrue(any(word.startswith(b"RELOADING=1") for word in words))
        process.terminate()
        while notify.recv(100) != b"STOPPING=1":
            pass
        self.assertEqual(process.wait(5), 0)
        self.assertTrue((folder / "map.sock").exists())

    def test_must_name_the_protocol_of_its_socket(self):
        _, _, process = self.activate("other")
        self.assertEqual(process.wait(5), 1)
        self.assertIn("FileDescriptorName=", process.stderr.read())


if __name__ == "__main__":
    unittest.main()
