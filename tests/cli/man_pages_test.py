"""The manual pages against the programs: every option, exit code, setting, word and
function is there, and no option that no program has."""

import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = os.environ["DANEBOUND_TEST_COMMAND"]
PAGES = pathlib.Path(os.environ["DANEBOUND_TEST_PAGES"])
LIBRARIES = os.environ["DANEBOUND_TEST_LIBRARIES"].split(":")


def run(*arguments):
    return subprocess.run(arguments, text=True, capture_output=True,
                          check=True).stdout


def page(name):
    """A page's text without the marks of roff."""
    text = (PAGES / name).read_text(encoding="utf-8")
    text = re.sub(r"\\f[BIRP]|\\&", "", text)
    return text.replace("\\-", "-").replace("\\(aq", "'").replace(
        "\\e", "\\").replace("\\(ti", "~").replace("\\(ha", "^")


def commands(path=()):
    """The command, and all below it, by what the programs' help says."""
    found = [path]
    section = re.search(r"(?m)^Subcommands:\n((?:  .*\n)+)",
                        run(COMMAND, *path, "--help"))
    for name in re.findall(r"(?m)^  ([a-z-]+)",
                           section.group(1) if section else ""):
        found += commands((*path, name))
    return found


def page_of(path):
    """The page that a command is in; "help" is in that of danebound."""
    if not path or path[0] == "help":
        return "danebound.1"
    return f"danebound-{path[0]}.{8 if path[0] == 'serve' else 1}"


def options(text):
    """The options that a help or a page defines, at the begin of a line."""
    lines = re.findall(r"(?m)^ *(-[-a-zA-Z0-9].*)$", text)
    return {option for line in lines
            for option in re.findall(r"(?:^|, ?)(--?[a-zA-Z0-9][a-z0-9-]*)",
                                     line)}


def words(text):
    return re.sub(r"\s+", " ", text)


class Pages(unittest.TestCase):

    def test_have_every_option_and_no_other(self):
        by_page = {}
        for path in commands():
            known = options(run(COMMAND, *path, "--help"))
            by_page.setdefault(page_of(path), set()).update(known)
        self.assertGreater(len(by_page), 12)
        for name, known in by_page.items():
            self.assertEqual(options(page(name)) & known, known, name)
            self.assertEqual(options(page(name)), known, name)

    def test_have_every_exit_code_and_example(self):
        for path in commands():
            text = words(page(page_of(path)))
            shown = run(COMMAND, *path, "--help")
            foot = shown[shown.index("Exit codes"):]
            if path[:1] == ("help",):
                continue
            for line in foot.splitlines():
                if line.startswith("  "):
                    self.assertIn(words(line).strip(), text, (path, line))

    def test_name_every_command(self):
        for path in commands():
            if path and path[0] != "help":
                self.assertIn(page_of(path).replace(".", "(") + ")",
                              page("danebound.1"))
                self.assertIn(f"danebound {' '.join(path)}",
                              page(page_of(path)))

    def test_have_every_setting_and_no_other(self):
        for which, source, tables in (
                ("module", "stub/system/module_settings.cc", set()),
                ("serve", "stub/serve/settings.cc",
                 {"default", "destinations", "listen", "exceptions"})):
            code = (ROOT / source).read_text(encoding="utf-8")
            known = set(re.findall(r'\{"([a-z_]+)",\s*&\w+::', code))
            known |= set(re.findall(r'key == "([a-z_]+)"', code))
            self.assertGreater(len(known), 15)
            text = page(f"danebound-{which}.conf.5")
            shown = set(re.findall(r"(?m)^([a-z_]+) = ", text))
            self.assertEqual(shown, known - tables)
            for table in tables:
                self.assertRegex(text, rf"(?m)^\[+{table}[].]", table)

    def test_have_the_defaults_that_the_programs_take(self):
        text = page("danebound-module.conf.5")
        settings = re.findall(r"(?m)^([a-z_]+ = .*)$", text)
        path = PAGES / "module.conf"
        path.write_text("\n".join(settings), encoding="utf-8")
        run(COMMAND, "self-test", "--check-config", "--config", path)

    def test_have_every_word_of_a_verdict(self):
        verdicts = (ROOT / "docs/verdicts.md").read_text(encoding="utf-8")
        known = set(re.findall(r"(?m)^\| `([^`]+)` \|", verdicts))
        self.assertGreater(len(known), 50)
        text = page("danebound.7")
        for word in known:
            self.assertRegex(text, rf"(?m)^{re.escape(word)}$", word)

    def test_have_every_function_of_the_libraries(self):
        text = page("danebound.h.3")
        exported = set()
        for library in LIBRARIES:
            exported |= set(re.findall(r" T (danebound_\w+)",
                                       run("nm", "-D", library)))
        self.assertGreater(len(exported), 80)
        for function in exported:
            self.assertRegex(text, rf"\b{function}\(", function)

    def test_are_pages_that_name_themselves(self):
        for path in PAGES.glob("*.[1-8]"):
            name, section = path.name.rsplit(".", 1)
            self.assertRegex(path.read_text(encoding="utf-8"),
                             rf'(?m)^\.TH "{re.escape(name)}" "{section}"')
            self.assertNotIn("@", page(path.name).replace("@.service", "")
                             if path.suffix == ".1" else "")


if __name__ == "__main__":
    unittest.main()
