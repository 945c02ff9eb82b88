"""An Unbound that the module was not built for: the same program with another
build id. No struct of it may be touched, DNS goes on, every client is told."""

import pathlib
import re
import subprocess
import tempfile
import unittest

import resolver
import wire


def build_id(program):
    notes = subprocess.run(["readelf", "-n", program], capture_output=True,
                           text=True, check=False).stdout
    return bytes.fromhex(re.search(r"Build ID: (\w+)", notes).group(1))


class WrongUnbound(resolver.ModuleTest):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="danebound-other-")
        self.addCleanup(folder.cleanup)
        program = pathlib.Path(folder.name) / "unbound"
        octets = resolver.UNBOUND.read_bytes()
        old = build_id(resolver.UNBOUND)
        self.assertEqual(octets.count(old), 1)
        program.write_bytes(octets.replace(old, bytes(len(old))))
        program.chmod(0o755)
        control = resolver.UNBOUND.with_name("unbound-control")
        (program.parent / "unbound-control").symlink_to(control)
        self.other = self.resolver(program=program)

    def test_dns_goes_on(self):
        for domain in ("ok.example", "d1.many.example", "ok.example"):
            self.assertTrue(self.other.resolves(domain))
        answer = self.other.query("bogus.example", "MX")
        self.assertEqual(answer.rcode(), 2)

    def test_log_and_clients_are_told(self):
        text = self.assert_refused("wrong-unbound", self.other.lookup,
                                   "ok.example")
        self.assertIn(build_id(resolver.UNBOUND).hex(), text)
        self.assertIn(text, self.other.log())

    def test_self_test_fails_and_hello_and_stats_answer(self):
        with self.other.client() as client:
            checks = client.self_test()
            self.assertEqual(checks["worker"][0], "failed")
            self.assertEqual(checks["known-name-secure"][0], "failed")
            self.assertEqual(client.hello()[1], "another Unbound")
            client.stats()

    def test_reload_and_stop(self):
        self.other.reload()
        self.assertTrue(self.other.resolves())
        self.assert_refused("wrong-unbound", self.other.lookup, "ok.example")

    # A query of the private type is nothing special here.
    def test_private_type_is_passed_through(self):
        answer = self.other.query("ok.example", "TYPE65348")
        self.assertEqual(answer.rcode(), 0)


class RightUnbound(resolver.ModuleTest):

    def test_is_known_by_the_build_id_of_the_tree(self):
        right = self.resolver()
        self.assertNotIn("build id", right.log())
        self.assertEqual(right.lookup("ok.example").kind, "mx")


if __name__ == "__main__":
    unittest.main()
