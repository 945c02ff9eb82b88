#!/usr/bin/python3
"""Makes a mail host of a booted Debian by hand, as docs/install.md and README say,
and sends mail from it.

    mail_host.py BUILD ROOT

The private tree is the Internet, with the servers and domains of tests/mta.
BUILD is a build of the project; ROOT a folder for the root, which is made with
debootstrap where it is empty. Needs root, debootstrap, systemd-container, and
what `./bootstrap test` fetched. By hand: it takes some minutes.
"""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path.append(str(PROJECT / "tests" / "mta"))

import deliveries  # noqa: E402
import in_tree  # noqa: E402
import receivers  # noqa: E402

PACKAGES = ("systemd,systemd-sysv,dbus,procps,adduser,unbound,postfix,perl-base,"
            "libevent-core-2.1-7,libunbound8,libabsl20220623,libidn2-0,"
            "libnettle8,libldns3,libssl3,libsystemd0,libhiredis0.14,"
            "libprotobuf-c1,libfstrm0,libexpat1,libnghttp2-14")
# What was done before: there is a build already.
NOT_HERE = ("apt-get install", "./bootstrap build", "cmake --install")
KNOWN_NAME = "posteo.de"
MOST_EXPOSURE = 3.5


def section(title, page="README.md"):
    text = (PROJECT / page).read_text()
    return re.search(rf"^## {title}\n(.*?)(?:^## |\Z)", text, re.M | re.S)[1]


def typed(text):
    """Of a code block: the lines that are typed, with what continues them."""
    return re.findall(r"^ *# ((?:.*\\\n)*.*)$", text, re.M)


def commands(text):
    """Those of them that are to be done on the booted host."""
    return [each for each in typed(text) if not each.startswith(NOT_HERE)]


def blocks(text):
    return re.findall(r"^ *```\n(.*?)^ *```$", text, re.M | re.S)


def write_steps(folder, domains):
    """The commands of both pages, where mail_host_inside.sh looks for them."""
    host, postfix = (section("By hand", "docs/install.md"),
                     section("Put Postfix on it"))
    listen, set_up = blocks(postfix)
    undo = re.search(r"To undo it:(.*?), in this", postfix, re.S)[1]
    known = listen.replace(KNOWN_NAME, "matching.example")
    assert known != listen, f"README asks for {KNOWN_NAME} no longer"
    scripts = {"install": commands(blocks(host)[0]), "listen": commands(known),
               "postfix": commands(set_up),
               "undo": [" ".join(each.split())
                        for each in re.findall("`(.*?)`", undo, re.S)]}
    folder.mkdir(exist_ok=True)
    for name, lines in scripts.items():
        assert lines, f"the pages have no commands of {name}"
        (folder / f"{name}.sh").write_text("\n".join(lines) + "\n")
    (folder / "resolv.conf").write_text("".join(
        f"{line}\n" for line in re.findall(
            "^ +((?:nameserver|options) .*)$", postfix, re.M)))
    (folder / "domains").write_text("".join(f"{each}\n" for each in domains))
    tree = pathlib.Path(os.environ["DANEBOUND_TREE"])
    (folder / "root.key").write_text((tree / "root.key").read_text())
    (folder / "root.hints").write_text((tree / "root.hints").read_text())
    (folder / "tree.conf").write_text("server:\n"
                                      '  root-hints: "/etc/unbound/tree.hints"\n'
                                      "  do-not-query-localhost: no\n")


def make_root(build, root):
    root.mkdir(parents=True, exist_ok=True)
    if not (root / "etc").exists():
        subprocess.run(["debootstrap", "--variant=minbase",
                        f"--include={PACKAGES}", "bookworm", root], check=True)
    subprocess.run(["cmake", "--install", build], check=True,
                   stdout=subprocess.DEVNULL,
                   env=dict(os.environ, DESTDIR=str(root)))
    (root / "root" / "steps.sh").write_text((HERE / "steps.sh").read_text())


def missed(arrivals):
    """What arrived where it must not, and what did not arrive."""
    for scenario, allowed in deliveries.SCENARIOS.items():
        found = set(arrivals.get(deliveries.domain(scenario), []))
        for arrival in found - allowed:
            yield f"{scenario}: arrived at {arrival}"
        if not found and receivers_promised(allowed):
            yield f"{scenario}: did not arrive"


def receivers_promised(allowed):
    return any(each.server in ("right", "renewed") for each in allowed)


def run_in_tree(world, build, root):
    domains = [deliveries.domain(each) for each in deliveries.SCENARIOS]
    make_root(build, root)
    write_steps(root / "root" / "steps", domains)
    with receivers.Receivers(world) as servers:
        booted = subprocess.run(
            [HERE / "boot.sh", root, HERE / "mail_host_inside.sh",
             "--resolv-conf=off", "--hostname=host"], check=False)
        wrong = list(missed(servers.take()))
    print("\n".join(wrong) or "mail went where it may, and nowhere else")
    before, after = (exposure(root / "root" / f"security-{when}")
                     for when in ("before", "after"))
    print(f"exposure of Unbound's unit: {after}, with Debian's alone {before}")
    return 1 if wrong or booted.returncode or after > MOST_EXPOSURE else 0


def exposure(path):
    """What systemd-analyze security says, from 0 (least) to 10."""
    return float(re.search(r"([\d.]+) [A-Z]", path.read_text())[1])


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    build, root = (pathlib.Path(each).resolve() for each in sys.argv[1:])
    world = in_tree.folder()
    if world is not None:
        return run_in_tree(world, build, root)
    os.environ.setdefault("DANEBOUND_TEST_UNBOUND",
                          str(build / "unbound-src" / "unbound"))
    os.environ.setdefault("DANEBOUND_TEST_MODULE",
                          str(build / "lib" / "danebound-module.so"))
    return in_tree.run(deliveries.write_world)


if __name__ == "__main__":
    sys.exit(main())
