"""A server that speaks TLS as PostgreSQL does, in front of one that was built without it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_REQUEST_BYTES = 8
_PIECE = 64 * 1024
HOST = "127.0.0.1"


@asynccontextmanager
async def tls_front(certificate: Path, key: Path, *, behind: tuple[str, int]) -> AsyncIterator[int]:
    """Yield the port of a server that asks for TLS and hands what it hears to another one."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    pumping: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(_REQUEST_BYTES)  # the client's wish for TLS
        writer.write(b"S")
        await writer.drain()
        try:
            await writer.start_tls(context)
        except (ssl.SSLError, OSError):
            writer.close()
            return
        theirs, ours = await asyncio.open_connection(*behind)
        for source, target in ((reader, ours), (theirs, writer)):
            task = asyncio.create_task(_pump(source, target))
            pumping.add(task)
            task.add_done_callback(pumping.discard)

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in [*pumping]:
            task.cancel()
        await asyncio.gather(*pumping, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(_PIECE):
            target.write(piece)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()
