#!/usr/bin/python3
"""What `danebound serve` answers: the words for Postfix and for Sendmail, pins, and
attributes for TLS reports.
"""

import json
import pathlib
import subprocess
import unittest

from serving import ServeTest
import roots


class Policies(ServeTest):
    # RFC 7672 2.2
    def test_answers_one_word_for_each_next_hop(self):
        serve = self.serve()
        for key, reply in (
                ("ok.example", "OK dane-only"),
                ("OK.Example", "OK dane-only"),
                ("ok.example:25", "OK dane-only"),
                ("ok.example:smtp", "OK dane-only"),
                ("[mx.ok.example]", "OK dane-only"),
                ("[mx.ok.example]:2525", "NOTFOUND "),
                ("mixed.example", "OK dane"),
                ("unusable.example", "OK encrypt"),
                ("none.example", "NOTFOUND "),
                ("hosted.unsigned", "NOTFOUND "),
                ("plain.unsigned", "NOTFOUND "),
                ("null.example", "NOTFOUND "),
                ("absent.example", "NOTFOUND "),
                ("[192.0.2.1]", "NOTFOUND "),
                ("[IPv6:2001:db8::1]:26", "NOTFOUND "),
                (".ok.example", "NOTFOUND "),
                ("unix:private/lmtp", "NOTFOUND ")):
            with self.subTest(key=key):
                self.assertEqual(serve.ask(key), reply, serve.log())
        self.assertEqual(serve.ask("ok.example", "QUERYwithTLSRPT"),
                         "OK dane-only")

    def test_real_postfix_understands_the_answers(self):
        with roots.Root("postfix", {"postfix": 101}, {"postdrop": 102}) as root:
            root.write("/etc/postfix/main.cf", "compatibility_level = 3.6\n")
            path = "/var/spool/postfix/danebound/socketmap.sock"
            root.make_folder(pathlib.Path(path).parent)
            self.serve(tail=f"""
[[listen]]
protocol = "socketmap"
unix = "{root.path(path)}"
""")
            for key, code, words in (("ok.example", 0, "dane-only"),
                                     ("mixed.example", 0, "dane"),
                                     ("none.example", 1, ""),
                                     ("servfail.example", 1, "mx-failed: ")):
                with self.subTest(key=key):
                    asked = subprocess.run(
                        root.command("postmap", "-q", key,
                                     f"socketmap:unix:{path}:QUERY"),
                        env=roots.environment(), text=True, timeout=30,
                        capture_output=True, check=False)
                    said = asked.stdout + asked.stderr
                    self.assertEqual(asked.returncode, code, said)
                    if words.endswith(" "):
                        self.assertIn(words, said)
                    else:
                        self.assertEqual(said.strip(), words)

    # RFC 7672 2.2: what must authenticate is never served by encryption
    def test_answers_sendmail_in_its_own_words(self):
        serve = self.serve(tail="""
[destinations."mixed.example"]
policy = "off"
[destinations."sick.example"]
policy = "audit"
[destinations."plain.unsigned"]
policy = "require"
[destinations.".unsigned"]
insecure_mx = "encrypt"
""")
        for key, reply in (("ok.example.", "OK authenticate"),
                           ("[mx.ok.example]", "OK authenticate"),
                           ("unusable.example", "OK TEMP+ENCR:128"),
                           ("hosted.unsigned", "OK TEMP+ENCR:128"),
                           ("plain.unsigned", "OK defer:dane-required"),
                           ("mixed.example", "NOTFOUND "),
                           ("sick.example", "NOTFOUND "),
                           ("none.example", "NOTFOUND "),
                           ("null.example", "NOTFOUND "),
                           ("[192.0.2.1]", "NOTFOUND "),
                           ("servfail.example", "OK defer:mx-failed"),
                           ("bogus.example", "OK defer:mx-bogus")):
            with self.subTest(key=key):
                self.assertEqual(serve.ask(key, "sendmail"), reply, serve.log())
        for key in (".ok.example", "a..b", "[192.0.2"):
            self.assertRegex(serve.ask(key, "sendmail"), "^TEMP bad-key: ")
        serve.wait_for("next_hop=sick.example policy=audit answer=NOTFOUND "
                       "would_answer=defer:tlsa-failed")

    # RFC 7672 2.1.2
    def test_defers_where_nothing_is_known(self):
        serve = self.serve()
        for key, reason in (("servfail.example", "mx-failed: "),
                            ("bogus.example", "mx-bogus: "),
                            ("sick.example", "tlsa-failed: mx.sick.example: ")):
            reply = serve.ask(key)
            self.assertTrue(reply.startswith("TEMP " + reason), reply)
            self.assertLessEqual(len(reply), 205)

    def test_follows_the_operator(self):
        serve = self.serve(tail="""
[default]
insecure_mx = "encrypt"
[destinations."ok.example"]
policy = "audit"
[destinations."servfail.example"]
policy = "audit"
[destinations."mixed.example"]
policy = "off"
[destinations."plain.unsigned"]
policy = "require"
[destinations.".unsigned"]
insecure_mx = "authenticate"
""")
        for key, reply in (("ok.example", "NOTFOUND "),
                           ("servfail.example", "NOTFOUND "),
                           ("mixed.example", "NOTFOUND "),
                           ("hosted.unsigned", "OK dane")):
            self.assertEqual(serve.ask(key), reply, key)
        self.assertRegex(serve.ask("plain.unsigned"), "^TEMP dane-required: ")
        serve.wait_for("next_hop=hosted.unsigned")
        log = serve.log()
        self.assertIn("decision protocol=socketmap next_hop=ok.example "
                      "policy=audit answer=NOTFOUND would_answer=dane-only "
                      "kind=mx security=secure disposition=deliver "
                      "hosts=mx.ok.example:authenticate\n", log)
        self.assertIn("next_hop=servfail.example policy=audit answer=NOTFOUND "
                      "would_answer=TEMP", log)
        self.assertIn("next_hop=mixed.example policy=off answer=NOTFOUND\n",
                      log)

    # A word in place of a stronger level of the operator would weaken it.
    def test_says_what_holds_where_nothing_is_enforced(self):
        tail = """
[destinations."ok.example"]
policy = "audit"
[destinations."[mx.ok.example]"]
policy = "off"
"""
        for word, reply in (("notfound", "NOTFOUND "), ("may", "OK may"),
                            ("encrypt", "OK encrypt")):
            serve = self.serve(f'unenforced = "{word}"', tail)
            for key in ("ok.example", "[mx.ok.example]", "[mx.ok.example]:25"):
                self.assertEqual(serve.ask(key), reply, key)
            self.assertEqual(serve.ask("none.example"), "NOTFOUND ")

    def test_logs_json(self):
        serve = self.serve('log_format = "json"')
        serve.ask("ok.example")
        serve.wait_for("decision")
        decision, = (line for line in map(json.loads, serve.log().splitlines())
                     if line["event"] == "decision")
        self.assertEqual((decision["next_hop"], decision["answer"]),
                         ("ok.example", "dane-only"))


class Pins(ServeTest):
    def test_are_given_where_they_can_be_said(self):
        serve = self.serve('postfix_word = "pins"')
        pins = "(OK fingerprint match=[0-9a-f]{2}(:[0-9a-f]{2}){31} servername=%s)$"
        self.assertRegex(serve.ask("ok.example"), pins % "mx.ok.example")
        self.assertRegex(serve.ask("[mx.ok.example]"), pins % "mx.ok.example")
        for key, reply in (("mixed.example", "OK dane"),
                           ("unusable.example", "OK encrypt"),
                           ("none.example", "NOTFOUND "),
                           ("hosted.unsigned", "NOTFOUND ")):
            self.assertEqual(serve.ask(key), reply)
        self.assertEqual(serve.ask("ok.example", "sendmail"), "OK authenticate")
        self.assertEqual(serve.ask("ok.example", "opensmtpd"), "OK dane-only")
        serve.wait_for("next_hop=ok.example policy=enforce answer=fingerprint ")


class TlsReports(ServeTest):
    # Postfix before 3.10 calls them invalid, and defers.
    def test_have_attributes_in_the_map_of_their_own_alone(self):
        tail = """
[destinations."mixed.example"]
policy = "off"
"""
        serve = self.serve('postfix_word = "pins"\nunenforced = "may"', tail)
        for key, words in (("ok.example", "OK fingerprint match="),
                           ("unusable.example", "OK encrypt"),
                           ("mixed.example", "OK may"),
                           ("none.example", "NOTFOUND ")):
            plain = serve.ask(key)
            self.assertTrue(plain.startswith(words), plain)
            self.assertNotIn("policy_", plain)
            with_reports = serve.ask(key, "QUERYwithTLSRPT")
            added = (f" policy_type=no-policy-found policy_domain={key}"
                     if plain.startswith("OK ") else "")
            self.assertEqual(with_reports, plain + added)
        serve.write(tail=tail)
        serve.reload()
        self.assertEqual(serve.ask("ok.example", "QUERYwithTLSRPT"),
                         "OK dane-only")


if __name__ == "__main__":
    unittest.main()
