"""The cutting proxy breaks exactly what it says, and carries everything else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from services.kit.process.settings import LOOPBACK
from services.machine.ports import own_ports
from tests.faults.proxy import AtCommit, Proxy, Trap, Weather
from tests.support.ports import first_port

WRITE = b"x" * 800
Ask = Callable[[bytes], Awaitable[bytes]]


class Answering:
    """A server that remembers what it got and answers everything with OK."""

    def __init__(self) -> None:
        self.got = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            self.got += data
            writer.write(b"OK")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def proxied() -> AsyncIterator[tuple[Proxy, Answering]]:
    answering = Answering()
    port, target = own_ports(first_port(), 2)
    server = await asyncio.start_server(answering.serve, LOOPBACK, target)
    proxy = Proxy(port, target)
    await proxy.start()
    try:
        yield proxy, answering
    finally:
        await proxy.stop()
        server.close()


@asynccontextmanager
async def client(proxy: Proxy) -> AsyncIterator[Ask]:
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)

    async def ask(data: bytes) -> bytes:
        writer.write(data)
        return await asyncio.wait_for(reader.read(100), 2)

    try:
        yield ask
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class TestProxy:
    async def test_carries_both_ways(self) -> None:
        async with proxied() as (proxy, answering), client(proxy) as ask:
            assert await ask(b"hello") == b"OK"
            assert answering.got == b"hello"

    async def test_loses_a_commit_before_it_arrives(self) -> None:
        async with proxied() as (proxy, answering):
            proxy.trap = trap = Trap(AtCommit.LOSE_IT)
            async with client(proxy) as ask:
                assert await ask(WRITE) == b"OK"
                with pytest.raises(ConnectionResetError):
                    await ask(b"COMMIT;")
                assert trap.sprung.is_set()
                assert b"COMMIT" not in answering.got

    async def test_loses_the_answer_to_a_commit_that_arrived(self) -> None:
        async with proxied() as (proxy, answering):
            proxy.trap = trap = Trap(AtCommit.LOSE_ANSWER)
            async with client(proxy) as ask:
                assert await ask(WRITE) == b"OK"
                with pytest.raises(ConnectionResetError):
                    await ask(b"COMMIT;")
                assert trap.sprung.is_set()
                assert answering.got == WRITE + b"COMMIT;"

    async def test_lets_the_commit_of_a_read_pass(self) -> None:
        async with proxied() as (proxy, _):
            proxy.trap = trap = Trap(AtCommit.LOSE_IT)
            async with client(proxy) as ask:
                assert await ask(b"SELECT 1") == b"OK"
                assert await ask(b"COMMIT;") == b"OK"
                assert not trap.sprung.is_set()

    async def test_swallows_answers_and_lets_requests_through(self) -> None:
        async with proxied() as (proxy, answering):
            proxy.weather = Weather(swallows_answers=True)
            async with client(proxy) as ask:
                with pytest.raises(TimeoutError):
                    await ask(b"hello")
                assert answering.got == b"hello"

    async def test_refuses_and_carries_again_when_healed(self) -> None:
        async with proxied() as (proxy, _):
            proxy.weather = Weather(refuses=True)
            async with client(proxy) as ask:
                with pytest.raises(ConnectionResetError):
                    await ask(b"hello")
            proxy.heal()
            async with client(proxy) as ask:
                assert await ask(b"hello") == b"OK"
