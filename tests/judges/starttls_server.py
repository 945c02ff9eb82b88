"""An SMTP server that shows another chain at each of its addresses.

It takes mail over TLS only, and throws it away.
"""

import asyncio
import ssl
import tempfile
import threading

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dh

_OAKLEY_2 = int("""
    FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74
    020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437
    4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED
    EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF
    """.translate({10: None, 32: None}), 16)


class StarttlsServer:
    """Serves port 25 of the addresses in a thread, until it is stopped.

    chains: address to the files with the chain and its key, and whether it has
    DH of 1,024 bits and nothing else.
    """

    def __init__(self, chains):
        self._contexts = {address: _context(*files)
                          for address, files in chains.items()}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever,
                                        daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _listen(self):
        await asyncio.start_server(self._converse, list(self._contexts), 25)

    async def _converse(self, reader, writer):
        try:
            await self._answer_until_quit(reader, writer)
        except (OSError, ssl.SSLError):
            pass  # the client has seen enough
        finally:
            writer.close()

    async def _answer_until_quit(self, reader, writer):
        address = writer.get_extra_info("sockname")[0]
        writer.write(b"220 test ESMTP\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"EHLO":
                writer.write(b"250-test\r\n250 STARTTLS\r\n")
            elif word == b"STARTTLS":
                writer.write(b"220 go ahead\r\n")
                await writer.start_tls(self._contexts[address])
            elif word == b"DATA":
                writer.write(b"354 go ahead\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 thrown away\r\n")
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                await writer.drain()
                return
            elif writer.get_extra_info("ssl_object"):
                writer.write(b"250 ok\r\n")
            else:
                writer.write(b"530 STARTTLS first\r\n")


def _context(chain_file, key_file, short_dh=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Clients decide which keys are too short, not this server.
    context.set_ciphers("DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0" if short_dh
                        else "DEFAULT:@SECLEVEL=0")
    if short_dh:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.NamedTemporaryFile() as file:
            file.write(_oakley_group_2())
            file.flush()
            context.load_dh_params(file.name)
    context.load_cert_chain(chain_file, key_file)
    return context


def _oakley_group_2():
    """DH parameters of 1,024 bits, in PEM. RFC 2409 6.2."""
    return dh.DHParameterNumbers(_OAKLEY_2, 2).parameters().parameter_bytes(
        serialization.Encoding.PEM, serialization.ParameterFormat.PKCS3)
