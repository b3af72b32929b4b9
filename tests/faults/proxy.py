"""A TCP proxy that breaks what it carries: cut, blackholed one way, slow, or cut at a commit."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.kit.process.settings import LOOPBACK

_CHUNK: Final = 64 * 1024
_COMMIT: Final = b"COMMIT"
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_A_WRITE: Final = 300
"""Bytes a transaction has sent before its commit when it wrote something; reads send fewer."""


class AtCommit(StrEnum):
    """What happens to a connection whose transaction commits now."""

    LOSE_IT = "the commit never arrives"
    LOSE_ANSWER = "it is committed, and nobody hears of it"


@dataclass(slots=True)
class Trap:
    """Waits once for the commit of a writing transaction, and what to do then, if more."""

    kind: AtCommit
    then: Callable[[], Awaitable[None]] | None = None
    sprung: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class _Link:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    since_commit: int = 0
    losing_answer: bool = False

    def cut(self) -> None:
        """End both halves at once, with a reset rather than a farewell."""
        for writer in (self.client, self.server):
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER
                )
            writer.transport.abort()

    async def cut_and_gone(self) -> None:
        """End both halves and wait for their sockets to be closed."""
        self.cut()
        for writer in (self.client, self.server):
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@dataclass(slots=True, kw_only=True)
class Weather:
    """What the network is like now; `delay` in seconds per piece of data."""

    refuses: bool = False
    swallows_requests: bool = False
    swallows_answers: bool = False
    delay: float = 0.0


@dataclass(slots=True)
class Proxy:
    """Listens on `port` and carries to `target`; change `weather` to break it."""

    port: int
    target: int
    weather: Weather = field(default_factory=Weather)
    trap: Trap | None = None
    _links: set[_Link] = field(default_factory=set)
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Stop listening, cut everything and wait until it is gone."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for carrying in self._carrying:
            carrying.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def cut(self) -> int:
        """Cut every connection; returns how many there were."""
        cut = len(self._links)
        for link in [*self._links]:
            link.cut()
        return cut

    def heal(self) -> None:
        """Carry again; what hung in a blackhole is cut, as its peers would have found out."""
        self.weather = Weather()
        self.trap = None
        self.cut()

    def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        carrying = asyncio.create_task(self._carry(reader, client))
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            if self.weather.refuses:
                raise ConnectionRefusedError
            back, server = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            await _Link(client, client).cut_and_gone()
            return
        link = _Link(client, server)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._ask(link, reader))
                both.create_task(self._answer(link, back))
        except* OSError:
            pass  # cut by us, or by one of the two
        finally:
            self._links.discard(link)
            await link.cut_and_gone()

    async def _ask(self, link: _Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(_CHUNK):
            await self._slowly()
            if self.weather.swallows_requests:
                continue
            if await self._trapped(link, data):
                return
            link.server.write(data)
            await link.server.drain()
        with contextlib.suppress(OSError, RuntimeError):
            link.server.write_eof()

    async def _answer(self, link: _Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(_CHUNK):
            await self._slowly()
            if link.losing_answer:
                await self._spring(link)
                return
            if not self.weather.swallows_answers:
                link.client.write(data)
                await link.client.drain()
        with contextlib.suppress(OSError, RuntimeError):
            link.client.write_eof()

    async def _slowly(self) -> None:
        if self.weather.delay:
            await asyncio.sleep(self.weather.delay)

    async def _trapped(self, link: _Link, data: bytes) -> bool:
        """Tell whether this data is lost because it commits a write and the trap waits for one."""
        if _COMMIT not in data:
            link.since_commit += len(data)
            return False
        wrote, link.since_commit = link.since_commit >= _A_WRITE, 0
        trap = self.trap
        if trap is None or not wrote or trap.sprung.is_set():
            return False
        if trap.kind is AtCommit.LOSE_ANSWER:
            link.losing_answer = True
            return False
        await self._spring(link)
        return True

    async def _spring(self, link: _Link) -> None:
        trap = self.trap
        link.cut()
        if trap is not None:
            trap.sprung.set()
            if trap.then is not None:
                await trap.then()
