"""Broker, database and proxies of a run, started at the same time on ports that they keep."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from schemas.topics import SERVICES
from services.commands.databases import database_variable, prepared
from services.commands.house import free_ports
from services.kit.database import sqlite_url
from services.kit.embedded import KafkaCluster, KafkaNode, PostgresServer, ensure_jars
from services.kit.settings import LOOPBACK
from tests.faults.proxied_broker import ProxiedBroker
from tests.faults.proxy import Proxy
from tests.support.town import first_port

PARTITIONS: Final = 4
_DOORS: Final = 2


@dataclass(slots=True, kw_only=True)
class Servers:
    """Where everything is; `urls` are the databases' own addresses, past every proxy."""

    brokers: list[KafkaNode]
    bootstrap: str
    postgres: PostgresServer | None
    urls: dict[str, str]
    database_proxies: dict[str, Proxy] = field(default_factory=dict)
    broker_proxies: dict[str, Proxy] = field(default_factory=dict)

    def kafka_of(self, service: str) -> str:
        """Return where a service finds the broker."""
        proxy = self.broker_proxies.get(service)
        return self.bootstrap if proxy is None else f"{LOOPBACK}:{proxy.port}"

    def database_of(self, service: str) -> str:
        """Return where a service finds its database."""
        url, proxy = self.urls[service], self.database_proxies.get(service)
        return url if proxy is None else url.replace(f":{proxy.target}/", f":{proxy.port}/")


@asynccontextmanager
async def opened_servers(
    folder: Path, *, engine: str, nodes: int, proxied: bool, names: Sequence[str]
) -> AsyncIterator[tuple[Servers, dict[str, int]]]:
    """Start what a run needs; yields it with the HTTP port of each process."""
    wanted = len(names) + _DOORS * len(SERVICES) + len(SERVICES) + 1 + nodes
    found = iter(free_ports(first_port(), wanted))
    ports = {name: next(found) for name in names}
    doors = {service: (next(found), next(found)) for service in SERVICES} if proxied else {}
    async with AsyncExitStack() as stack:
        postgres = (
            PostgresServer(folder / "postgres", port=next(found)) if engine == "postgres" else None
        )
        brokers = _brokers(folder / "kafka", nodes=nodes, port=next(found), doors=doors)
        for broker in brokers:
            stack.callback(broker.stop)
        if postgres is not None:
            stack.callback(postgres.stop)
        await asyncio.gather(
            *(broker.start_async() for broker in brokers),
            *([] if postgres is None else [postgres.start_async()]),
        )
        servers = Servers(
            brokers=brokers,
            bootstrap=",".join(broker.bootstrap for broker in brokers),
            postgres=postgres,
            urls=await asyncio.to_thread(_urls, folder, postgres),
        )
        for service, (own, port) in doors.items():
            servers.broker_proxies[service] = Proxy(port, own)
            if postgres is not None:
                servers.database_proxies[service] = Proxy(next(found), postgres.port)
        for proxy in (*servers.broker_proxies.values(), *servers.database_proxies.values()):
            await proxy.start()
            stack.push_async_callback(proxy.stop)
        yield servers, ports


def _brokers(
    folder: Path, *, nodes: int, port: int, doors: dict[str, tuple[int, int]]
) -> list[KafkaNode]:
    jars = ensure_jars()
    if nodes > 1:
        return KafkaCluster(folder, jars=jars, count=nodes, first_port=port).nodes
    return [ProxiedBroker(folder, jars=jars, port=port, doors=doors)]


def _urls(folder: Path, postgres: PostgresServer | None) -> dict[str, str]:
    if postgres is None:
        return {s: sqlite_url(folder / f"{s}.sqlite") for s in SERVICES}
    made = prepared(postgres)
    return {service: made[database_variable(service)] for service in SERVICES}
