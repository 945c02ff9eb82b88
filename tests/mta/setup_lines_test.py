#!/usr/bin/python3
"""`danebound setup exim`, `setup sendmail` and `setup opensmtpd` in the roots of the
real mail servers: what is printed, written where it says, is what --check finds.

Runs beside the tree of tests/tree.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "module"))

import exim_sender  # noqa: E402
import mail_servers  # noqa: E402
import roots  # noqa: E402
import serve_daemon  # noqa: E402

DANEBOUND = os.environ["DANEBOUND_TEST_COMMAND"]
RESOLVER = os.environ["DANEBOUND_TREE_DNS"]
MODULE = os.environ["DANEBOUND_SOCKET"]
KNOWN = "ok.example"
SINGLE = """\
domainlist local_domains = here.example
begin routers
dnslookup:
  driver = dnslookup
  domains = ! +local_domains
  transport = remote_smtp
  ignore_target_hosts = 0.0.0.0 : 127.0.0.0/8
  no_more
begin transports
remote_smtp:
  driver = smtp
begin retry
* * F,1h,10m
"""
# As debconf writes it.
CHOICES = """\
dc_eximconfig_configtype='{kind}'
dc_other_hostnames='here.example'
dc_local_interfaces='127.0.0.1'
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost='{smarthost}'
CFILEMODE='644'
dc_use_split_config='{split}'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""


def sections(said):
    """(file, place, text) of each that is printed."""
    found = re.findall(r"^# ---- (.+?), (.+)\n((?:(?!# ----).*\n)*)", said, re.M)
    return [(file, place, text.strip("\n") + "\n")
            for file, place, text in found if file != "then"]


class InRoot(unittest.TestCase):
    NAME = ""
    USERS = {}
    SERVER = ""

    @classmethod
    def setUpClass(cls):
        cls.root = roots.Root(cls.NAME, cls.USERS, {"danebound": 106})
        cls.addClassCleanup(cls.root.close)
        cls.root.install(DANEBOUND, "/usr/local/bin/danebound")
        cls.root.resolve_with(RESOLVER)
        cls.root.make_folder("/run/danebound")
        os.link(MODULE, cls.root.path("/run/danebound/module.sock"))

    def setup(self, *arguments):
        """The exit code and what is printed."""
        done = subprocess.run(
            self.root.command("/usr/local/bin/danebound", "setup", self.SERVER,
                              "--timeout", "10", *arguments),
            text=True, capture_output=True, env=roots.environment(), timeout=100,
            check=False)
        return done.returncode, done.stdout + done.stderr

    def assert_says(self, code, *words, arguments=()):
        found, said = self.setup(*arguments)
        said = re.sub(r"\s+", " ", said)
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(found, code, said)

    def check(self, code, *words):
        self.assert_says(code, *words, arguments=("--check", *self.known()))

    def known(self):
        return ()

    def put(self, inside, text):
        """Writes a file for this test alone."""
        path = self.root.path(inside)
        old = path.read_text() if path.exists() else None
        self.addCleanup(lambda: path.unlink(missing_ok=True)
                        if old is None
                        else path.write_text(old))
        self.root.write(inside, text)


class Exim(InRoot):
    NAME = "exim"
    SERVER = "exim"
    USERS = {**mail_servers.Exim.USERS, "uucp": 10}  # trusted by Debian's

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root.install(os.environ["DANEBOUND_TEST_EXIM_OBJECT"],
                         exim_sender.OBJECT)
        cls.root.make_folder(exim_sender.NO_AUTHORITIES)
        cls.root.install(shutil.which("getopt"), "/usr/bin/getopt")
        cls.root.write("/etc/mailname", "here.example\n")
        cls.origin = cls.root.path("/etc/exim4").with_name("exim4.origin")
        shutil.copytree(cls.root.path("/etc/exim4"), cls.origin)

    def setUp(self):
        shutil.rmtree(self.root.path("/etc/exim4"))
        shutil.copytree(self.origin, self.root.path("/etc/exim4"))
        self.root.path("/etc/exim4").chmod(0o755)
        group = self.root.path("/etc/group").read_text()
        self.put("/etc/group", re.sub(r"(danebound:x:106:)", r"\1Debian-exim",
                                      group))

    def known(self):
        return ("--known", KNOWN)

    def configure_single(self):
        self.root.write("/etc/exim4/exim4.conf", SINGLE)

    def configure_debian(self, split, kind="internet", smarthost=""):
        self.root.write("/etc/exim4/update-exim4.conf.conf", CHOICES.format(
            split=split, kind=kind, smarthost=smarthost))
        self.update()

    def update(self):
        self.root.make_folder("/var/lib/exim4")
        done = subprocess.run(
            self.root.command("/usr/sbin/update-exim4.conf"), text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            env=roots.environment(), check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def write_lines(self):
        """Does what is printed."""
        code, said = self.setup()
        self.assertEqual(code, 0, said)
        found = sections(said)
        self.assertEqual(len(found), 3, said)
        for file, place, text in found:
            self.write_section(file, place, text)
        return [file for file, _, _ in found]

    def write_section(self, file, place, text):
        if place == "a new file":
            return self.root.write(file, text)
        stands = self.root.path(file).read_text()
        router = re.fullmatch("in place of the router (.+)", place)
        if router:
            new, count = re.subn(rf"(?m)^{router[1]}:\n(?:[ \t].*\n)+",
                                 lambda _: text, stands)
            self.assertEqual(count, 1, place)
        elif place == "at its begin":
            new = text + stands
        else:
            self.assertEqual(place, 'behind the line "begin transports"')
            new = stands.replace("begin transports\n",
                                 f"begin transports\n{text}")
        self.assertNotEqual(new, stands)
        return self.root.write(file, new)

    def test_finds_no_line_missing_in_a_single_file_with_what_it_printed(self):
        self.configure_single()
        self.check(4, "lacks router: none asks danebound")
        self.assertEqual(set(self.write_lines()), {"/etc/exim4/exim4.conf"})
        self.assertIn("  ignore_target_hosts = 0.0.0.0 : 127.0.0.0/8\n",
                      self.root.path("/etc/exim4/exim4.conf").read_text())
        self.check(0, "holds router: danebound asks danebound",
                   "holds transport: danebound_smtp has its lines",
                   f"holds verdict: {KNOWN}: deliver")

    def test_finds_no_line_missing_in_debians_split_files(self):
        self.configure_debian("true")
        files = self.write_lines()
        self.assertEqual(files, [
            "/etc/exim4/conf.d/main/00_danebound",
            "/etc/exim4/conf.d/router/200_exim4-config_primary",
            "/etc/exim4/conf.d/transport/30_danebound"])
        self.update()
        self.check(0, f"holds verdict: {KNOWN}: deliver",
                   "note router: hubbed_hosts stands before danebound")

    def test_finds_no_line_missing_in_debians_template(self):
        self.configure_debian("false")
        self.assertEqual(set(self.write_lines()),
                         {"/etc/exim4/exim4.conf.template"})
        self.update()
        self.check(0, f"holds verdict: {KNOWN}: deliver")

    def test_changes_no_file(self):
        self.configure_debian("true")
        before = self.files()
        for arguments in ((), ("--check",)):
            self.setup(*arguments)
            self.assertEqual(self.files(), before)

    def files(self):
        return {path: path.read_bytes()
                for folder in ("/etc", "/var/lib", "/usr/local")
                for path in self.root.path(folder).rglob("*") if path.is_file()}

    def test_stops_when_mail_goes_to_a_smarthost(self):
        self.configure_debian("true", "smarthost", "relay.example::587")
        self.assert_says(4, "route_list = * relay.example::587 byname",
                         "\"A smarthost\" in docs/mta/exim.md")

    def test_says_which_line_is_missing(self):
        self.configure_single()
        self.write_lines()
        path = self.root.path("/etc/exim4/exim4.conf")
        whole = path.read_text()
        for line, word in (("  hosts_try_dane = ", "hosts_try_dane is"),
                           ("  initgroups", "initgroups is missing"),
                           ("  multi_domain", "multi_domain is \"true\""),
                           ("  no_more", "more is \"true\""),
                           ("dns_dnssec_ok", "dns_dnssec_ok is -1")):
            path.write_text(re.sub(rf"(?m)^{line}.*\n", "", whole))
            self.check(4, word)

    def test_says_who_may_not_ask(self):
        self.configure_single()
        self.write_lines()
        self.put("/etc/group", self.root.path("/etc/group").read_text().replace(
            "106:Debian-exim", "106:"))
        self.check(4, "Run: adduser Debian-exim danebound")

    def test_takes_choices_of_the_operator_for_its_own(self):
        self.configure_single()
        self.write_lines()
        path = self.root.path("/etc/exim4/exim4.conf")
        path.write_text(path.read_text().replace(
            "DANE_CHOICES =\n", "DANE_CHOICES = {ee-only}\n"))
        self.check(0, "holds transport")

    def test_says_that_there_is_no_object(self):
        self.configure_single()
        self.write_lines()
        path = self.root.path(exim_sender.OBJECT)
        away = path.with_suffix(".away")
        path.rename(away)
        self.addCleanup(away.rename, path)
        self.check(4, f"lacks object: {exim_sender.OBJECT} cannot be read")

    def test_says_when_the_resolver_does_not_validate(self):
        self.configure_single()
        self.put("/etc/resolv.conf", "nameserver 127.53.1.250\n")
        self.assert_says(4, "resolv.conf: resolver: ", "# ---- then, as root")

    def test_says_what_exim_says_of_a_bad_configuration(self):
        self.root.write("/etc/exim4/exim4.conf", "nonsense = 1\n")
        self.assert_says(1, "nonsense")

    def test_says_that_there_is_no_exim(self):
        self.configure_single()
        path = self.root.path("/usr/sbin/exim4")
        path.rename(path.with_suffix(".away"))
        self.addCleanup(path.with_suffix(".away").rename, path)
        self.assert_says(1, "there is no Exim to set up")


class Relayed(InRoot):
    """With a danebound serve at the socket that the lines name."""

    def serve(self, settings):
        self.root.write("/etc/danebound/serve.conf", settings)
        self.addCleanup(self.root.path("/etc/danebound/serve.conf").unlink)
        self.root.make_folder("/run/danebound-serve")
        inside = "/run/danebound-serve/socketmap.sock"
        daemon = serve_daemon.ServeDaemon(MODULE, settings.replace(
            inside, str(self.root.path(inside))))
        self.daemon = daemon
        self.addCleanup(self.stop)

    def stop(self):
        if self.daemon is not None:
            self.daemon.stop()
        self.daemon = None

    def lines(self):
        code, said = self.setup("--relay", "r.example.org")
        self.assertEqual(code, 0, said)
        (serve, _, settings), (file, _, lines) = sections(said)
        self.assertEqual(serve, "/etc/danebound/serve.conf")
        return settings, file, lines


class Sendmail(Relayed):
    NAME = "sendmail"
    SERVER = "sendmail"

    def setUp(self):
        self.put("/etc/mail/sendmail.mc", "MAILER(`smtp')dnl\n")
        self.put("/etc/mail/sendmail.cf", "")

    def test_finds_nothing_missing_with_what_it_printed(self):
        settings, file, lines = self.lines()
        self.assertIn("[r.example.org]", lines)
        self.check(4, "serve.conf has no socketmap at", "lacks lines: " + file,
                   "lacks sendmail.cf")
        self.serve(settings)
        self.root.write(file, "MAILER(`smtp')dnl\n" + lines)
        self.check(4, "holds serve", "holds lines", "lacks sendmail.cf")
        self.root.write("/etc/mail/sendmail.cf",
                        "Ksendmail socket -d45 -t -T<TMPF> "
                        "local:/run/danebound-serve/socketmap.sock\n")
        self.check(0, "holds sendmail.cf")

    def test_says_that_nobody_answers(self):
        settings, _, _ = self.lines()
        self.serve(settings)
        self.stop()
        self.check(4, "Run: systemctl enable --now danebound-serve.service")

    def test_says_that_there_is_no_sendmail(self):
        self.root.path("/etc/mail/sendmail.mc").unlink()
        self.assert_says(1, "there is no Sendmail to set up")


class OpenSmtpd(Relayed):
    NAME = "opensmtpd"
    SERVER = "opensmtpd"
    USERS = mail_servers.OpenSmtpd.USERS

    def setUp(self):
        self.put("/etc/smtpd.conf", "listen on lo\n")

    def test_finds_nothing_missing_with_what_it_printed(self):
        settings, file, lines = self.lines()
        self.assertIn("smtp://r.example.org\n", lines)
        self.check(4, "serve.conf has no socketmap at", "lacks lines: " + file,
                   "lacks table: /usr/libexec/opensmtpd/table-danebound")
        self.serve(settings)
        self.root.write("/usr/libexec/opensmtpd/table-danebound",
                        "#!/bin/sh\n", 0o755)
        self.root.write(file, "listen on lo\n" + lines)
        self.check(0, "holds lines", "holds table", "holds smtpd")

    def test_says_what_smtpd_says_of_a_bad_configuration(self):
        self.root.write("/etc/smtpd.conf", "nonsense\n")
        self.check(4, "lacks smtpd: smtpd fails: /etc/smtpd.conf:1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
