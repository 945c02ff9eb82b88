"""Finds programs, also those that only root has in its path."""

import os
import shutil


class ProgramMissing(Exception):
    """A program is not installed; the text names its package."""


PACKAGES = {"ldns-signzone": "ldnsutils", "nsd": "nsd",
            "systemd-analyze": "systemd",
            "unshare": "util-linux"}


def find(name):
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    if not found:
        raise ProgramMissing(f"{name} is missing: install the package "
                             f"{PACKAGES.get(name, name)}")
    return found
