"""Each service's database in the embedded PostgreSQL: made once, with a role of its own."""

import asyncio

import asyncpg

from schemas.topics import SERVICES
from services.kit.embedded import PostgresServer


def database_variable(service: str) -> str:
    """Return the environment variable that names a service's database."""
    return f"TONGXIN_{service.upper()}_DATABASE_URL"


def prepared(server: PostgresServer) -> dict[str, str]:
    """Create the databases that are missing; returns each service's URL by its variable."""
    asyncio.run(_create(server))
    return {database_variable(s): server.url(f"tongxin_{s}") for s in SERVICES}


async def _create(server: PostgresServer) -> None:
    conn = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    try:
        there = {row["datname"] for row in await conn.fetch("SELECT datname FROM pg_database")}
        for service in SERVICES:
            if f"tongxin_{service}" not in there:
                await conn.execute(f"CREATE DATABASE tongxin_{service}")
    finally:
        await conn.close()
