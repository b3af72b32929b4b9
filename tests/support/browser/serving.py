"""An app behind a real port, for a browser to ask."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.kit.http.server import server_of
from services.kit.process.settings import LOOPBACK


@asynccontextmanager
async def serving(http: FastAPI, *, port: int = 0) -> AsyncIterator[str]:
    """Serve an app in this loop, as a service is served; yields its address, of a free port."""
    with socket.create_server((LOOPBACK, port)) as listening:
        server = server_of(http, host=LOOPBACK, port=0)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
