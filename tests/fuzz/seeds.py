#!/usr/bin/python3
"""Makes the binary seeds below seeds/ again, or with --check says which differ.

Those of the settings, and the texts, are written by hand: files whose names end
in .txt or .conf are left alone."""

import hashlib
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROTOCOL = HERE.parents[1] / "docs" / "protocol.md"
HEADER_SIZE = 8

A, CNAME, SOA, MX, DNAME, RRSIG, NSEC, TLSA = 1, 5, 6, 15, 39, 46, 47, 52
NOW = 1700000000


def frames():
    """The examples of docs/protocol.md by name: octets of whole frames."""
    examples = {}
    pattern = r"^### Example: (.*?)\n.*?^```octets\n(.*?)^```"
    for name, lines in re.findall(pattern, PROTOCOL.read_text(encoding="utf-8"),
                                  re.MULTILINE | re.DOTALL):
        octets = "".join(line.split("|")[0] for line in lines.splitlines())
        examples[name.replace(" ", "-")] = bytes.fromhex(octets)
    return examples


def name(text):
    labels = [label for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in labels) + b"\0"


def mx(preference, exchange):
    return struct.pack(">H", preference) + name(exchange)


def strings(*parts):
    """As octets.h reads them."""
    return b"".join(struct.pack(">H", len(part)) + part for part in parts)


# ---- DNS messages: RFC 1035 4.1 ----------------------------------------------

TO_QUESTION = b"\xc0\x0c"


def record(owner, rrtype, rdata, ttl=300):
    return owner + struct.pack(">HHIH", rrtype, 1, ttl, len(rdata)) + rdata


def signature(covered):
    return record(TO_QUESTION, RRSIG, struct.pack(
        ">HBBIIIH", covered, 13, 2, 300, NOW + 600, NOW - 600, 7) +
        name("example") + b"signature")


def packet(rrtype, answer=(), authority=(), flags=0x8180):
    counts = struct.pack(">HHHH", 1, len(answer), len(authority), 0)
    question = name("mx.example") + struct.pack(">HH", rrtype, 1)
    return (struct.pack(">HH", 7, flags) + counts + question +
            b"".join(answer) + b"".join(authority))


def soa():
    return record(name("example"), SOA, name("ns.example") + name("h.example") +
                  struct.pack(">IIIII", 1, 3600, 900, 604800, 60))


INSECURE, BOGUS, SECURE = b"\0", b"\1", b"\2"
PACKETS = {
    "secure-mx": SECURE + packet(MX, [
        record(TO_QUESTION, MX, mx(10, "mx.example")), signature(MX)]),
    "tlsa-behind-alias": SECURE + packet(TLSA, [
        record(TO_QUESTION, CNAME, name("b.example")), signature(CNAME),
        record(name("b.example"), TLSA, b"\3\1\1" + b"x" * 32)]),
    "alias-of-dname": SECURE + packet(A, [
        record(name("example"), DNAME, name("test")),
        record(TO_QUESTION, CNAME, name("mx.test")),
        record(name("mx.test"), A, b"\xc0\0\2\1")]),
    "cname-of-dname": BOGUS + packet(CNAME, [
        record(name("example"), DNAME, name("test")),
        record(TO_QUESTION, CNAME, name("mx.test"))]),
    "nodata": SECURE + packet(A, authority=[
        soa(), record(TO_QUESTION, NSEC, name("a.example") + b"\0\1\x40")]),
    "nxdomain": INSECURE + packet(MX, authority=[soa()], flags=0x8183),
    "servfail": INSECURE + packet(MX, flags=0x8182),
    "truncated": INSECURE + packet(MX, flags=0x8380),
    "loop": INSECURE + packet(A, [record(TO_QUESTION, CNAME, TO_QUESTION)]),
}

# As long as a name may be, and an octet longer. RFC 1035 3.1.
WIRE_NAMES = {
    "longest-wire": name(".".join(["l" * 63] * 3 + ["l" * 61])),
    "too-long-wire": name(".".join(["l" * 63] * 3 + ["l" * 62])),
}

# ---- RRsets ------------------------------------------------------------------


def der(tag, content):
    return bytes([tag, len(content)]) + content


KEY = der(0x30, der(0x30, b"\x06\x01\x2a") + der(0x03, b"public"))
CERTIFICATE = der(0x30, der(0x30, b"\2\1\7") + der(0x30, b"\x06\x01\x2a") +
                  der(0x03, b"sig"))
SHA256, SHA512 = b"a" * 32, b"b" * 64
TLSA_SETS = {
    "recommended": b"\0" + strings(b"\3\1\1" + SHA256, b"\2\0\1" + SHA256),
    "agility": b"\0" + strings(b"\3\1\1" + SHA256, b"\3\1\2" + SHA512,
                               b"\3\1\2" + SHA256, b"\3\1\0" + KEY),
    "other-order": b"\1" + strings(b"\3\1\1" + SHA256, b"\3\1\2" + SHA512),
    "full": b"\0" + strings(b"\2\0\0" + CERTIFICATE, b"\3\1\0" + KEY,
                            b"\3\0\0" + KEY, b"\3\1\0" + KEY[:-1]),
    "long-der": b"\0" + strings(
        b"\3\1\0\x30\x82\1\0" + der(0x30, b"\x06\x01\x2a") +
        b"\x03\x81\xf8" + b"k" * 248),
    "unusable": b"\0" + strings(b"", b"\3", b"\3\1", b"\3\1\1",
                                b"\0\1\1" + SHA256, b"\1\0\2" + SHA512,
                                b"\4\1\1" + SHA256, b"\3\2\1" + SHA256,
                                b"\3\1\3" + SHA256, b"\3\1\1x"),
}
MX_SETS = {
    "one": strings(mx(10, "mx.example")),
    "order": strings(mx(20, "b.example"), mx(10, "c.example"),
                     mx(10, "a.example"), mx(5, "b.example")),
    "null": strings(mx(0, "")),
    "address": strings(mx(0, "192.0.2.1"), mx(1, "1")),
    "long": strings(mx(65535, ".".join(["l" * 63] * 3 + ["l" * 61]))),
    "broken": strings(mx(10, "mx.example")[:-1], b"\0", b"\0\x0a\xc0\x0c"),
}


def dice():
    """Numbers that worlds and messages are drawn from: tests/oracle/dice.h."""
    made = {f"{number:02}": struct.pack(">I", number) for number in range(24)}
    for number in range(8):
        blocks = (hashlib.sha512(bytes([number, block])).digest()
                  for block in range(8))
        made[f"long-{number}"] = b"".join(blocks)
    return made


def seeds():
    found = {}
    for example, octets in frames().items():
        found[f"take_frame/{example}"] = octets
        found[f"parse_message/{example}"] = octets[5:6] + octets[HEADER_SIZE:]
    # Choices, then the facts of a reply: after the flag and the age.
    facts = frames()["lookup-reply"][HEADER_SIZE + 5:]
    for choices in range(32):
        found[f"facts_view/choices-{choices:02}"] = bytes([choices]) + facts
    found["take_frame/all"] = b"".join(frames().values())
    found["take_frame/too-long"] = b"\xff\xff\xff\xff\1\1\0\1"
    for folder, contents in (("answer", PACKETS), ("tlsa_rdata", TLSA_SETS),
                             ("mx_rdata", MX_SETS), ("rules", dice()),
                             ("name_text", WIRE_NAMES),
                             ("resolver_message", dice())):
        for seed, octets in contents.items():
            found[f"{folder}/{seed}"] = octets
    return found


def is_by_hand(path):
    return path.suffix in (".txt", ".conf")


def check():
    wrong = []
    made = seeds()
    for path, octets in made.items():
        file = HERE / "seeds" / path
        if not file.exists() or file.read_bytes() != octets:
            wrong.append(path)
    for file in (HERE / "seeds").glob("*/*"):
        if not is_by_hand(file) and file.relative_to(
                HERE / "seeds").as_posix() not in made:
            wrong.append(file.name)
    if wrong:
        sys.exit("not what seeds.py makes; run it: " + " ".join(wrong))


def main():
    if sys.argv[1:] == ["--check"]:
        check()
        return
    for path, octets in seeds().items():
        file = HERE / "seeds" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(octets)


if __name__ == "__main__":
    main()
