"""Completion in real shells: what each offers at the end of a line. Those that are
not installed are passed over, bash is never."""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

COMMAND = pathlib.Path(os.environ["DANEBOUND_TEST_COMMAND"])
ENVIRONMENT = {"PATH": f"{COMMAND.parent}:/usr/bin:/bin", "TERM": "dumb",
               "LC_ALL": "C.UTF-8"}


def danebound(*arguments):
    return subprocess.run([COMMAND, *arguments], text=True, capture_output=True,
                          check=False)


def commands(path=()):
    """The command, and all below it, by what the programs' help says."""
    found = [path]
    text = danebound(*path, "--help").stdout
    section = re.search(r"(?m)^Subcommands:\n((?:  .*\n)+)", text)
    for name in re.findall(r"(?m)^  ([a-z-]+)",
                           section.group(1) if section else ""):
        found += commands((*path, name))
    return found


def options(path):
    """The long options that the help of a command lists."""
    text = danebound(*path, "--help").stdout
    listed = "\n".join(re.findall(r"(?m)^  -.*$", text))
    return set(re.findall(r"(?:^|[ ,])(--[a-z-]+[a-z0-9])", listed))


class Completion:
    """What holds in every shell; `offers` is the shell's own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "chain one.pem").touch()
        (self.folder / "some").mkdir()
        (self.folder / f"_{self.SHELL}").write_text(
            danebound("completion", self.SHELL).stdout, encoding="utf-8")
        self.script = self.folder / f"_{self.SHELL}"

    def test_offers_every_option_of_every_command(self):
        for path in commands():
            line = " ".join(("danebound", *path, "--"))
            self.assertEqual(self.offers(line), options(path), line)

    def test_offers_commands(self):
        self.assertEqual(self.offers("danebound "),
                         {path[0] for path in commands() if len(path) == 1})
        self.assertEqual(self.offers("danebound lo"), {"lookup", "log-summary"})
        self.assertEqual(self.offers("danebound tlsa "), {"create"})

    def test_offers_the_values_that_there_are(self):
        self.assertEqual(self.offers("danebound lookup --insecure-mx "),
                         {"opportunistic", "encrypt", "authenticate"})
        self.assertEqual(self.offers("danebound tlsa create --proto s"),
                         {"sctp"})
        self.assertEqual(self.offers("danebound completion "),
                         {"bash", "zsh", "fish"})
        self.assertIn("self-test", self.offers("danebound help "))

    def test_offers_files_where_a_file_is_wanted(self):
        self.assertIn("chain one.pem",
                      self.offers("danebound verify --chain chain"))
        self.assertIn("chain one.pem", self.offers("danebound tlsa create cha"))
        self.assertEqual(
            {name.rstrip("/") for name in
             self.offers("danebound self-test --mta --postfix-config ")},
            {"some"})

    def test_offers_nothing_where_it_knows_nothing(self):
        self.assertEqual(self.offers("danebound lookup --timeout "), set())
        self.assertEqual(self.offers("danebound lookup "), set())


class Bash(Completion, unittest.TestCase):
    SHELL = "bash"

    def offers(self, line):
        program = (
            f"source {self.script}\n"
            "COMP_LINE=$1 COMP_POINT=${#1}\n"
            'read -ra COMP_WORDS <<< "$1"\n'
            '[[ $1 == *" " ]] && COMP_WORDS+=("")\n'
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
            "_danebound\n"
            'printf "%s\\n" "${COMPREPLY[@]}"\n')
        done = subprocess.run(["bash", "-c", program, "bash", line],
                              cwd=self.folder, env=ENVIRONMENT, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.splitlines()) - {""}

    # Readline itself, once: the script is loaded, and the word is put in.
    def test_completes_what_is_typed(self):
        with Terminal(["bash", "--norc", "--noprofile", "-i"],
                      self.folder) as terminal:
            terminal.type(f"source {self.script}; PS1='ready> '\n")
            terminal.wait_for("ready> ")
            terminal.type("danebound lookup --unb\t")
            terminal.wait_for("--unbound-conf ")

    def test_completes_values_behind_an_equals_sign(self):
        with Terminal(["bash", "--norc", "--noprofile", "-i"],
                      self.folder) as terminal:
            terminal.type(f"source {self.script}; PS1='ready> '\n")
            terminal.wait_for("ready> ")
            terminal.type("danebound lookup --insecure-mx=auth\t")
            terminal.wait_for("--insecure-mx=authenticate")


@unittest.skipUnless(shutil.which("fish"), "there is no fish")
class Fish(Completion, unittest.TestCase):
    SHELL = "fish"

    def offers(self, line):
        done = subprocess.run(
            ["fish", "--no-config", "-c",
             f"source {self.script}; complete -C (string join ' ' -- $argv[1])",
             line], cwd=self.folder, env={**ENVIRONMENT, "HOME": self.folder},
            text=True, capture_output=True, check=False)
        self.assertEqual(done.stderr, "")
        return {each.split("\t")[0] for each in done.stdout.splitlines()}


@unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
class Zsh(Completion, unittest.TestCase):
    SHELL = "zsh"

    # zsh completes in its line editor alone: a widget that lists what was added.
    def offers(self, line):
        program = (
            "autoload -Uz compinit; compinit -u -D\n"
            f"source {self.script}\n"
            "PS1='ready> '\n"
            "compadd() {\n"
            '  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then\n'
            '    builtin compadd "$@"; return\n'
            "  fi\n"
            "  local -a found\n"
            '  builtin compadd -A found "$@"\n'
            "  print -rl -- $found >> offered\n"
            "  (( $#found ))\n"
            "}\n"
            "offer() {\n"
            "  zle complete-word; print -r -- ended >> offered; exit\n"
            "}\n"
            "zle -N offer; bindkey '^I' offer\n")
        (self.folder / "start").write_text(program, encoding="utf-8")
        offered = self.folder / "offered"
        offered.write_text("", encoding="utf-8")
        with Terminal(["zsh", "-f", "-i"], self.folder) as terminal:
            terminal.type("source ./start\n")
            terminal.wait_for("ready> ")
            terminal.type(f"{line}\t")
            terminal.wait_for_end()
        found = offered.read_text(encoding="utf-8").splitlines()
        self.assertIn("ended", found)
        # As they would be put into the line.
        return {name.replace("\\", "") for name in found} - {"", "ended"}


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, arguments, folder):
        self.seen = ""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(arguments[0], arguments,
                       {**ENVIRONMENT, "HOME": str(folder)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.file)
        os.waitpid(self.pid, 0)

    def type(self, text):
        os.write(self.file, text.encode())

    def wait_for(self, text, seconds=20):
        """Reads on until the text has come; what was before it is forgotten."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            if not select.select([self.file], [], [],
                                 max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.file, 4096).decode(errors="replace")
        self.seen = self.seen.split(text, 1)[1]

    def wait_for_end(self, seconds=20):
        """Reads on until the program has gone."""
        end = time.monotonic() + seconds
        while select.select([self.file], [], [],
                            max(0, end - time.monotonic()))[0]:
            try:
                self.seen += os.read(self.file, 4096).decode(errors="replace")
            except OSError:
                return
        raise AssertionError(f"no end of {self.seen!r}")


if __name__ == "__main__":
    unittest.main()
