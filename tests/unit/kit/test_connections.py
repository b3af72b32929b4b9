"""A broker connection whose transport closed a moment ago, on the loop that services run on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from services.kit.kafka.patches.connections import Connection
from services.kit.process.settings import LOOPBACK


async def _with_closed_transport(
    made: Callable[..., Any], act: Callable[[Any], Awaitable[None]]
) -> None:
    """Open a connection, close its transport behind its back, and act on it."""
    asked = asyncio.Event()

    async def answer_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer_nothing, LOOPBACK, 0)
    connection = made(LOOPBACK, server.sockets[0].getsockname()[1])
    opening = asyncio.create_task(connection.connect())
    await asked.wait()
    connection._writer.transport.abort()
    await asyncio.sleep(0)
    await act(connection)
    await asyncio.gather(opening, return_exceptions=True)
    server.close()


class TestConnection:
    def test_that_is_closing_is_lost_at_the_next_request(self) -> None:
        async def send(connection: Connection) -> None:
            with pytest.raises(KafkaConnectionError):
                connection.send(ApiVersionRequest())
            assert not connection.connected()

        uvloop.run(_with_closed_transport(Connection, send))

    def test_of_aiokafka_alone_breaks_its_caller(self) -> None:
        async def send(connection: AIOKafkaConnection) -> None:
            with pytest.raises(RuntimeError, match="the handler is closed"):
                connection.send(ApiVersionRequest())
            connection.close()

        uvloop.run(_with_closed_transport(AIOKafkaConnection, send))
