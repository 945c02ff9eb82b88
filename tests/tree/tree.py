#!/usr/bin/python3
"""Serves the zones of scenario files as a private, signed DNS tree.

README.md in this folder describes the command line and what a command that runs
in the tree sees.

    scenario files --> zones --> ldns-signzone --> NSD <-- fault server
                                                    ^          ^
                       command --> Unbound ---------+----------+
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import dns.name  # noqa: E402

import fault_server  # noqa: E402
import keys  # noqa: E402
import namespaces  # noqa: E402
import placement  # noqa: E402
import programs  # noqa: E402
import scenario_files  # noqa: E402
import servers  # noqa: E402
import signed_zones  # noqa: E402

SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "scenarios"
COMMAND_STOP_TIMEOUT = 5.0  # seconds
FAILURES = (scenario_files.ScenarioError, signed_zones.ZoneFailure,
            servers.ServerFailure, programs.ProgramMissing, OSError)


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="tree.py", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="run a command beside the tree")
    show = verbs.add_parser("list", help="print the questions")
    for verb in (run, show):
        verb.add_argument("--only", action="append", default=[],
                          metavar="demo|NAME")
        verb.add_argument("--scenarios", default=SCENARIOS, metavar="FOLDER")
    run.add_argument("--unbound", metavar="BIN")
    run.add_argument("--module", metavar="SO")
    run.add_argument("--server-option", action="append", default=[],
                     metavar="LINE")
    run.add_argument("--module-option", action="append", default=[],
                     metavar="LINE")
    run.add_argument("--anchor", action="append", default=[], metavar="ZONE")
    run.add_argument("--keep", action="store_true")
    run.add_argument("command", nargs="+", metavar="COMMAND")
    return parser.parse_args()


def list_questions(arguments):
    _, scenarios = scenario_files.read_scenarios(arguments.scenarios,
                                                 arguments.only)
    for scenario in scenarios:
        for ask in scenario.asks:
            print(scenario.name, ask[0], " ".join(ask[1:]), scenario.title,
                  sep="\t")
    return 0


@contextlib.contextmanager
def work_folder(keep):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="danebound-tree-"))
    try:
        yield folder
    finally:
        if keep:
            print(f"tree: kept {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def write_anchors_and_hints(folder, placed, keyring, anchors):
    """Makes the zones named trust anchors, and tells where the root is."""
    root = next(each for each in placed if each.depth == 0)
    names = {dns.name.from_text(text) for text in anchors}
    anchored = [each.zone for each in placed if each.name in names]
    if len(anchored) < len(names):
        raise scenario_files.ScenarioError(
            f"--anchor: no zone {' or '.join(anchors)} is served")
    (folder / "root.key").write_text("".join(
        f"{zone.name} IN DS {signed_zones.ds_text(zone, keyring)}\n"
        for zone in anchored))
    (folder / "root.hints").write_text(
        f". 3600 IN NS {root.server_name()}\n"
        f"{root.server_name()} 3600 IN A {root.address}\n")


@contextlib.contextmanager
def serve_zones(arguments, folder):
    """Signs and serves the zones wanted."""
    shared, scenarios = scenario_files.read_scenarios(arguments.scenarios,
                                                      arguments.only)
    placed, faulty = placement.place(shared, scenarios)
    keyring = keys.Keyring(folder)
    paths = signed_zones.write_zones(placed, folder / "zones", keyring)
    write_anchors_and_hints(folder, placed, keyring, arguments.anchor or ["."])
    with open(folder / "queries.log", "w", encoding="ascii") as query_log:
        faults = fault_server.FaultServer(faulty, keyring, query_log)
        running = servers.start_name_servers(folder, placed, paths)
        try:
            faults.start()
            yield
        finally:
            faults.stop()
            servers.stop_all(running)


@contextlib.contextmanager
def serve_unbound(arguments, folder):
    """Writes the configuration, and starts Unbound where there is one."""
    conf = servers.write_unbound_conf(folder, arguments.module,
                                      arguments.server_option)
    module_conf = servers.write_module_conf(folder, arguments.module_option)
    if not arguments.unbound:
        yield
        return
    server = servers.start_unbound(arguments.unbound, conf, folder,
                                   module_conf, bool(arguments.module))
    try:
        yield
    finally:
        server.stop()


def environment(folder):
    return dict(
        namespaces.environment_outside(),
        DANEBOUND_TREE=str(folder),
        DANEBOUND_TREE_CONF=str(folder / "unbound.conf"),
        DANEBOUND_TREE_DNS=placement.DNS_ADDRESS,
        DANEBOUND_TREE_CONTROL=str(folder / "control.sock"),
        DANEBOUND_TREE_QUERIES=str(folder / "queries.log"),
        DANEBOUND_SOCKET=str(folder / "danebound.sock"),
        DANEBOUND_CONF=str(folder / "module.conf"))


def run_command(command, folder):
    with subprocess.Popen(command, env=environment(folder)) as process:
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(COMMAND_STOP_TIMEOUT)
            process.kill()
            raise
    return 128 - code if code < 0 else code


def run_here(arguments, folder):
    """Serves the tree from this process."""
    def stop(number, _):
        sys.exit(128 + number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    with serve_zones(arguments, folder), serve_unbound(arguments, folder):
        return run_command(arguments.command, folder)


def run(arguments):
    inside = namespaces.folder_inside()
    if inside is not None:
        namespaces.set_up()
        return run_here(arguments, pathlib.Path(inside))
    prefix, why_not = namespaces.command_prefix()
    if prefix is None:
        print(f"tree: no namespaces here ({why_not}); using 127.53.0.0/16 of "
              f"this machine", file=sys.stderr)
        if os.geteuid() != 0:
            sys.exit("tree: that needs port 53: run as root, or allow user "
                     "namespaces (sysctl kernel.unprivileged_userns_clone=1)")
    with work_folder(arguments.keep) as folder:
        if prefix is None:
            return run_here(arguments, folder)
        return namespaces.run_inside(prefix, folder)


def main():
    arguments = parse_arguments()
    try:
        if arguments.verb == "list":
            return list_questions(arguments)
        return run(arguments)
    except FAILURES as failure:
        print(f"tree: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
