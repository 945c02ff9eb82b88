"""Says what a mail server must do for domains: first.py SOCKET DOMAIN…"""

import sys

import danebound

with danebound.Client(sys.argv[1]) as client:
    for domain in sys.argv[2:]:
        try:
            verdict = client.lookup(domain, timeout=10)
        except danebound.NoVerdict as error:
            print(f"{domain}: defer, {type(error).__name__}")
            continue
        print(f"{domain}: {verdict.disposition.value} {verdict.dsn}".strip())
        for host in verdict:
            promised = [record.text for record in host.tlsa if record.counts]
            print(" ", host.name, host.duty.value, *promised)
        for host in verdict.hosts:
            if host.duty is danebound.Duty.SKIP:
                print(" ", host.name, "skip:", host.reasons[0].identifier)
