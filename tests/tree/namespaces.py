"""Runs the tree apart from the machine: own network, mounts and processes.

There port 53 and all of 127.0.0.0/8 are free, and when the first process ends,
the kernel ends all others.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

import programs

_INSIDE = "DANEBOUND_TREE_INSIDE"
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1


def is_inside():
    return _INSIDE in os.environ


def enter():
    """Starts this program again inside; returns only where that can't be."""
    options = ["--net", "--mount", "--pid", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        options.append("--map-root-user")
    unshare = programs.find("unshare")
    for more in (["--mount-proc"], []):
        probe = subprocess.run([unshare, *options, *more, shutil.which("true")],
                               capture_output=True, text=True, check=False)
        if probe.returncode == 0:
            os.environ[_INSIDE] = "1"
            os.execv(unshare, [unshare, *options, *more, sys.executable,
                               *sys.argv])
    print(f"tree: no namespaces here ({probe.stderr.strip()}); using "
          f"127.53.0.0/16 of this machine", file=sys.stderr)
    if os.geteuid() != 0:
        sys.exit("tree: that needs port 53: run as root, or allow user "
                 "namespaces (sysctl kernel.unprivileged_userns_clone=1)")


def set_up():
    """Brings up the loopback interface of the new network."""
    request = struct.pack("16sh", b"lo", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, _SIOCGIFFLAGS, request + bytes(22))
        flags, = struct.unpack_from("h", answer, 16)
        fcntl.ioctl(sock, _SIOCSIFFLAGS,
                    struct.pack("16sh22x", b"lo", flags | _IFF_UP))
