"""A row's place on the servers: its databases, and the proxies before what it connects to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url

from schemas.topics import SERVICES
from services.kit.process.settings import LOOPBACK
from services.kit.sql.database import sqlite_url
from services.machine.databases import Addresses, bring_up_to_date
from tests.faults.proxy import Proxy
from tests.faults.servers import Servers


@dataclass(slots=True, kw_only=True)
class Place:
    """Where a row finds everything; `urls` are the databases' own addresses, past every proxy.

    `owners` are the same for the role that may change tables.
    """

    servers: Servers
    on_postgres: bool
    urls: dict[str, str]
    owners: dict[str, str]
    database_proxies: dict[str, Proxy] = field(default_factory=dict)
    broker_proxies: dict[str, Proxy] = field(default_factory=dict)

    def kafka_of(self, service: str) -> str:
        """Return where a service finds the broker."""
        proxy = self.broker_proxies.get(service)
        return self.servers.bootstrap if proxy is None else f"{LOOPBACK}:{proxy.port}"

    def database_of(self, service: str) -> str:
        """Return where a service finds its database."""
        url, proxy = self.urls[service], self.database_proxies.get(service)
        if proxy is None:
            return url
        # Not the server's Unix socket, which no proxy stands before.
        through = make_url(url).set(host=LOOPBACK, port=proxy.port, query={})
        return through.render_as_string(hide_password=False)


@asynccontextmanager
async def taken(
    servers: Servers, *, folder: Path, on_postgres: bool, proxied: bool
) -> AsyncIterator[Place]:
    """Clear the servers for a row, and put proxies before them if it wants some."""
    found = await servers.clear()
    if not on_postgres:
        files = {service: sqlite_url(folder / f"{service}.sqlite") for service in SERVICES}
        found = {s: Addresses(app=url, owner=url, private=True) for s, url in files.items()}
    await asyncio.to_thread(bring_up_to_date, found)
    urls = {service: where.app for service, where in found.items()}
    owners = {service: where.owner for service, where in found.items()}
    place = Place(servers=servers, on_postgres=on_postgres, urls=urls, owners=owners)
    if proxied:
        for service, (own, port) in servers.doors.items():
            place.broker_proxies[service] = Proxy(port, own)
    if proxied and on_postgres:
        for service, port in servers.gates.items():
            place.database_proxies[service] = Proxy(port, servers.postgres.port)
    async with AsyncExitStack() as stack:
        for proxy in (*place.broker_proxies.values(), *place.database_proxies.values()):
            await proxy.start()
            stack.push_async_callback(proxy.stop)
        yield place
