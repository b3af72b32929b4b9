"""The server with real sockets: clients that say nothing, say too much, or say it slowly."""

import asyncio
import resource
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from services.kit.http import server as http_server
from services.kit.http.bounds import MAX_BODY_BYTES, MAX_CONNECTIONS
from services.kit.http.endless import endless_of
from services.kit.http.server import server_of
from tests.support.web import app_of

GET = b"GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n"
ENDLESS = GET.replace(b"things", b"endless")
POST = b"POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PROBLEM = b"application/problem+json"
FOR_EVER = 600.0
"""Seconds; no test waits for it."""


@asynccontextmanager
async def serving(router: APIRouter | None = None) -> AsyncIterator[uvicorn.Server]:
    """Run a server on a free port, with further routes."""
    own = APIRouter()

    @own.get("/things")
    async def things() -> str:
        return "here"

    @own.post("/things")
    async def take() -> str:
        return "taken"

    http = app_of(own, router or APIRouter(), is_guarded=False)
    server = server_of(http, host="127.0.0.1", port=0)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        server.should_exit = True
        await running


async def call(server: uvicorn.Server, sent: bytes = b"") -> tuple[StreamReader, StreamWriter]:
    """Open a connection and send what is given."""
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def head_of(reader: StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def is_closed(reader: StreamReader) -> bool:
    """Wait until the server has closed a connection."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


def patient(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    """Let no limit come to pass but those that are given."""
    for name in ("HEAD_SECONDS", "REQUEST_SECONDS"):
        monkeypatch.setattr(http_server, name, seconds.get(name, FOR_EVER))


class TestIdleConnections:
    async def test_beyond_the_limit_make_room_for_whoever_comes_next(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patient(monkeypatch)
        monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 20)
        async with serving() as server:
            idle = [await call(server) for _ in range(60)]
            reader, writer = await call(server, GET)
            assert (await head_of(reader)).startswith(b"HTTP/1.1 200")
            for first, _ in idle[:40]:
                assert await is_closed(first)
            assert len(server.server_state.connections) <= 20
            for _, one in [*idle, (reader, writer)]:
                one.close()

    async def test_leave_those_whose_answer_is_our_turn(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patient(monkeypatch)
        monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 2)
        entered, leave, router = asyncio.Event(), asyncio.Event(), APIRouter()

        @router.get("/slow")
        async def slow() -> str:
            entered.set()
            await leave.wait()
            return "done"

        async with serving(router) as server:
            reader, writer = await call(server, GET.replace(b"things", b"slow"))
            await entered.wait()
            others = [await call(server) for _ in range(5)]
            leave.set()
            assert (await head_of(reader)).startswith(b"HTTP/1.1 200")
            for _, one in [*others, (reader, writer)]:
                one.close()

    async def test_are_closed_after_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        patient(monkeypatch, HEAD_SECONDS=0.05)
        async with serving() as server:
            reader, writer = await call(server)
            assert await is_closed(reader)
            writer.close()


class TestSlowClient:
    async def test_that_never_ends_its_head_is_closed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patient(monkeypatch, HEAD_SECONDS=0.3)
        async with serving() as server:
            reader, writer = await call(server, b"GET /things HTTP/1.1\r\nHost: localhost\r\n")
            closed = asyncio.create_task(is_closed(reader))
            while not closed.done():
                writer.write(b"X-More: 1\r\n")
                await asyncio.sleep(0.02)
            assert await closed
            writer.close()

    async def test_that_never_ends_its_body_is_told_and_closed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patient(monkeypatch, HEAD_SECONDS=0.05)
        monkeypatch.setattr("services.kit.http.request_guard.BODY_SECONDS", 0.05)
        async with serving() as server:
            reader, writer = await call(server, POST + b"Content-Length: 5\r\n\r\n1")
            told = await reader.read()
            assert told.startswith(b"HTTP/1.1 408")
            assert PROBLEM in told
            writer.close()


class TestLargeRequest:
    @pytest.mark.parametrize(
        "size", [f"Content-Length: {400 << 20}".encode(), b"Transfer-Encoding: chunked"]
    )
    async def test_is_answered_before_it_is_sent(
        self, monkeypatch: pytest.MonkeyPatch, size: bytes
    ) -> None:
        patient(monkeypatch, HEAD_SECONDS=0.2)
        async with serving() as server:
            reader, writer = await call(server, POST + size + b"\r\n\r\n")
            part = b"x" * 65_536
            framed = part if b"Length" in size else b"10000\r\n" + part + b"\r\n"
            for _ in range(MAX_BODY_BYTES // len(part) + 1):
                writer.write(framed)
            told = await head_of(reader)
            assert told.startswith(b"HTTP/1.1 413")
            assert PROBLEM in told
            writer.transport.abort()

    async def test_with_a_head_beyond_the_limit_is_a_problem(self) -> None:
        async with serving() as server:
            reader, writer = await call(server, GET[:-2] + b"X-Long: " + b"x" * 70_000)
            told = await head_of(reader)
            assert told.startswith(b"HTTP/1.1 431")
            assert PROBLEM in told
            writer.close()


class TestNoHttp:
    @pytest.mark.parametrize(
        "sent",
        [
            *(
                b"\x16\x03\x01\x02\x00\r\n\r\n",
                b"GET / HTTP/1.1\r\n\r\n",
                b"\x00" * 50 + b"\r\n\r\n",
            ),
            POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            GET[:-2] + b"X-Nul: \x00\r\n\r\n",
        ],
    )
    async def test_is_a_problem_and_the_end(self, sent: bytes) -> None:
        async with serving() as server:
            reader, writer = await call(server, sent)
            told = await reader.read()
            assert told.startswith(b"HTTP/1.1 400")
            assert PROBLEM in told
            writer.close()

    async def test_in_the_middle_of_a_body_is_the_end(self) -> None:
        async with serving() as server:
            sent = POST + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n"
            reader, writer = await call(server, sent)
            assert (await reader.read()).startswith(b"HTTP/1.1 400")
            writer.close()
            after, again = await call(server, GET)
            assert (await head_of(after)).startswith(b"HTTP/1.1 200")
            again.close()


class TestFiles:
    async def test_are_allowed_for_more_than_the_clients_that_are_held(self) -> None:
        async with serving():
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            assert soft == hard or soft >= 4 * MAX_CONNECTIONS


class TestEndlessAnswer:
    @staticmethod
    def ticking(pause: float, part: bytes = b"tick\n") -> tuple[APIRouter, asyncio.Event]:
        """Return a route that answers without an end, and what is set when it ends all the same."""
        router, ended = APIRouter(), asyncio.Event()

        @router.get("/endless")
        async def answer(request: Request) -> StreamingResponse:
            endless, stopping = endless_of(request.scope), asyncio.Event()
            endless.when_stopping(stopping.set)

            async def parts() -> AsyncIterator[bytes]:
                try:
                    while not stopping.is_set():
                        yield part
                        endless.gets_on()
                        with suppress(TimeoutError):
                            await asyncio.wait_for(stopping.wait(), pause)
                finally:
                    ended.set()

            return StreamingResponse(parts())

        return router, ended

    async def test_lasts_as_long_as_it_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http_server, "REQUEST_SECONDS", 1.0)
        router, _ = self.ticking(0.1)
        async with serving(router) as server:
            reader, writer = await call(server, ENDLESS)
            for _ in range(30):  # three times as long as an answer may take
                assert await reader.readuntil(b"tick\n")
            writer.close()

    async def test_that_nobody_takes_is_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http_server, "REQUEST_SECONDS", 0.5)
        router, ended = self.ticking(0.0, b"x" * 1_000_000)
        async with serving(router) as server:
            _, writer = await call(server, ENDLESS)
            await ended.wait()
            writer.close()

    async def test_ends_when_the_server_stops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http_server, "DRAIN_SECONDS", FOR_EVER)
        router, ended = self.ticking(FOR_EVER)
        async with serving(router) as server:
            reader, writer = await call(server, ENDLESS)
            await reader.readuntil(b"tick\n")
        await ended.wait()
        assert (await reader.read()).endswith(b"0\r\n\r\n")  # whole
        writer.close()
