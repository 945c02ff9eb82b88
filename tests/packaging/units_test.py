"""What the units promise, which only a booted host shows otherwise (tests/host/):
a typo in a settings file never takes a socket, or DNS, away."""

import pathlib
import unittest

CONF = pathlib.Path(__file__).parents[2] / "unbound-conf"


def read(name):
    """Maps each key of a unit to its values, in order; an empty one begins anew,
    as systemd has it."""
    values = {}
    for line in (CONF / name).read_text().splitlines():
        key, equals, value = line.partition("=")
        if not equals or line.startswith("#"):
            continue
        if not value:
            values[key] = []
        else:
            values.setdefault(key, []).append(value)
    return values


class Units(unittest.TestCase):

    def test_are_never_given_up(self):
        for name in ("serve-service.conf", "serve-socket.conf", "systemd.conf"):
            with self.subTest(unit=name):
                self.assertEqual(read(name)["StartLimitIntervalSec"], ["0"])
        self.assertEqual(read("serve-socket.conf")["TriggerLimitIntervalSec"],
                         ["0"])
        self.assertEqual(read("serve-service.conf")["Restart"], ["on-failure"])
        self.assertEqual(read("serve-service.conf")["RestartSec"], ["1"])

    def test_serve_keeps_its_socket(self):
        unit = read("serve-service.conf")
        self.assertIn("danebound-serve.socket", unit["Requires"])
        self.assertIn("danebound-serve.socket", unit["After"][0].split())

    def test_serve_looks_at_its_settings_before_a_start_and_a_reload(self):
        unit = read("serve-service.conf")
        settings = unit["ExecStart"][0].rpartition(" --config ")[2]
        for first in (unit["ExecStartPre"][0], unit["ExecReload"][0]):
            self.assertRegex(first, f"serve --check-config --config {settings}$")
        self.assertIn("-HUP", unit["ExecReload"][1])

    def test_unbound_looks_at_settings_before_a_reload_and_never_before_a_start(
            self):
        unit = read("systemd.conf")
        self.assertRegex(unit["ExecReload"][0], "start-unbound check$")
        self.assertIn("-HUP", unit["ExecReload"][1])
        # "-": its failure keeps nothing from starting.
        for before in unit["ExecStartPre"]:
            self.assertTrue(before.startswith("-"), before)


if __name__ == "__main__":
    unittest.main()
