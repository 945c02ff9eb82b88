"""The domains to which messages are delivered: deliveries.scenario."""

import pathlib

import chains
import receivers
from senders import Arrival

_RIGHT = Arrival("right", tls=True)

# Of each scenario the arrivals that break no promise of RFC 7672. Where MX
# records could be forged, TLSA records of their hosts promise nothing (2.2.1).
SCENARIOS = {
    "matching": {_RIGHT},
    "mismatching": set(),
    "stripped": set(),
    "tlsa-bogus": set(),
    "mx-bogus": set(),
    "null-mx": set(),
    "mixed": {_RIGHT},
    "mixed-bogus": {_RIGHT},
    "partly": {_RIGHT},
    "forged": {_RIGHT},
    "rollover": {_RIGHT},
    "rollover-next": {Arrival("renewed", tls=True)},
    "unusable": {_RIGHT},
    "unusable-stripped": set(),
    "insecure": {Arrival("clear", tls=False)},
    "insecure-mx-dane": {_RIGHT},
    "insecure-mx-mismatching": {Arrival("attacker", tls=True)},
    "insecure-mx-stripped": {Arrival("clear", tls=False)},
}
_ZONES = pathlib.Path(__file__).resolve().with_suffix(".scenario")


def domain(scenario):
    top = "unsigned" if scenario.startswith("insecure") else "example"
    return f"{scenario}.{top}"


def write_world(folder):
    """Leaves zones, and the keys and certificates of the servers, in the folder."""
    names = [f"{label}.{domain(scenario)}" for scenario in SCENARIOS
             for label in ("mx", "mx1", "mx2")]
    identities = {server: chains.issue(server, names=names)
                  for server in receivers.CERTIFIED}
    anchor = chains.issue("Anchor", authority=True)
    authority = chains.issue("Authority of the forger", authority=True)
    identities["forger"] = chains.issue("forger", authority,
                                        names=["mx.forged-anchor.example"])
    for server, identity in identities.items():
        above = [authority, anchor] if server == "forger" else []
        (folder / f"{server}.pem").write_text(
            identity.key_pem() + chains.pem([identity, *above]))
    (folder / "shared.zones").write_text(
        "zone . signed ecdsa nsec\nzone example. signed ecdsa nsec\n")
    (folder / "deliveries.scenario").write_text(_ZONES.read_text().format(
        current=chains.tlsa(identities["right"], 3, 1, 1),
        next=chains.tlsa(identities["renewed"], 3, 1, 1),
        anchor=chains.tlsa(anchor, 2, 0, 1), **receivers.SERVERS))
