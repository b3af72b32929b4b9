"""A webhook receiver that answers whatever bytes it is told to; raw, so that it may be hostile."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Answering = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """What came: the first line's target, headers in lower case, the body."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The notice in it."""
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


@dataclass(slots=True)
class Receiver:
    """Where it listens, and what it got."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)

    def url(self, path: str = "/hook", *, host: str = "127.0.0.1") -> str:
        """Return a URL of it."""
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def receiving(answer: Answering) -> AsyncIterator[Receiver]:
    """Listen on a free port while the block runs; `answer` writes what it likes."""
    found = Receiver()
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            connections.add(task)
        with suppress(OSError, EOFError, asyncio.CancelledError):
            request = await _read(reader)
            found.requests.append(request)
            await answer(request, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def saying(*answers: bytes) -> Answering:
    """Return what answers with these bytes, one request after the other, the last for the rest."""
    left = [*answers]

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return answer


def head(status: str, *headers: str) -> bytes:
    """Return the head of an answer without a body."""
    lines = [f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "Connection: close", "", ""]
    return "\r\n".join(lines).encode()


async def _read(reader: asyncio.StreamReader) -> Request:
    text = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = text.strip().split("\r\n")
    headers = dict(re.split(r":\s*", line.lower(), maxsplit=1) for line in lines)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(first.split(" ")[1], headers, body)
