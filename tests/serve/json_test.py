#!/usr/bin/python3
"""The protocol `json` of `danebound serve`: verdicts, and what is watched for changes
of them.
"""

import contextlib
import json
import socket
import subprocess
import time
import unittest

from serving import DANEBOUND, QUICK, ServeTest, TCP, Watcher
import resolver
import socketmap


class Json(ServeTest):
    def test_prints_what_lookup_prints(self):
        serve = self.serve()
        line, = serve.json_lines("mixed.example\n")
        shown = json.loads(subprocess.run(
            [DANEBOUND, "lookup", "--json", "--socket",
             str(self.unbound.socket), "mixed.example"],
            capture_output=True, check=True).stdout)
        for verdict in (line, shown):
            verdict.pop("ttl")
        self.assertEqual(line, shown)

    # Exim closes its sending side, and waits five seconds.
    def test_answers_a_half_closed_peer_in_order_and_in_time(self):
        serve = self.serve()
        begin = time.monotonic()
        lines = serve.json_lines(
            "d0.late.example\nd0.silent.example\r\n\nok.example\na..b\n"
            '{"domain": "ok.example", "require": true}\n{"x": 1}\nok.example')
        self.assertLess(time.monotonic() - begin, 4.0)
        self.assertEqual(
            [(line["next_hop"], line["disposition"]) for line in lines],
            [("d0.late.example", "deliver"), ("d0.silent.example", "defer"),
             ("ok.example", "deliver"), ("a..b", "defer"),
             ("ok.example", "deliver"), ('{"x": 1}', "defer"),
             ("ok.example", "deliver")])
        self.assertTrue(lines[4]["require"])

    def test_refuses_a_line_that_is_too_long(self):
        serve = self.serve()
        line, = serve.json_lines("a" * 10240)
        self.assertIn("longer than 4096 octets", line["error"])
        self.assertEqual(len(serve.json_lines("ok.example\n")), 1)


class Watch(ServeTest):
    # RFC 7672 2.2.1: an Unbound for which the zone is not signed takes the
    # place of one for which it is.
    def test_tells_that_a_secure_verdict_became_insecure_and_back(self):
        other = resolver.Resolver(
            server=["interface: 127.53.1.5", 'domain-insecure: "ok.example"'])
        self.addCleanup(other.stop)
        serve = self.serve(QUICK)
        with Watcher(serve, "ok.example", "[192.0.2.1]") as watcher:
            self.assertEqual(watcher.answer["watched"], 2)
            firsts = {line["next_hop"]: line["new"]
                      for line in (watcher.next("first"), watcher.next("first"))}
            host, = firsts["ok.example"]["hosts"]
            self.assertEqual((host["name"], host["duty"], host["tlsa"]),
                             ("mx.ok.example", "authenticate",
                              ["3 1 1 " + "11" * 32]))
            self.assertEqual(firsts["[192.0.2.1]"]["kind"], "address")
            lost = ["became-insecure", "tlsa-gone", "duty-changed"]
            won = ["became-secure", "tlsa-added", "duty-changed"]
            for module, names in ((other, lost), (self.unbound, won)):
                serve.module_socket = module.socket
                serve.write(QUICK)
                serve.reload()
                changes, line = watcher.changes()
                self.assertEqual(changes, names)
                self.assertIsNone(line["error"])
            self.assertEqual(line["old"]["security"], "insecure")
            self.assertEqual(line["new"]["security"], "secure")
        serve.wait_for("watch next_hop=ok.example change=tlsa-gone "
                       "host=mx.ok.example\n")

    # RFC 7672 2.1.2
    def test_tells_a_failure_as_a_failure(self):
        head = QUICK + "socketmap_deadline_ms = 300"
        serve = self.serve(head)
        with Watcher(serve, "ok.example") as watcher:
            watcher.next("first")
            for module, names in (("/nonexistent/m.sock", ["lookup-failed"]),
                                  (self.unbound.socket, ["lookup-recovered"])):
                serve.module_socket = module
                serve.write(head)
                serve.reload()
                changes, line = watcher.changes()
                self.assertEqual(changes, names)
                if names == ["lookup-failed"]:
                    self.assertIsNone(line["new"])
                    self.assertIn("/nonexistent/m.sock", line["error"])

    def test_tells_what_a_change_of_the_settings_does(self):
        serve = self.serve(QUICK + "max_lookups_per_user = 1")
        with Watcher(serve, "mixed.example", "none.example") as watcher:
            for _ in range(2):
                self.assertIsNone(watcher.next("first")["error"])
            serve.write(QUICK, '[default]\npolicy = "require"\n')
            serve.reload()
            changed = [watcher.next("changed")["changes"] for _ in range(2)]
            self.assertIn([{"change": "duty-changed",
                            "host": "mx2.mixed.example"}], changed)

    def test_keeps_a_silent_watcher(self):
        serve = self.serve("idle_seconds = 1\nwatch_heartbeat_seconds = 1")
        with Watcher(serve, "ok.example") as watcher, \
                Watcher(serve, "ok.example", half_close=True) as half_closed:
            for each in (watcher, half_closed):
                each.next("first")
                for _ in range(3):
                    self.assertEqual(each.next("heartbeat")["watched"], 1)
            # It may ask besides, and watch more.
            watcher.send({"domain": "none.example"})
            line = watcher.line()
            while "event" in line:
                line = watcher.line()
            self.assertEqual(line["next_hop"], "none.example")
            watcher.send({"watch": ["none.example", "ok.example"]})
            self.assertEqual(watcher.next("watching")["watched"], 2)
            serve.process.terminate()
            with self.assertRaises(socketmap.Closed):
                while True:
                    half_closed.line()
        self.assertEqual(serve.process.wait(5), 0)

    def test_has_bounds_on_what_is_watched(self):
        serve = self.serve("max_watched = 3\nmax_watched_per_connection = 2")
        with Watcher(serve, "ok.example", "a..b", "none.example",
                     "mixed.example") as one:
            self.assertEqual(one.answer["watched"], 2)
            self.assertEqual([each["next_hop"] for each in
                              one.answer["refused"]],
                             ["a..b", "mixed.example"])
            self.assertIn("max_watched_per_connection",
                          one.answer["refused"][1]["error"])
            with Watcher(serve, "mixed.example", "null.example") as two:
                self.assertIn("(max_watched)",
                              two.answer["refused"][0]["error"])
        serve.write("max_watched_per_user = 1")
        serve.reload()
        # Once the daemon has seen that the others are gone.
        one = Watcher(serve, "ok.example")
        while one.answer["refused"]:
            with one:
                time.sleep(0.05)
            one = Watcher(serve, "ok.example")
        with one, Watcher(serve, "mixed.example") as two:
            self.assertIn("(max_watched_per_user)",
                          two.answer["refused"][0]["error"])
        serve.write("max_watched = 3\nmax_watched_per_connection = 2")
        serve.reload()
        # What nobody watches any more makes room.
        def has_room():
            with Watcher(serve, "null.example", "sick.example") as three:
                return three.answer["watched"] == 2
        self.assertTrue(resolver.wait_until(has_room))

    # A connection that watches never ends by itself.
    def test_leaves_connections_to_those_who_do_not_watch(self):
        for head, words in (("max_connections = 8", "2 connections watch"),
                            ("max_connections_per_user = 8",
                             "2 connections of uid ")):
            serve = self.serve(head)
            with Watcher(serve, "ok.example") as one, \
                    Watcher(serve, "ok.example") as two:
                with Watcher(serve, "none.example", "ok.example") as three:
                    self.assertEqual(three.answer["watched"], 0)
                    for each in three.answer["refused"]:
                        self.assertIn(words, each["error"])
                        self.assertIn("a quarter of " + head.split()[0],
                                      each["error"])
                    three.send({"domain": "ok.example"})
                    self.assertEqual(three.line()["next_hop"], "ok.example")
                # Who watches already may watch more.
                one.next("first")
                one.send({"watch": ["none.example"]})
                self.assertEqual(one.next("watching")["watched"], 2)
                self.assertEqual(two.answer["watched"], 1)
                # Closed with something unread, a socket is reset; these are not.
                one.next("first")
                two.next("first")

            def has_room(serve=serve):
                with Watcher(serve, "ok.example") as again:
                    return again.answer["watched"] == 1
            self.assertTrue(resolver.wait_until(has_room))

    # Ten domains that are never answered, and two of four lookups for one user.
    def test_looks_up_for_every_user_in_turn(self):
        serve = self.serve(
            "max_lookups_per_user = 4\nsocketmap_deadline_ms = 4000", tail=f"""
[[listen]]
protocol = "json"
tcp = "{TCP[0]}:{TCP[1]}"
""")
        silent = [f"d{number}.silent.example" for number in range(10)]
        with Watcher(serve, *silent):
            time.sleep(0.3)
            began = time.monotonic()
            with Watcher(serve, "none.example", "ok.example",
                         address=TCP) as other:
                for _ in range(2):
                    self.assertIsNone(other.next("first")["error"])
            self.assertLess(time.monotonic() - began, 2)

    def test_says_what_is_watched_before_any_event(self):
        serve = self.serve("json_deadline_ms = 500")
        with Watcher(serve, "ok.example") as first:
            first.next("first")
            with Watcher(serve) as second:
                # The answer to this domain takes longer than what is known, and
                # what is looked up.
                second.send({"domain": "d0.silent.example"})
                second.send({"watch": ["ok.example", "none.example"]})
                lines = [second.line() for _ in range(4)]
        self.assertEqual([line.get("event") for line in lines],
                         [None, "watching", "first", "first"])

    def test_refuses_what_it_cannot_read(self):
        serve = self.serve()
        for line in ('{"watch": "ok.example"}', '{"watch": [1]}',
                     '{"watch": [], "port": 25}'):
            answer, = serve.json_lines(line + "\n")
            self.assertIn("watch", answer["error"])

    def test_is_not_held_by_a_watcher_that_does_not_read(self):
        serve = self.serve("write_seconds = 1\nwatch_heartbeat_seconds = 1")
        with Watcher(serve, "ok.example") as watcher:
            watcher.sock.settimeout(1)
            with contextlib.suppress(OSError):
                for _ in range(2000):
                    watcher.sock.sendall(b'{"watch": ["ok.example"]}\n' * 100)
            self.assertEqual(serve.ask("ok.example"), "OK dane-only")

            def is_closed():
                with contextlib.suppress(socket.timeout):
                    watcher.sock.sendall(b"\n")
                return False
            with self.assertRaises(OSError):
                resolver.wait_until(is_closed, 15)


if __name__ == "__main__":
    unittest.main()
