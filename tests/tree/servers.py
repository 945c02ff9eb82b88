"""Starts NSD and Unbound, waits until they answer, and stops them."""

import os
import pathlib
import subprocess
import time

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

import placement
import programs

START_TIMEOUT = 15.0   # seconds
READ_PACE = 1e6        # octets of zone files that NSD reads in a second, at least
STOP_TIMEOUT = 5.0
SOCKET_TIMEOUT = 5.0


class ServerFailure(Exception):
    """A server did not start; the text has the end of its log."""


class Server:
    """One running daemon."""

    def __init__(self, name, command, log, environment=None):
        self.name = name
        self._log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, env=environment, start_new_session=True)

    def wait_for_answer(self, address, question, timeout=START_TIMEOUT):
        query = dns.message.make_query(question, dns.rdatatype.SOA)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                dns.query.udp(query, address, timeout=0.3)
                return
            except (dns.exception.DNSException, OSError):
                time.sleep(0.02)
        raise ServerFailure(f"{self.name} does not answer at {address}: "
                            f"{self.last_words()}")

    def last_words(self):
        text = pathlib.Path(self._log).read_text(errors="replace")
        return "\n".join(text.splitlines()[-12:]) or "its log is empty"

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _nsd_conf(folder, depth, zones):
    lines = [
        "server:",
        "  server-count: 1",
        f"  ip-address: {placement.server_address(depth)}@53",
        "  do-ip6: no",
        '  username: ""',
        '  chroot: ""',
        f'  zonesdir: "{folder}"',
        '  database: ""',
        f'  zonelistfile: "{folder}/nsd{depth}.zones"',
        f'  xfrdfile: "{folder}/nsd{depth}.xfrd"',
        f'  xfrdir: "{folder}"',
        f'  pidfile: "{folder}/nsd{depth}.pid"',
        # NSD's default of 200 answers a second would be met by a cold test.
        "  rrl-ratelimit: 0",
        "  tcp-count: 200",
        "remote-control:",
        "  control-enable: no"]
    for name, path in zones:
        lines += ["zone:", f'  name: "{name}"', f'  zonefile: "{path}"']
    return "\n".join(lines) + "\n"


def start_name_servers(folder, placed_zones, paths):
    """Starts one NSD for each depth of the tree."""
    depths = {}
    for placed, path in zip(placed_zones, paths):
        depths.setdefault(placed.depth, []).append((placed.name, path))
    started = []
    for depth, zones in sorted(depths.items()):
        conf = folder / f"nsd{depth}.conf"
        conf.write_text(_nsd_conf(folder, depth, zones))
        octets = sum(path.stat().st_size for _, path in zones)
        started.append((depth, zones[0][0], octets, Server(
            f"NSD for depth {depth}",
            [programs.find("nsd"), "-d", "-c", str(conf)],
            folder / f"nsd{depth}.log")))
    servers = [each[-1] for each in started]
    try:
        for depth, zone, octets, server in started:
            server.wait_for_answer(placement.server_address(depth), zone,
                                   START_TIMEOUT + octets / READ_PACE)
    except ServerFailure:
        stop_all(servers)
        raise
    return servers


def stop_all(servers):
    for server in servers:
        server.stop()


def write_unbound_conf(folder, module, server_options):
    """Writes an ordinary unbound.conf and returns its path."""
    conf = folder / "unbound.conf"
    modules = "dynlib validator iterator" if module else "validator iterator"
    lines = [
        "server:",
        f"  interface: {placement.DNS_ADDRESS}",
        "  access-control: 127.0.0.0/8 allow",
        "  do-ip6: no",
        "  do-daemonize: no",
        '  username: ""',
        '  chroot: ""',
        f'  directory: "{folder}"',
        f'  pidfile: "{folder}/unbound.pid"',
        "  use-syslog: no",
        f'  logfile: "{folder}/unbound.log"',
        "  verbosity: 1",
        f'  root-hints: "{folder}/root.hints"',
        f'  trust-anchor-file: "{folder}/root.key"',
        "  do-not-query-localhost: no",
        # Reasons of bogus answers are collected only from this level on.
        "  val-log-level: 2",
        f'  module-config: "{modules}"',
        *(f"  {option}" for option in server_options),
        "remote-control:",
        "  control-enable: yes",
        f'  control-interface: "{folder}/control.sock"',
        "  control-use-cert: no"]
    if module:
        lines += ["dynlib:", f'  dynlib-file: "{os.path.abspath(module)}"']
    conf.write_text("\n".join(lines) + "\n")
    return conf


def write_module_conf(folder, module_options):
    conf = folder / "module.conf"
    conf.write_text("\n".join(
        [f'socket = "{folder}/danebound.sock"', *module_options]) + "\n")
    return conf


def start_unbound(binary, conf, folder, module_conf, wait_for_socket):
    """Starts Unbound, and waits for the module's socket where asked to."""
    environment = dict(os.environ, DANEBOUND_CONF=str(module_conf))
    server = Server("Unbound", [os.path.abspath(binary), "-d", "-c",
                                str(conf)],
                    folder / "unbound.log", environment)
    try:
        server.wait_for_answer(placement.DNS_ADDRESS, ".")
    except ServerFailure:
        server.stop()
        raise
    end = time.monotonic() + SOCKET_TIMEOUT
    socket = folder / "danebound.sock"
    while wait_for_socket and not socket.exists():
        if time.monotonic() > end:
            print(f"tree: the module has not opened {socket}:\n"
                  f"{server.last_words()}", flush=True)
            break
        time.sleep(0.02)
    return server
