"""1,000 reloads under 5,000 queries a second and 64 clients of the socket, with
names that are not cached. Beside it: the same without the module, where the 64
clients ask for the same names by DNS, so that the resolver has as much to do.
"""

import re
import signal
import socket
import subprocess
import threading
import time

import dns.message

import measure
import resolver
import wire

RELOADS = 1000
WARM_RELOADS = 50  # under load, until memory has its size
INTERVAL = 0.2     # seconds
CLIENTS = 64
PACE = 0.5         # seconds from one lookup of a client to its next, at least
QUERIES_PER_SECOND = 5000
NAMES = 20000
LONGEST = 3600     # seconds
MIB = 1 << 20


def run(table, servers, share):
    reloads = max(20, int(RELOADS * share))
    without = reload_under_load(servers, reloads,
                                modules="validator iterator")
    loaded = reload_under_load(servers, reloads)
    table.add("queries lost (idle: by DNS, without the module)", without["lost"],
              loaded["lost"], "<= idle + 0.1",
              loaded["lost"] <= without["lost"] + 0.1, "%")
    grown = loaded["grown"] * 100 / reloads
    table.add("memory grown each 100 reloads", None, grown / MIB, "<= 1",
              grown <= MIB, "MiB")
    table.add("threads more", None, loaded["threads"], "0",
              loaded["threads"] <= 0)
    table.add("descriptors more", None, loaded["descriptors"], "<= 2",
              loaded["descriptors"] <= 2)
    table.add("wrong words to clients", None, len(loaded["wrong"]), "0",
              not loaded["wrong"])
    table.add("lookups answered", without["verdicts"], loaded["verdicts"],
              "> 0", loaded["verdicts"] > 0)


class Clients:
    """Threads that look up one domain after the other until they are ended."""

    def __init__(self, unbound):
        self.verdicts = 0
        self.wrong = []
        self._unbound = unbound
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(first,))
                         for first in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def end(self):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number):
        while not self._ended.is_set():
            number += CLIENTS
            due = time.monotonic() + PACE
            self._look_up(f"w{number}.signed.made.unsigned")
            time.sleep(max(0, due - time.monotonic()))

    def _look_up(self, name):
        try:
            with self._unbound.client(wait=5) as client:
                facts = client.lookup(name)
            if (facts.kind, facts.security) != ("mx", "secure"):
                self.wrong.append(facts.texts())
            self.verdicts += 1
        except wire.Refused as refused:
            if refused.code not in ("stopping", "no-worker"):
                self.wrong.append(str(refused))
        except ConnectionError:
            pass  # closed by a reload


class DnsClients(Clients):
    """The same by DNS: what a mail server without the module asks."""

    def _look_up(self, name):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(PACE)
            sock.connect((resolver.ADDRESS, 53))
            try:
                for question in ((name, "MX"), (f"mx.{name}", "A"),
                                 (f"mx.{name}", "AAAA"),
                                 (f"_25._tcp.mx.{name}", "TLSA")):
                    sock.send(dns.message.make_query(
                        *question, want_dnssec=True).to_wire())
                    sock.recv(4096)
                self.verdicts += 1
            except OSError:
                pass  # lost at a reload


def reload_under_load(servers, reloads, modules=None):
    with measure.running(modules=modules, server=[
            "num-threads: 2",
            f'trust-anchor: "{servers.signed.anchor()}"']) as unbound:
        # Threads and descriptors have their number after some rounds.
        reload_often(unbound, 10)
        before = sizes(unbound)
        clients = (DnsClients if modules else Clients)(unbound)
        flood = start_queries(unbound)
        reload_often(unbound, WARM_RELOADS)
        memory = measure.resident_octets(unbound.process.pid)
        reload_often(unbound, reloads)
        grown = measure.resident_octets(unbound.process.pid) - memory
        lost = lost_of(flood)
        clients.end()
        unbound.reload()
        time.sleep(1)
        after = sizes(unbound)
        return {"lost": lost,
                "grown": grown,
                "threads": after[0] - before[0],
                "descriptors": after[1] - before[1],
                "wrong": clients.wrong,
                "verdicts": clients.verdicts}


def sizes(unbound):
    """Threads and descriptors, with the resolver at work."""
    unbound.resolves("ok.example")
    return unbound.count_threads(), unbound.count_descriptors()


def reload_often(unbound, times):
    for _ in range(times):
        time.sleep(INTERVAL)
        unbound.reload()


def start_queries(unbound):
    names = unbound.folder / "names"
    names.write_text("".join(f"q{number}.made.unsigned A\n"
                             for number in range(NAMES)))
    return subprocess.Popen(
        ["dnsperf", "-s", resolver.ADDRESS, "-d", str(names), "-Q",
         str(QUERIES_PER_SECOND), "-l", str(LONGEST), "-t", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def lost_of(flood):
    """Percent of the queries; dnsperf sums up when it is ended by SIGINT."""
    flood.send_signal(signal.SIGINT)
    output, _ = flood.communicate()
    return float(re.search(r"Queries lost: +\d+ \(([\d.]+)%\)",
                           output).group(1))
