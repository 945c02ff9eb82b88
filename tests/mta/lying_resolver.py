"""A resolver that validates nothing, and lies: only inside the tree."""

import pathlib
import sys

import receivers

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "module"))
ADDRESS = "127.53.1.6"

# Domains whose MX records it makes up: the host named is an attacker's.
FORGED = ("forged.example.", "null-mx.example.")
_HOST = "mx.attacker.unsigned."


def start():
    """Starts it at ADDRESS. Stop what is returned."""
    import resolver
    lies = [f'local-data: "{_HOST} A {receivers.SERVERS["attacker"]}"']
    for domain in FORGED:
        lies += [f"local-zone: {domain} typetransparent",
                 f'local-data: "{domain} MX 5 {_HOST}"']
    return resolver.Resolver(server=[f"interface: {ADDRESS}", *lies],
                             modules="iterator")
