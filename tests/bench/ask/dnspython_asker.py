"""The seven questions one after the other by dnspython.

    dnspython_asker.py ADDRESS DOMAIN COUNT    prints what bench_ask prints
"""

import sys
import time

import dns.flags
import dns.message
import dns.query


def ask(address, name, kind):
    query = dns.message.make_query(name, kind)
    query.flags |= dns.flags.AD
    answer = dns.query.udp(query, address, timeout=10)
    if not answer.flags & dns.flags.AD:
        sys.exit(f"not validated: {name} {kind}")
    return answer.answer[0]


def ask_all(address, domain):
    for record in ask(address, domain, "MX"):
        host = record.exchange.to_text()
        for name, kind in ((host, "A"), (host, "AAAA"),
                           ("_25._tcp." + host, "TLSA")):
            ask(address, name, kind)


def main(address, domain, count):
    for _ in range(20):
        ask_all(address, domain)
    waits = []
    for _ in range(count):
        start = time.perf_counter()
        ask_all(address, domain)
        waits.append(1e6 * (time.perf_counter() - start))
    waits.sort()
    print("p50", waits[len(waits) // 2])
    print("p99", waits[len(waits) * 99 // 100])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
