"""A name server that gets things wrong on purpose.

It stands before the real name servers, at one address of its own for each zone:

    resolver --> fault server --> NSD
             <-- fault ---------- answer

A fault of the transport hits the question NAME TYPE. A fault of the data hits
the RRset NAME TYPE in every answer, and where there is no such RRset, the proof
of its absence in the answer to that question. TLSA records that no tool will
carry take the place of their stand-in, and are signed here.
"""

import asyncio
import dataclasses
import socket
import struct
import threading
import time

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

import signed_zones

PORT = 53
UPSTREAM_TIMEOUT = 5.0  # seconds
RCODES = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED,
          "notimp": dns.rcode.NOTIMP, "formerr": dns.rcode.FORMERR}
CLASS_IN = dns.rdataclass.IN


@dataclasses.dataclass
class FaultyZone:
    """A zone, the faults in it, and where its true answers come from."""
    zone: object
    address: str
    upstream: str
    faults: dict  # (name, type) to Fault

    def refuses_tcp(self):
        return any(fault.word == "truncate-then-refuse"
                   for fault in self.faults.values())


class FaultServer:
    """Serves faulty zones from a thread of its own."""

    def __init__(self, zones, keyring, query_log):
        self._zones = zones
        self._keyring = keyring
        self._query_log = query_log
        self._loop = asyncio.new_event_loop()
        self._servers = []
        self._tasks = set()
        self._thread = threading.Thread(target=self._loop.run_forever,
                                        daemon=True)

    def start(self):
        """Listens on every zone's address; raises OSError if it can't."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _listen(self):
        for zone in self._zones:
            place = (zone.address, PORT)
            await self._loop.create_datagram_endpoint(
                lambda zone=zone: _Datagrams(self, zone), local_addr=place)
            if zone.refuses_tcp():
                continue
            self._servers.append(await asyncio.start_server(
                lambda reader, writer, zone=zone:
                self._serve_stream(zone, reader, writer), *place))

    async def _serve_stream(self, zone, reader, writer):
        try:
            while True:
                length, = struct.unpack("!H", await reader.readexactly(2))
                query = await reader.readexactly(length)
                reply = await self._answer(zone, query, "tcp")
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def on_datagram(self, zone, query, sender, transport):
        async def serve():
            reply = await self._answer(zone, query, "udp")
            if reply is not None:
                transport.sendto(reply, sender)
        task = self._loop.create_task(serve())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, zone, wire, protocol):
        """The reply to one query, or None for silence."""
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        self._query_log.write(
            f"{zone.zone.name} {protocol} {question.name} "
            f"{dns.rdatatype.to_text(question.rdtype)}\n")
        self._query_log.flush()
        if zone.zone.delay:
            await asyncio.sleep(zone.zone.delay)
        fault = zone.faults.get((question.name, question.rdtype))
        word = fault.word if fault else ""
        if word == "drop":
            return None
        if word in RCODES:
            return _refusal(query, RCODES[word])
        if word == "garbage":
            return _garbage(query)
        if protocol == "udp" and word in ("truncate", "truncate-then-refuse"):
            return _truncated(query)
        if word == "delay":
            await asyncio.sleep(fault.delay)
        if word in ("forged-nodata", "forged-nxdomain"):
            return self._forged(zone, query, word)
        reply = await _forward(wire, zone.upstream, protocol)
        if word == "nxdomain" and reply is not None:
            return _as_nxdomain(reply)
        return self._changed(zone, query, reply, protocol)

    def _forged(self, zone, query, word):
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        if word == "forged-nxdomain":
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.authority.append(dns.rrset.from_text(
            zone.zone.name, signed_zones.NEGATIVE_TTL, "IN", "SOA",
            f"{zone.zone.name} {zone.zone.name} 1 3600 900 1209600 "
            f"{signed_zones.NEGATIVE_TTL}"))
        return reply.to_wire()

    def _changed(self, zone, query, wire, protocol):
        """The true answer with the faults of the zone's data put in."""
        if wire is None or not self._needs_change(zone):
            return wire
        reply = dns.message.from_wire(wire)
        changed = False
        subject = _subject(query, reply)
        for section in (reply.answer, reply.authority):
            for rrset in list(section):
                if rrset.rdtype != dns.rdatatype.RRSIG:
                    changed |= self._change(zone, subject, section, rrset)
        if not changed:
            return wire
        return _fitted(query, reply, protocol)

    def _needs_change(self, zone):
        return zone.zone.replaced or any(
            fault.word in DAMAGES for fault in zone.faults.values())

    def _change(self, zone, subject, section, rrset):
        changed = False
        if (rrset.rdtype == dns.rdatatype.TLSA
                and rrset.name in zone.zone.replaced):
            rdatas = zone.zone.replaced[rrset.name]
            _replace_data(rrset, rdatas)
            self._sign(zone, section, rrset, "")
            changed = True
        fault = zone.faults.get((rrset.name, rrset.rdtype))
        if fault is None and rrset.rdtype in PROOF_TYPES:
            fault = zone.faults.get(subject)
        if fault is not None and fault.word in DAMAGES:
            self._sign(zone, section, rrset, fault.word)
            changed = True
        return changed

    def _sign(self, zone, section, rrset, damage):
        """Replaces the signatures of an RRset; `damage` is what is wrong."""
        if not zone.zone.has_keys():
            return
        section[:] = [
            each for each in section
            if not (each.rdtype == dns.rdatatype.RRSIG
                    and each.name == rrset.name
                    and each.covers == rrset.rdtype)]
        if damage == "stripped":
            return
        key = self._keyring.key(zone.zone)
        private = key.private
        if damage == "wrong-key":
            private = self._keyring.false_key(zone.zone).private
        inception, expiration = signed_zones.validity(
            damage or zone.zone.signing, time.time())
        signature = dns.dnssec.sign(
            rrset, private, zone.zone.name, key.dnskey, inception=inception,
            expiration=expiration)
        if damage == "wrong-labels":
            signature = signature.replace(labels=signature.labels + 1)
        section.append(dns.rrset.from_rdata(rrset.name, rrset.ttl, signature))


DAMAGES = ("expired", "future", "wrong-key", "wrong-labels", "stripped")
PROOF_TYPES = (dns.rdatatype.SOA, dns.rdatatype.NSEC, dns.rdatatype.NSEC3)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server, zone):
        self._server = server
        self._zone = zone
        self._transport = None

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, addr):
        self._server.on_datagram(self._zone, data, addr, self._transport)


def _refusal(query, rcode):
    reply = dns.message.make_response(query)
    reply.set_rcode(rcode)
    return reply.to_wire()


def _truncated(query):
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.TC | dns.flags.AA
    return reply.to_wire()


def _as_nxdomain(wire):
    reply = dns.message.from_wire(wire)
    reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


def _garbage(query):
    """A header that promises five records, and two octets of them."""
    return struct.pack("!HHHHHH", query.id, 0x8400, 1, 5, 0, 0) + b"\xff\xff"


def _subject(query, reply):
    """Name and type of what a proof of absence in the reply is about."""
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.NS and not reply.answer:
            return (rrset.name, dns.rdatatype.DS)  # a referral
    return (query.question[0].name, query.question[0].rdtype)


def _replace_data(rrset, rdatas):
    stand_in = bytes(32)
    carried = [rdata for rdata in rrset if rdata.cert != stand_in]
    rrset.clear()
    for rdata in carried:
        rrset.add(rdata)
    for octets in rdatas:
        # As unknown data (RFC 3597): the type's own class refuses it.
        rrset.add(dns.rdata.GenericRdata(CLASS_IN, rrset.rdtype, octets))


def _fitted(query, reply, protocol):
    if protocol == "tcp":
        return reply.to_wire(max_size=65535)
    room = max(query.payload, 512)
    try:
        return reply.to_wire(max_size=room)
    except dns.exception.TooBig:
        return _truncated(query)


async def _forward(wire, upstream, protocol):
    """The answer of the real name server, or None if there is none."""
    try:
        exchange = _forward_tcp if protocol == "tcp" else _forward_udp
        return await asyncio.wait_for(exchange(wire, upstream),
                                      UPSTREAM_TIMEOUT)
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, OSError):
        return None


async def _forward_udp(wire, upstream):
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((upstream, PORT))
        await loop.sock_sendall(sock, wire)
        return await loop.sock_recv(sock, 65535)


async def _forward_tcp(wire, upstream):
    reader, writer = await asyncio.open_connection(upstream, PORT)
    try:
        writer.write(struct.pack("!H", len(wire)) + wire)
        await writer.drain()
        length, = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)
    finally:
        writer.close()
