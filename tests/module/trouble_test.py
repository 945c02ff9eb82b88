"""Trouble at the start and at a reload: whatever the module meets, DNS goes on,
and the log names file, line or path."""

import os
import pathlib
import tempfile
import time
import unittest

import resolver
import wire


class Settings(resolver.ModuleTest):

    def test_bad_at_the_start_keep_the_service_down_and_tell_clients(self):
        unbound = self.resolver(settings=["cache_bytes = 1", "colour = 3"])
        text = self.assert_refused("settings", unbound.lookup, "ok.example")
        self.assertIn(f"{unbound.settings_file}:3:10: unknown key", text)
        self.assertIn(f"{unbound.settings_file}:3:10: unknown key",
                      unbound.log())
        self.assertTrue(unbound.resolves())
        with unbound.client() as client:
            self.assertEqual(client.self_test()["settings"][0], "failed")

    def test_mended_settings_count_from_the_next_reload(self):
        unbound = self.resolver(settings=["colour = 3"])
        unbound.write_settings()
        unbound.reload()
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")

    def test_bad_at_a_reload_leave_the_old_ones(self):
        unbound = self.resolver(settings=["evaluated_hosts = 1"])
        unbound.write_settings("evaluated_hosts = 0")
        unbound.reload()
        self.assertIn(f"{unbound.settings_file}:2:19: evaluated_hosts",
                      unbound.log())
        facts = unbound.lookup("sick.example")
        self.assertEqual(facts.host("mx2.sick.example").state,
                         "not-evaluated")
        with unbound.client() as client:
            result, text = client.self_test()["settings"]
            self.assertEqual(result, "warning")
            self.assertIn("evaluated_hosts", text)

    def test_missing_file_that_was_named_is_bad(self):
        unbound = self.resolver(start=False)
        unbound.settings_file.unlink()
        unbound.start()
        self.assertIn(str(unbound.settings_file), unbound.log())
        self.assertTrue(unbound.resolves())

    def test_missing_file_at_a_reload_leaves_the_old_ones(self):
        unbound = self.resolver()
        unbound.settings_file.unlink()
        unbound.reload()
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")

    def test_empty_file_at_a_reload_leaves_the_old_ones(self):
        unbound = self.resolver(settings=["evaluated_hosts = 1"])
        unbound.settings_file.write_text("\n")
        unbound.reload()
        self.assertIn(f"{unbound.settings_file}: is empty", unbound.log())
        facts = unbound.lookup("sick.example")
        self.assertEqual(facts.host("mx2.sick.example").state,
                         "not-evaluated")

    def test_no_toml_at_a_reload_leaves_the_old_ones(self):
        unbound = self.resolver()
        unbound.settings_file.write_text("socket = [\n")
        unbound.reload()
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")


class Socket(resolver.ModuleTest):

    def start_with(self, path):
        unbound = self.resolver(start=False)
        unbound.settings_file.write_text(f'socket = "{path}"\n')
        unbound.start()
        unbound.socket = path
        return unbound

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="danebound-socket-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def assert_down_with(self, unbound, words):
        self.assertTrue(resolver.wait_until(
            lambda: words in unbound.log(), 3), unbound.log())
        self.assertIn("DNS goes on", unbound.log())
        self.assertTrue(unbound.resolves())

    def test_in_a_missing_folder_appears_with_the_folder(self):
        folder = self.folder() / "later"
        unbound = self.start_with(folder / "m.sock")
        self.assert_down_with(unbound, str(folder))
        folder.mkdir()
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")

    def test_in_the_place_of_a_file_is_refused_and_the_file_stays(self):
        path = self.folder() / "m.sock"
        path.write_text("precious")
        unbound = self.start_with(path)
        self.assert_down_with(unbound, "is no socket")
        unbound.reload()
        self.assertTrue(unbound.resolves())
        self.assertEqual(path.read_text(), "precious")

    def test_of_a_live_server_is_left_alone(self):
        path = self.folder() / "m.sock"
        with resolver.silent_listener(path):
            inode = path.stat().st_ino
            unbound = self.start_with(path)
            self.assert_down_with(unbound, "running server")
            self.assertEqual(path.stat().st_ino, inode)

    def test_of_a_second_unbound_is_left_alone(self):
        first = self.resolver()
        second = self.resolver(server=["interface: 127.53.1.3"], start=False)
        second.settings_file.write_text(f'socket = "{first.socket}"\n')
        second.start()
        self.assertTrue(resolver.wait_until(
            lambda: "running server" in second.log()))
        self.assertEqual(first.lookup("ok.example").kind, "mx")
        self.assertTrue(second.resolves(address="127.53.1.3"))

    def test_of_a_killed_unbound_is_replaced(self):
        killed = self.resolver()
        killed.lookup("ok.example")
        killed.process.kill()
        killed.process.wait()
        self.assertTrue(killed.socket.exists())
        unbound = self.start_with(killed.socket)
        self.assertEqual(unbound.lookup("ok.example").kind, "mx")

    def test_has_its_mode_from_the_start(self):
        unbound = self.resolver(settings=['socket_mode = "0600"'])
        unbound.client().close()
        self.assertEqual(unbound.socket.stat().st_mode & 0o7777, 0o600)

    def test_without_permission_to_make_it_is_down(self):
        if os.geteuid() == 0 and not pathlib.Path("/proc/sys").is_dir():
            self.skipTest("no /proc here")
        unbound = self.start_with("/proc/sys/m.sock")
        self.assert_down_with(unbound, "/proc/sys/m.sock")

    def test_goes_away_with_unbound(self):
        unbound = self.resolver()
        unbound.client().close()
        unbound.process.terminate()
        unbound.process.wait(20)
        self.assertFalse(unbound.socket.exists())


class Killed(resolver.ModuleTest):

    def test_unbound_killed_while_a_client_waits_closes_the_connection(self):
        unbound = self.resolver()
        unbound.lookup("ok.example")
        with unbound.client() as client:
            client.send(wire.lookup_frame("slow.example"))
            time.sleep(0.2)
            unbound.process.kill()
            with self.assertRaises(ConnectionError):
                client.read()


if __name__ == "__main__":
    unittest.main()
