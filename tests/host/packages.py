#!/usr/bin/python3
"""Installs danebound's packages on a booted Debian as README says, and does to it
what happens to a host: trouble, upgrades, removal, purge.

    packages.py BUILD REPOSITORY ROOT RELEASE

The private tree is the Internet, with the servers and domains of tests/mta. BUILD is
a build of the project, REPOSITORY what `./bootstrap deb --repository` made, ROOT a
folder for the root: made with debootstrap of RELEASE (bookworm, trixie) where it is
empty, with the packages of Debian that apt will want in its cache, for the booted
host has no way out. Needs root, debootstrap and systemd-container. By hand: it takes
some minutes.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path += [str(HERE), str(PROJECT / "tests" / "mta")]

import deliveries  # noqa: E402
import in_tree  # noqa: E402
import mail_host  # noqa: E402
import receivers  # noqa: E402

BASE = ("systemd,systemd-sysv,dbus,procps,perl-base,iproute2,ca-certificates,"
        "dns-root-data,postfix")
WANTED = ("danebound-unbound", "exim4-danebound", "python3-danebound")
REPOSITORY = "srv/danebound"


def in_root(root, *command):
    subprocess.run(["chroot", root, *command], check=True,
                   env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                        "DEBIAN_FRONTEND": "noninteractive"})


def make_root(root, release):
    """A mail host without unbound; outside of the tree, where there is an archive."""
    if not (root / "etc").exists():
        root.mkdir(parents=True, exist_ok=True)
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={BASE}",
                        release, root], check=True)
        sources = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
        if sources.exists():
            (root / "etc/apt/sources.list.d" / sources.name).write_text(
                re.sub(r"\b(bookworm|trixie)\b", release, sources.read_text()))
            (root / "etc/apt/sources.list").unlink(missing_ok=True)


def fill_cache(repository, root, release):
    """What apt will fetch of Debian, into its cache."""
    shutil.rmtree(root / REPOSITORY, ignore_errors=True)
    shutil.copytree(repository, root / REPOSITORY)
    sources = root / "etc/apt/sources.list.d/danebound.sources"
    brought = root / REPOSITORY / release / sources.name
    shutil.copy(brought, sources)
    sources.write_text(sources.read_text().replace(
        f"file:{repository}", f"file:/{REPOSITORY}"))
    shutil.copy(sources, brought)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    in_root(root, "apt-get", "-q", "update")
    for wanted in WANTED:
        in_root(root, "apt-get", "-qy", "install", "--download-only", wanted)
    in_root(root, "apt-get", "-qy", "install", "dns-root-data")
    sources.unlink()


def install_commands(release):
    """README's, without questions."""
    block, = (each for each in mail_host.blocks(
        mail_host.section("Put it on a mail host")) if "danebound-unbound" in each)
    lines = mail_host.typed(block)
    assert len(lines) == 3, lines
    text = "\n".join(lines) + "\n"
    for typed, done in (("/bookworm/", f"/{release}/"),
                        ("apt-get install", "apt-get -qy install"),
                        ("setup postfix",
                         "setup postfix --yes --known matching.example")):
        assert typed in text, typed
        text = text.replace(typed, done)
    return text


def write_world(root, release):
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
    # The provider's, as on a new host.
    (root / "etc/resolv.conf").write_text("nameserver 192.0.2.53\n")
    (root / "root/steps.sh").write_text((HERE / "steps.sh").read_text())
    (root / "root/steps/install.sh").write_text(install_commands(release))


def run_in_tree(world, root, release):
    write_world(root, release)
    with receivers.Receivers(world) as servers:
        done = subprocess.run(
            [HERE / "boot.sh", root, HERE / "packages_inside.sh",
             "--resolv-conf=off", "--hostname=host"], check=False)
        arrived = servers.take()
    if not arrived.get("matching.example"):
        print("FAILED  the message to matching.example did not arrive")
        return 1
    return done.returncode


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    build, repository, root = (pathlib.Path(each).resolve()
                               for each in sys.argv[1:4])
    release = sys.argv[4]
    world = in_tree.folder()
    if world is not None:
        return run_in_tree(world, root, release)
    make_root(root, release)
    fill_cache(repository, root, release)
    os.environ.setdefault("DANEBOUND_TEST_UNBOUND",
                          str(build / "unbound-src" / "unbound"))
    os.environ.setdefault("DANEBOUND_TEST_MODULE",
                          str(build / "lib" / "danebound-module.so"))
    return in_tree.run(deliveries.write_world)


if __name__ == "__main__":
    sys.exit(main())
