#!/usr/bin/python3
"""certbot with the renewal hook: two renewals of the same key, and a change of it,
to one that was staged and to one that was not.

  certbot_test.py DANEBOUND NAMESERVERS ACME [unittest argument…]

The folders have bind, and certbot and pebble, as tests/mta/packages.sh leaves
them. Pebble believes what certbot claims; BIND signs the zone; a mail server shows
what is deployed, and `danebound check` must never find it wrong.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
ACME = pathlib.Path(sys.argv[3]).absolute()

import publish_test  # noqa: E402
from live_test import Certificate, DANEBOUND, HOOK, HOST  # noqa: E402
import namespaces  # noqa: E402
import servers  # noqa: E402

PEBBLE = ("127.53.7.5", 14000)


class Certbot(publish_test.Bind):

    # Only what is below.
    test_goes_through_renewals_and_a_change_of_key = None
    test_goes_to_a_staged_key_at_once = None
    test_goes_to_a_staged_key_with_acme_sh = None

    def setUp(self):
        super().setUp()
        own = Certificate(self.folder / "pebble")
        config = self.folder / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": "%s:%d" % PEBBLE,
            "managementListenAddress": "127.53.7.5:15000",
            "certificate": str(own.path), "privateKey": str(own.key_path),
            "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": "",
            "externalAccountBindingRequired": False}}))
        self.pebble = servers.Server(
            "pebble", [str(ACME / "pebble/usr/bin/pebble"), "-config",
                       str(config)], self.folder / "pebble.log",
            dict(os.environ, PEBBLE_VA_ALWAYS_VALID="1", PEBBLE_VA_NOSLEEP="1",
                 PEBBLE_WFE_NONCEREJECT="0"))
        self.addCleanup(self.pebble.stop)
        end = time.monotonic() + servers.START_TIMEOUT
        while True:
            try:
                socket.create_connection(PEBBLE, 1).close()
                break
            except OSError:
                if time.monotonic() > end:
                    raise servers.ServerFailure(self.pebble.last_words())
                time.sleep(0.05)
        (self.folder / f"{HOST}.conf").touch()
        self.live = self.folder / "certbot/live" / HOST

    def environment(self):
        nsupdate = publish_test.programs.find("nsupdate")
        return dict(
            os.environ, DANEBOUND=DANEBOUND, LIVE=str(self.live.parent),
            DEPLOYED=str(self.folder / "tls"),
            STATE=str(self.folder / "state.json"), SETTINGS=str(self.folder),
            OPTIONS=f"--resolver {publish_test.ADDRESS} --unbound-conf "
                    f"{self.trusting} --ttl {publish_test.TTL}",
            RELOAD=f"echo >>{self.folder}/reloads",
            NSUPDATE=f"(echo server {publish_test.ADDRESS}; cat) | {nsupdate} "
                     f"-k {self.folder}/tsig",
            PYTHONPATH=str(ACME / "certbot/usr/lib/python3/dist-packages"),
            PYTHONWARNINGS="ignore")

    def certbot(self, *arguments):
        folder = self.folder / "certbot"
        done = subprocess.run(
            [sys.executable, "-c", "import sys; from certbot.main import main;"
             "sys.exit(main())", *arguments, "--config-dir", folder,
             "--work-dir", folder, "--logs-dir", folder, "--no-verify-ssl",
             "--server", "https://%s:%d/dir" % PEBBLE, "--non-interactive",
             "--http-01-address", "127.53.7.5", "--http-01-port", "5002"],
            env=self.environment(), text=True, capture_output=True,
            check=False, timeout=90)
        output = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, output)
        self.expect_promised(output)
        self.serve_mail(HOST)
        return output

    def begin(self):
        self.certbot("certonly", "--standalone", "-d", HOST, "--agree-tos",
                     "--register-unsafely-without-email", "--reuse-key",
                     "--deploy-hook", HOOK)
        self.assertTrue(self.is_in_use())

    def renew_twice(self):
        for _ in range(2):
            before = (self.live / "fullchain.pem").read_bytes()
            self.certbot("renew", "--no-random-sleep-on-renew",
                         "--force-renewal")
            self.assertNotEqual((self.live / "fullchain.pem").read_bytes(),
                                before)
            self.assertTrue(self.is_in_use())
            self.wait_until_shown(self.live / "fullchain.pem")

    def timer(self):
        done = subprocess.run([HOOK, HOST], env=self.environment(), text=True,
                              capture_output=True, check=False, timeout=60)
        self.expect_promised(done.stdout + done.stderr)
        return done.returncode

    def expect_promised(self, output):
        promised = self.record_of(self.folder / "tls" / HOST / "fullchain.pem")
        self.assertIn(promised, self.published(), output)

    def is_in_use(self, chain=None):
        return ((chain or self.live / "fullchain.pem").read_bytes() ==
                (self.folder / "tls" / HOST / "fullchain.pem").read_bytes())

    # docs/rollover.md, "The key for the next change"
    def test_goes_through_renewals_to_a_staged_key(self):
        key, request = self.folder / "next.key", self.folder / "next.csr"
        subprocess.run(
            [DANEBOUND, "rollover", "prepare", HOST, "--key", key, "--csr",
             request], check=True, capture_output=True)
        settings = self.folder / f"{HOST}.conf"
        settings.write_text(f'OPTIONS="$OPTIONS --standby {key}"\n')
        self.begin()
        staged = self.record_of(key)
        both = self.published()
        self.assertEqual(len(both), 2)
        self.assertIn(staged, both)
        self.renew_twice()
        self.assertEqual(self.published(), both)
        time.sleep(2 * publish_test.TTL + 1)
        chain = self.folder / "changed.pem"
        self.certbot("certonly", "--standalone", "--csr", request,
                     "--fullchain-path", chain,
                     "--cert-path", self.folder / "changed.crt",
                     "--chain-path", self.folder / "above.pem")
        self.assertFalse(self.is_in_use(chain))
        settings.write_text(f"{settings.read_text()}CHAIN={chain} KEY={key}\n")
        self.assertEqual(self.timer(), 0)
        self.assertTrue(self.is_in_use(chain))
        self.assertEqual(self.published(), [staged])
        self.wait_until_shown(chain)

    def record_of(self, file):
        return subprocess.run(
            [DANEBOUND, "tlsa", "create", file], text=True,
            capture_output=True, check=True).stdout.strip()

    def test_goes_through_renewals_and_a_new_key(self):
        self.begin()
        self.renew_twice()
        output = self.certbot("renew", "--no-random-sleep-on-renew",
                              "--force-renewal", "--new-key")
        self.assertFalse(self.is_in_use())
        self.assertIn("is NOT in use yet", output)
        self.assertEqual(len(self.published()), 2)
        time.sleep(2 * publish_test.TTL + 1)
        self.assertEqual(self.timer(), 0)
        self.assertTrue(self.is_in_use())
        self.assertEqual(len(self.published()), 1)
        self.wait_until_shown(self.live / "fullchain.pem")


if __name__ == "__main__":
    namespaces.run_tests("certbot_test", taken=3)
