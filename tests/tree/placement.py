"""Which address serves which zone.

    127.53.0.1      the root             127.53.1.1      the started Unbound
    127.53.0.2      zones one below it   127.53.2.1 …    faulty zones, one each
    127.53.0.3 …    and so on

There is a name server for each depth of the tree, so that every delegation is a
referral, as on the Internet: a server with both parent and child would answer
for the child at once, past the child's fault server.
"""

import dns.rdatatype

from fault_server import FaultyZone
from signed_zones import PlacedZone

DNS_ADDRESS = "127.53.1.1"
_FAULTY_PER_SUBNET = 250


def server_address(depth):
    return f"127.53.0.{depth + 1}"


def _faulty_address(number):
    return (f"127.53.{2 + number // _FAULTY_PER_SUBNET}."
            f"{1 + number % _FAULTY_PER_SUBNET}")


def place(shared, scenarios):
    """Returns the placed zones and those that go through the fault server."""
    zones = shared + [zone for each in scenarios for zone in each.zones]
    faults = {key: fault for each in scenarios
              for key, fault in each.faults.items()}
    watched = {key for each in scenarios for key in each.watched}
    by_name = {zone.name: zone for zone in zones}
    placed = {}
    faulty = []
    for zone in sorted(zones, key=lambda each: len(each.name)):
        parent = _zone_above(zone.name, by_name)
        depth = placed[parent].depth + 1 if parent is not None else 0
        address = server_address(depth)
        own_faults = {key: fault for key, fault in faults.items()
                      if _zone_of_rrset(key, by_name) == zone.name}
        if (own_faults or zone.replaced or zone.delay
                or any(_zone_of_rrset(key, by_name) == zone.name
                       for key in watched)):
            address = _faulty_address(len(faulty))
            faulty.append(FaultyZone(zone, address, server_address(depth),
                                     own_faults))
        placed[zone.name] = PlacedZone(zone, depth, address)
        if parent is not None:
            placed[parent].children.append(placed[zone.name])
    return list(placed.values()), faulty


def _zone_of_rrset(key, by_name):
    name, rdtype = key
    if rdtype == dns.rdatatype.DS:  # the parent's
        return _zone_above(name, by_name)
    return _zone_of(name, by_name)


def _zone_of(name, by_name):
    while name not in by_name:
        name = name.parent()
    return name


def _zone_above(name, by_name):
    return None if len(name) == 1 else _zone_of(name.parent(), by_name)
