#!/usr/bin/python3
"""Installs danebound's packages on a booted Debian as README says, and does to it
what happens to a host: trouble, upgrades, removal, purge.

    packages.py BUILD REPOSITORY ROOT

The private tree is the Internet. BUILD is a build of the project, REPOSITORY what
`./bootstrap deb --repository` made, ROOT a folder for the root: made with debootstrap
where it is empty, with the packages of Debian that apt will want in its cache, for
the booted host has no way out. Needs root, debootstrap and systemd-container. By
hand: it takes some minutes.
"""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path += [str(HERE), str(PROJECT / "tests" / "mta")]

import deliveries  # noqa: E402
import in_tree  # noqa: E402
import mail_host  # noqa: E402

BASE = ("systemd,systemd-sysv,dbus,procps,perl-base,iproute2,ca-certificates,"
        "dns-root-data")
WANTED = ("danebound-unbound", "exim4-danebound", "python3-danebound")
REPOSITORY = "srv/danebound"


def in_root(root, *command):
    subprocess.run(["chroot", root, *command], check=True,
                   env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                        "DEBIAN_FRONTEND": "noninteractive"})


def make_root(root):
    """A Debian without unbound; outside of the tree, where there is an archive."""
    if not (root / "etc").exists():
        root.mkdir(parents=True, exist_ok=True)
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={BASE}",
                        "bookworm", root], check=True)
        sources = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
        if sources.exists():
            shutil.copy(sources, root / "etc/apt/sources.list.d/")
            (root / "etc/apt/sources.list").unlink(missing_ok=True)


def fill_cache(repository, root):
    """What apt will fetch of Debian, into its cache."""
    shutil.rmtree(root / REPOSITORY, ignore_errors=True)
    shutil.copytree(repository, root / REPOSITORY)
    sources = root / "etc/apt/sources.list.d/danebound.sources"
    shutil.copy(root / REPOSITORY / "bookworm/danebound.sources", sources)
    sources.write_text(sources.read_text().replace(
        f"file:{repository}", f"file:/{REPOSITORY}"))
    shutil.copy(sources, root / REPOSITORY / "bookworm/danebound.sources")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    in_root(root, "apt-get", "-q", "update")
    for wanted in WANTED:
        in_root(root, "apt-get", "-qy", "install", "--download-only", wanted)
    in_root(root, "apt-get", "-qy", "install", "dns-root-data")
    sources.unlink()


def write_world(root):
    """The private tree, where the host looks for its root servers."""
    tree = pathlib.Path(os.environ["DANEBOUND_TREE"])
    for path in ("etc/unbound/unbound.conf.d", "root/steps"):
        (root / path).mkdir(parents=True, exist_ok=True)
    (root / "usr/share/dns/root.key").write_text((tree / "root.key").read_text())
    (root / "etc/unbound/tree.hints").write_text((tree / "root.hints").read_text())
    (root / "etc/unbound/unbound.conf.d/tree.conf").write_text(
        'server:\n  root-hints: "/etc/unbound/tree.hints"\n'
        "  do-not-query-localhost: no\n")
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n"
                                          "options trust-ad\n")
    (root / "root/steps.sh").write_text((HERE / "steps.sh").read_text())
    install, = (block for block in mail_host.blocks(
        mail_host.section("Put it on a mail host"))
                if "danebound-unbound" in block)
    install = mail_host.typed(install)
    text = "\n".join(line.replace("apt-get install", "apt-get -qy install")
                     for line in install)
    (root / "root/steps/install.sh").write_text(text + "\n")


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    build, repository, root = (pathlib.Path(each).resolve()
                               for each in sys.argv[1:])
    if in_tree.folder() is not None:
        write_world(root)
        return subprocess.run(
            [HERE / "boot.sh", root, HERE / "packages_inside.sh",
             "--resolv-conf=off", "--hostname=host"], check=False).returncode
    make_root(root)
    fill_cache(repository, root)
    os.environ.setdefault("DANEBOUND_TEST_UNBOUND",
                          str(build / "unbound-src" / "unbound"))
    os.environ.setdefault("DANEBOUND_TEST_MODULE",
                          str(build / "lib" / "danebound-module.so"))
    return in_tree.run(deliveries.write_world)


if __name__ == "__main__":
    sys.exit(main())
