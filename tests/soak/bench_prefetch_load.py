"""Others' cached answers beside 60 MX questions a second, with and without
prefetch: 16 hosts each, in signed zones of their own.
"""

import socket
import time

import dns.message

import measure
import resolver

RATE = 60
SECONDS = 10


def run(table, servers, share):
    domains = [f"d{number}.signed.made.unsigned"
               for number in range(int(RATE * max(2, SECONDS * share)))]
    make_answers(servers, domains)
    off = loaded(servers, domains, "prefetch = false")
    on = loaded(servers, domains, "prefetch = true")
    table.add("cached answers p99, prefetch off (idle: no load)",
              measure.milliseconds(off["idle"]),
              measure.milliseconds(off["p99"]), "-", True, "ms")
    allowed = max(1.1 * off["p99"], measure.UNFELT_SECONDS)
    table.add("cached answers p99, prefetch on (idle: off)",
              measure.milliseconds(off["p99"]), measure.milliseconds(on["p99"]),
              "<= 1.1x or 1 ms", on["p99"] <= allowed, "ms")
    table.add("CPU of Unbound, on (idle: off)", off["cpu"], on["cpu"],
              "<= 1.5x", on["cpu"] <= 1.5 * off["cpu"], "%")
    table.add("upstream queries, on (idle: off)", off["upstream"],
              on["upstream"], "-", True)


def start(servers, setting):
    return measure.running(settings=[setting], server=[
        f'trust-anchor: "{servers.signed.anchor()}"'])


def make_answers(servers, domains):
    """Has the name servers sign all that will be asked, so that they are not
    what is measured."""
    with start(servers, "prefetch = false") as unbound:
        for domain in domains:
            unbound.lookup(domain)


def ask_for_mx(domains):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((resolver.ADDRESS, 53))
        due = time.monotonic()
        for domain in domains:
            sock.send(dns.message.make_query(domain, "MX").to_wire())
            due += 1 / RATE
            time.sleep(max(0, due - time.monotonic()))


def loaded(servers, domains, setting):
    seconds = len(domains) / RATE
    with start(servers, setting) as unbound:
        unbound.lookup("ok.example")
        unbound.query("ok.example", "MX")
        idle = measure.p99(measure.cached_answers("ok.example", "MX", 3))
        before = len(servers.queries())
        cpu = measure.cpu_seconds(unbound.process.pid)
        with measure.beside(ask_for_mx, domains):
            p99 = measure.p99(measure.cached_answers("ok.example", "MX",
                                                     seconds))
        return {"idle": idle, "p99": p99,
                "cpu": 100 * (measure.cpu_seconds(unbound.process.pid) - cpu)
                       / seconds,
                "upstream": len(servers.queries()) - before}
