"""1,000 reloads under 5,000 queries a second and 64 clients of the socket, with
names that are not cached, beside the same without the module (FAULTS: reload).
"""

import re
import signal
import subprocess
import threading
import time

import measure
import resolver
import wire

RELOADS = 1000
WARM_RELOADS = 50  # under load, until memory has its size
INTERVAL = 0.2     # seconds
CLIENTS = 64
QUERIES_PER_SECOND = 5000
NAMES = 20000
LONGEST = 3600     # seconds
MIB = 1 << 20


def run(table, servers, share):
    reloads = max(20, int(RELOADS * share))
    without = reload_under_load(servers, reloads,
                                modules="validator iterator")
    loaded = reload_under_load(servers, reloads)
    table.add("queries lost (idle: without the module)", without["lost"],
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
    table.add("verdicts given", None, loaded["verdicts"], "> 0",
              loaded["verdicts"] > 0)


class Clients:
    """Threads that ask for one domain after the other until they are ended."""

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
            try:
                with self._unbound.client(wait=5) as client:
                    facts = client.lookup(f"w{number}.signed.made.unsigned")
                if (facts.kind, facts.security) != ("mx", "secure"):
                    self.wrong.append(facts.texts())
                self.verdicts += 1
            except wire.Refused as refused:
                if refused.code not in ("stopping", "no-worker"):
                    self.wrong.append(str(refused))
            except ConnectionError:
                pass  # closed by a reload
            time.sleep(0.05)


def reload_under_load(servers, reloads, modules=None):
    with measure.running(modules=modules, server=[
            "num-threads: 2",
            f'trust-anchor: "{servers.signed.anchor()}"']) as unbound:
        # Threads and descriptors have their number after some rounds.
        reload_often(unbound, 10)
        before = sizes(unbound)
        clients = Clients(unbound) if modules is None else None
        flood = start_queries(unbound)
        reload_often(unbound, WARM_RELOADS)
        memory = measure.resident_octets(unbound.process.pid)
        reload_often(unbound, reloads)
        grown = measure.resident_octets(unbound.process.pid) - memory
        lost = lost_of(flood)
        if clients:
            clients.end()
        unbound.reload()
        time.sleep(1)
        after = sizes(unbound)
        return {"lost": lost,
                "grown": grown,
                "threads": after[0] - before[0],
                "descriptors": after[1] - before[1],
                "wrong": clients.wrong if clients else [],
                "verdicts": clients.verdicts if clients else 0}


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
