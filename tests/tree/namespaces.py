"""Runs the tree apart from the machine: own network, mounts and processes.

    outside: makes the work folder, passes signals on, removes the folder
       `- inside: the first process of its own; when it ends, all others do

Inside, port 53 and all of 127.0.0.0/8 are free.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

import programs

_FOLDER = "DANEBOUND_TREE_INSIDE"
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_PR_SET_PDEATHSIG = 1


def folder_inside():
    """The work folder, when this process runs inside; else None."""
    return os.environ.get(_FOLDER)


def environment_outside():
    """The environment as this program was first given it."""
    return {name: value for name, value in os.environ.items()
            if name != _FOLDER}


def command_prefix():
    """What makes a command run inside, or None and why that can't be."""
    options = ["--net", "--mount", "--pid", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        options.append("--map-root-user")
    unshare = programs.find("unshare")
    # A chroot's root is no mount, so that its propagation cannot be changed.
    for more in (["--mount-proc"],
                 ["--propagation", "unchanged", "--mount-proc"], []):
        prefix = [unshare, *options, *more]
        probe = subprocess.run([*prefix, shutil.which("true")],
                               capture_output=True, text=True, check=False)
        if probe.returncode == 0:
            return prefix, ""
    return None, probe.stderr.strip()


def run_inside(prefix, folder):
    """Runs this program again inside, and returns its exit code."""
    process = subprocess.Popen(
        [*prefix, sys.executable, *sys.argv],
        env=dict(os.environ, **{_FOLDER: str(folder)}),
        # Signals from the terminal come once, passed on from here.
        start_new_session=True, preexec_fn=_die_with_parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: _pass_on(process, got))
    code = process.wait()
    return 128 - code if code < 0 else code


def _pass_on(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def _die_with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def run_tests(name, taken=0):
    """Runs the tests of the program that calls, inside.

    taken  how many of its arguments are its own; the rest are unittest's
    """
    if folder_inside() is not None:
        set_up()
        unittest.main(argv=[sys.argv[0], *sys.argv[1 + taken:]])
    prefix, why_not = command_prefix()
    if prefix is None:
        sys.exit(f"{name}: no namespaces here: {why_not}")
    sys.exit(run_inside(prefix, tempfile.gettempdir()))


def set_up():
    """Brings up the loopback interface of the new network."""
    request = struct.pack("16sh22x", b"lo", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, _SIOCGIFFLAGS, request)
        flags, = struct.unpack_from("h", answer, 16)
        fcntl.ioctl(sock, _SIOCSIFFLAGS,
                    struct.pack("16sh22x", b"lo", flags | _IFF_UP))
