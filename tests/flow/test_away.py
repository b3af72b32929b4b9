"""A broker that goes away under a running service, as its health, metrics and log tell it."""

import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from typing_extensions import override

from services.kit.process.folding import FOLDING
from services.kit.sql.database import sqlite_url
from services.kit.sql.migrations import upgrade
from services.machine.embedded import KafkaNode, ensure_jars
from services.router.app import build_app
from services.router.migrations import HISTORY
from services.router.settings import RouterSettings
from tests.support.command import until

pytestmark = pytest.mark.kafka


class Lines(logging.Handler):
    """Keeps what a service's own handler would write."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.addFilter(FOLDING)
        self.told: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[KafkaNode]:
    with KafkaNode(tmp_path / "kafka", jars=ensure_jars()) as node:
        yield node


@pytest.fixture
async def router(tmp_path: Path, node: KafkaNode) -> FastAPI:
    """Return a router with a database, which the test's block starts."""
    url = sqlite_url(tmp_path / "router.sqlite")
    await upgrade(HISTORY, url)
    settings = RouterSettings(kafka=node.bootstrap, database_url=url, partitions=1)
    return build_app(settings)


@pytest.fixture
async def client(router: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=router)
    async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
        yield client


class TestBrokerThatIsKilled:
    async def test_shows_while_it_is_away_and_no_longer(
        self, router: FastAPI, client: httpx.AsyncClient, node: KafkaNode, lines: Lines
    ) -> None:
        async with router.router.lifespan_context(router):
            await self._ready(client)
            assert "tongxin_ready 1.0" in await self._metrics(client, "tongxin_ready 1.0")
            assert lines.told == []
            assert node.pid is not None
            os.kill(node.pid, signal.SIGKILL)
            shown = 'tongxin_reachable{server="broker"} 0.0'
            metrics = await self._metrics(client, shown)
            assert 'tongxin_reachable{server="database"} 1.0' in metrics
            await self._metrics(client, "tongxin_ready 0.0")
            lag = 'tongxin_consumer_lag{group="tongxin.router",topic="cases.v1"} NaN'
            await self._metrics(client, lag)
            answer = await client.get("/health/ready")
            assert answer.status_code == 503
            assert "broker" in answer.json()["missing"]
            assert (await client.get("/health/live")).status_code == 200
            node.start_again()
            await self._ready(client)
            await self._metrics(client, "tongxin_ready 1.0")
            away, back = lines.told
        assert "the broker is away since" in away
        assert "the broker is back after" in back
        assert int(back.rpartition(" ")[2]) > 0

    async def _ready(self, client: httpx.AsyncClient) -> None:
        async def ready() -> bool:
            return (await client.get("/health/ready")).is_success

        await until(ready, told="a router that is ready")

    async def _metrics(self, client: httpx.AsyncClient, line: str) -> str:
        """Return the metrics as soon as they hold a line."""

        async def found() -> str:
            text = (await client.get("/metrics")).text
            return text if line in text else ""

        return await until(found, told=line)
