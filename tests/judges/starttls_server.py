"""An SMTP server that shows another chain at each of its addresses.

It takes mail over TLS only, and throws it away.
"""

import asyncio
import ssl
import threading


class StarttlsServer:
    """Serves port 25 of the addresses in a thread, until it is stopped.

    chains: address to the files with the chain and its key.
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


def _context(chain_file, key_file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain_file, key_file)
    return context
