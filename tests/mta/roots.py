"""A mail server's root file system, made by packages.sh, to run programs in.

Each Root is a copy of its own, so that tests side by side never share a spool,
and needs no mounts: device nodes are made, and mounted only where that is not
allowed (user namespaces). Programs run in it by chroot.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time

ROOTS = pathlib.Path(__file__).resolve().parents[2] / "build" / "mta"
STOP_TIMEOUT = 3.0  # seconds
_LIBRARIES = f"/usr/lib/{os.uname().machine}-linux-gnu"
_DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}


class RootMissing(Exception):
    """The packages were not fetched; the text says how."""


class Root:
    """A root file system. Close it, or use it in a with statement.

    users: NAME to its number, which is that of its group as well.
    groups: NAME to its number, for those without a user.
    """

    def __init__(self, name, users=None, groups=None):
        origin = ROOTS / name
        if not origin.is_dir():
            raise RootMissing(f"{origin} is missing: run tests/mta/packages.sh "
                              f"{ROOTS}")
        self.folder = pathlib.Path(
            tempfile.mkdtemp(prefix=f"danebound-{name}-")).resolve()
        self._mounted = []
        try:
            subprocess.run(["cp", "-a", "--no-preserve=ownership", f"{origin}/.",
                            self.folder], check=True)
            self.folder.chmod(0o755)
            self._make_folders()
            self._make_devices()
            self._write_users(users or {}, groups or {})
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.end_processes()
        for path in self._mounted:
            subprocess.run(["umount", path], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, inside):
        """Where a path of the root lies outside it.

        A link in the root that leads out of it is refused: seen from here it
        would lead to a file of the machine.
        """
        path = self.folder / str(inside).lstrip("/")
        if not path.resolve().is_relative_to(self.folder):
            raise ValueError(f"{path} leads to {path.resolve()}")
        return path

    def write(self, inside, text, mode=0o644):
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def install(self, program, inside):
        """Copies a program or shared object of the machine, with the libraries
        that it needs and the root lacks. Both are of the same Debian.
        """
        target = self.path(inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(program, target)
        for library in _libraries(program):
            # At the name that the loader seeks, wherever it lies outside.
            copy = self.path(f"{_LIBRARIES}/{library.name}")
            if not copy.exists():
                shutil.copy(library, copy)

    def make_folder(self, inside, owner=0, group=None, mode=0o755):
        path = self.path(inside)
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, owner, owner if group is None else group)
        path.chmod(mode)

    def command(self, *words):
        """What runs the words inside."""
        return ["chroot", str(self.folder), *words]

    def run(self, *words):
        return subprocess.run(self.command(*words), text=True, timeout=30,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              env=environment(), check=True)

    def processes(self):
        """The ids of what runs inside, children that left their group too."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                root = pathlib.Path(os.readlink(path / "root"))
            except OSError:
                continue  # it ended meanwhile, or is none of ours
            if root.is_relative_to(self.folder):
                found.append(int(path.name))
        return found

    def end_processes(self):
        """Ends what runs inside, by SIGTERM first."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + STOP_TIMEOUT
            running = self.processes()
            for process in running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)
            while running and time.monotonic() < end:
                time.sleep(0.02)
                running = self.processes()

    def resolve_with(self, address):
        """Makes programs inside ask this resolver, and believe its AD bit."""
        self.write("/etc/resolv.conf",
                   f"nameserver {address}\noptions trust-ad edns0\n")

    def _make_folders(self):
        for name in ("dev", "proc", "run", "root", "var/log", "var/empty"):
            self.path(name).mkdir(parents=True, exist_ok=True)
        for name in ("tmp", "var/tmp"):
            self.path(name).mkdir(parents=True, exist_ok=True)
            self.path(name).chmod(0o1777)
        if not self.path("var/run").exists():
            self.path("var/run").symlink_to("../run")
        mail = self.path("var/mail")
        mail.mkdir(parents=True, exist_ok=True)
        mail.chmod(0o1777)

    def _make_devices(self):
        for name, numbers in _DEVICES.items():
            path = self.path(f"dev/{name}")
            if not _make_device(path, numbers):
                path.touch()
                subprocess.run(["mount", "--bind", f"/dev/{name}", path],
                               check=True)
                self._mounted.append(path)

    def _write_users(self, users, groups):
        entries = {"root": 0, "daemon": 1, "mail": 8, "nobody": 65534,
                   "reader": 1000, **users}
        self.write("/etc/passwd", "".join(
            f"{name}:x:{number}:{number}::"
            f"{'/root' if number == 0 else '/var/empty'}:/bin/sh\n"
            for name, number in entries.items()))
        self.write("/etc/group", "".join(
            f"{name}:x:{number}:\n"
            for name, number in {**entries, **groups}.items()))
        self.write("/etc/nsswitch.conf",
                   "passwd: files\ngroup: files\nhosts: files dns\n")
        self.write("/etc/hosts", "127.0.0.1 localhost\n")


def environment():
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def _libraries(program):
    """The shared libraries that the loader takes for a program."""
    said = subprocess.run(["ldd", program], text=True, capture_output=True,
                          check=True).stdout
    found = re.findall(r"=> (/\S+)", said)
    return [pathlib.Path(path) for path in found]


def _make_device(path, numbers):
    """Says whether it made one that can be opened."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(*numbers))
        path.chmod(0o666)
        with open(path, "rb"):
            return True
    except OSError:
        path.unlink(missing_ok=True)
        return False
