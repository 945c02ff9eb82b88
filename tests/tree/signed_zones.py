"""From scenario zones to signed zone files, sound or really broken.

    zone --> zone file with delegations --> ldns-signzone --> damage --> file

Signatures that must be sound come from ldns-signzone. What is broken is made so
afterwards, with real signatures by the wrong key or at the wrong time.
"""

import concurrent.futures
import dataclasses
import re
import subprocess
import time

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.zone

import programs

TTL = 3600
NEGATIVE_TTL = 900
DAY = 86400
UNSUPPORTED_ALGORITHM = 123  # reserved, RFC 6014
UNSUPPORTED_DIGEST = 200     # unassigned


class ZoneFailure(Exception):
    """A zone could not be made; the text names it."""


@dataclasses.dataclass
class PlacedZone:
    """A zone, who serves it, and what lies below it."""
    zone: object
    depth: int      # how many zones lie above
    address: str    # of its name server
    children: list = dataclasses.field(default_factory=list)

    @property
    def name(self):
        return self.zone.name

    def server_name(self):
        return dns.name.from_text("dns", self.zone.name)


def validity(signing, now, end=0):
    """Inception and expiration of signatures.

    end is in seconds from now, for those that are valid; 0 stands for a month.
    """
    if signing == "expired":
        return int(now - 40 * DAY), int(now - 10 * DAY)
    if signing == "future":
        return int(now + 10 * DAY), int(now + 40 * DAY)
    return int(now - DAY), int(now + (end or 30 * DAY))


def published_dnskey(zone, keyring):
    """The DNSKEY as the zone publishes it."""
    dnskey = keyring.key(zone).dnskey
    if zone.signing == "unsupported-algorithm":
        return dnskey.replace(algorithm=UNSUPPORTED_ALGORITHM)
    return dnskey


def ds_text(zone, keyring):
    """RDATA of the DS record for a zone."""
    dnskey = published_dnskey(zone, keyring)
    if zone.signing == "wrong-ds":
        dnskey = keyring.false_key(zone).dnskey
    ds = dns.dnssec.make_ds(zone.name, dnskey, "SHA256")
    text = ds.to_text()
    if zone.signing == "unsupported-digest":
        text = re.sub(r"^(\d+ \d+) \d+", rf"\1 {UNSUPPORTED_DIGEST}", text)
    return text


def _unsigned_text(placed, keyring):
    zone = placed.zone
    lines = [
        f"$ORIGIN {zone.name}",
        f"$TTL {TTL}",
        f"@ SOA {placed.server_name()} hostmaster 1 3600 900 1209600 "
        f"{NEGATIVE_TTL}",
        f"@ NS {placed.server_name()}",
        f"{placed.server_name()} A {placed.address}"]
    lines += [" ".join(map(str, record)) for record in zone.records]
    for child in placed.children:
        lines += _delegation(child, keyring)
    if zone.has_keys():
        lines.append(f"@ DNSKEY {keyring.key(zone).dnskey.to_text()}")
    return "\n".join(lines) + "\n"


def _delegation(child, keyring):
    lines = [f"{child.name} NS {child.server_name()}",
             f"{child.server_name()} A {child.address}"]
    if child.zone.has_ds():
        lines.append(f"{child.name} DS {ds_text(child.zone, keyring)}")
    return lines


def _sign(zone, source, target, keyring, now):
    inception, expiration = validity(zone.signing, now, zone.signatures_end)
    command = [programs.find("ldns-signzone"), "-o", str(zone.name),
               "-f", str(target), "-i", str(inception), "-e", str(expiration)]
    if zone.denial in ("nsec3", "optout"):
        command += ["-n", "-t", str(zone.iterations)]
    if zone.denial == "optout":
        command.append("-p")
    command += [str(source), str(keyring.file_base(zone))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ZoneFailure(f"zone {zone.name}: ldns-signzone: "
                          f"{done.stderr.strip() or done.stdout.strip()}")


def _damage(zone, path, keyring, now):
    if zone.signing == "missing-rrsig":
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(
            line for line in lines if "\tRRSIG\t" not in line))
    elif zone.signing == "wrong-key":
        _sign_with_false_key(zone, path, keyring, now)
    elif zone.signing == "unsupported-algorithm":
        text = path.read_text()
        text = re.sub(r"(\tRRSIG\t\w+) \d+ ",
                      rf"\1 {UNSUPPORTED_ALGORITHM} ", text)
        text = re.sub(r"(\tDNSKEY\t\d+ 3) \d+ ",
                      rf"\1 {UNSUPPORTED_ALGORITHM} ", text)
        path.write_text(text)


def _sign_with_false_key(zone, path, keyring, now):
    """Replaces all signatures but that of the DNSKEY RRset."""
    content = dns.zone.from_file(str(path), zone.name, relativize=False)
    inception, expiration = validity(zone.signing, now)
    for name, node in content.items():
        for rdataset in list(node):
            if rdataset.rdtype in (dns.rdatatype.RRSIG,
                                   dns.rdatatype.DNSKEY):
                continue
            old = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.RRSIG,
                                    rdataset.rdtype)
            if old is None:
                continue
            false = dns.dnssec.sign(
                (name, rdataset), keyring.false_key(zone).private, zone.name,
                keyring.key(zone).dnskey, inception=inception,
                expiration=expiration)
            node.replace_rdataset(
                dns.rdataset.from_rdata(old.ttl, false))
    content.to_file(str(path), relativize=False)


def _write(placed, number, folder, keyring, now):
    plain = folder / f"{number}.plain"
    path = folder / f"{number}.zone"
    plain.write_text(_unsigned_text(placed, keyring))
    if not placed.zone.has_keys():
        plain.rename(path)
        return path
    _sign(placed.zone, plain, path, keyring, now)
    _damage(placed.zone, path, keyring, now)
    return path


def write_zones(placed_zones, folder, keyring):
    """Writes one zone file each, and returns their paths in order."""
    folder.mkdir(exist_ok=True)
    now = time.time()
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(
            lambda pair: _write(pair[1], pair[0], folder, keyring, now),
            enumerate(placed_zones)))
