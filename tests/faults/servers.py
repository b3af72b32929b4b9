"""Brokers and PostgreSQL that several rows use one after the other, each finding them empty."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import asyncpg

from schemas.topics import SERVICES
from services.kit.kafka.topics import administered
from services.machine.databases import Addresses
from services.machine.embedded import KafkaCluster, KafkaNode, PostgresServer, ensure_jars
from services.machine.ports import own_ports
from services.machine.private_postgres import prepared
from tests.faults.proxied_broker import ProxiedBroker
from tests.support.ports import first_port

PARTITIONS: Final = 4
_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Running servers; `doors` are a broker's listener for each service and the proxy's port.

    A cluster of several brokers has no doors. `gates` are the ports of the proxies before the
    database.
    """

    brokers: list[KafkaNode]
    postgres: PostgresServer
    doors: dict[str, tuple[int, int]]
    gates: dict[str, int]

    @property
    def bootstrap(self) -> str:
        """Where clients connect, past every proxy."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    async def clear(self) -> dict[str, Addresses]:
        """Take everything from them that a row before left; returns each empty database."""
        await self._drop_topics()
        await self._drop_databases()
        return await asyncio.to_thread(prepared, self.postgres)

    async def _drop_topics(self) -> None:
        """Delete all topics, and with them the offsets that groups committed."""
        async with administered(self.bootstrap) as admin:
            while names := [n for n in await admin.list_topics() if not n.startswith("__")]:
                await admin.delete_topics(names)
                await asyncio.sleep(_POLL_SECONDS)

    async def _drop_databases(self) -> None:
        conn = await asyncpg.connect(self.postgres.url().replace("+asyncpg", ""))
        try:
            for service in SERVICES:
                await conn.execute(f"DROP DATABASE IF EXISTS tongxin_{service} WITH (FORCE)")
        finally:
            await conn.close()


@contextmanager
def opened_servers(folder: Path, *, nodes: int) -> Iterator[Servers]:
    """Start `nodes` brokers and a PostgreSQL at the same time, on ports that they keep."""
    found = iter(own_ports(first_port(), nodes + 1 + 3 * len(SERVICES)))
    gates = {service: next(found) for service in SERVICES}
    alone = nodes == 1
    doors = {service: (next(found), next(found)) for service in SERVICES} if alone else {}
    with ExitStack() as stack:
        postgres = PostgresServer(folder / "postgres", port=next(found))
        brokers = _brokers(folder / "kafka", nodes=nodes, port=next(found), doors=doors)
        every: list[PostgresServer | KafkaNode] = [postgres, *brokers]
        for server in every:
            stack.callback(server.stop)
        with ThreadPoolExecutor(nodes + 1) as pool:
            for starting in [pool.submit(server.start) for server in every]:
                starting.result()
        yield Servers(brokers=brokers, postgres=postgres, doors=doors, gates=gates)


def _brokers(
    folder: Path, *, nodes: int, port: int, doors: dict[str, tuple[int, int]]
) -> list[KafkaNode]:
    jars = ensure_jars()
    if nodes > 1:
        return KafkaCluster(folder, jars=jars, count=nodes, first_port=port).nodes
    return [ProxiedBroker(folder, jars=jars, port=port, doors=doors)]


class Yard:
    """Keeps the servers of the row before, as long as the next one wants as many brokers."""

    def __init__(self) -> None:
        self._open: ExitStack | None = None
        self._servers: Servers | None = None

    def servers(self, *, nodes: int) -> Servers:
        """Return servers with so many brokers: those of the row before, or new ones."""
        if self._servers is None or len(self._servers.brokers) != nodes:
            self.close()
            with ExitStack() as stack:
                scratch = tempfile.TemporaryDirectory(prefix="tongxin-servers-")
                folder = Path(stack.enter_context(scratch))
                self._servers = stack.enter_context(opened_servers(folder, nodes=nodes))
                self._open = stack.pop_all()
        return self._servers

    def close(self) -> None:
        """Stop what runs; also after a row that may have left it broken."""
        self._servers = None
        if self._open is not None:
            with contextlib.closing(self._open):
                self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
