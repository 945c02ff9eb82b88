"""On what a run was made."""

import os
import pathlib
import platform
import re
import subprocess

PACKAGES = ("libc6", "libc-ares2", "libgetdns10", "libunbound8",
            "python3-dnspython", "postfix-mta-sts-resolver", "dnsperf")


def notes():
    """What stands at the head of the data: name to text."""
    return {"machine": f"{_processor()}, {os.cpu_count()} cores, "
                       f"{_memory_gib()} GiB",
            "system": f"{_debian()}, Linux {platform.release().split('-')[0]}",
            "load before": f"{os.getloadavg()[0]:.2f}",
            "danebound": _version([os.environ["DANEBOUND_TEST_COMMAND"],
                                   "--version"]),
            "Unbound": _version([os.environ["DANEBOUND_TEST_UNBOUND"], "-V"]),
            "peers": ", ".join(_packages())}


def _processor():
    found = re.search(r"^model name\s*: (.*)$",
                      pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return found[1] if found else platform.machine()


def _memory_gib():
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return round(pages / (1 << 30))


def _debian():
    text = pathlib.Path("/etc/os-release").read_text()
    return re.search(r'^PRETTY_NAME="?([^"\n]*)', text, re.M)[1]


def _version(command):
    output = subprocess.run(command, capture_output=True, text=True,
                            check=False).stdout
    return output.splitlines()[0].split()[-1] if output else "unknown"


def _packages():
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f=${Package} ${Version}\n", *PACKAGES],
        capture_output=True, text=True, check=False).stdout
    return listed.splitlines()
