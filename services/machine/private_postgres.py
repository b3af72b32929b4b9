"""The embedded PostgreSQL as the house uses it: a database and two roles for each service."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from schemas.topics import SERVICES
from services.machine.bounds import SECRET_BYTES
from services.machine.database_roles import (
    Roles,
    access_statements,
    create_statement,
    grant_statements,
    role_statements,
    roles_of,
)
from services.machine.databases import Addresses, WrongPlace, addresses, file_of
from services.machine.embedded import PostgresServer
from services.machine.secrets_kept import kept_secret


def prepared(server: PostgresServer) -> dict[str, Addresses]:
    """Make the databases and roles that are missing; returns where each service's database is."""
    passwords = _passwords(server.data_dir / "roles.json")
    asyncio.run(_prepare(server, passwords))
    return _addresses(server, passwords)


def _addresses(server: PostgresServer, passwords: dict[str, str]) -> dict[str, Addresses]:
    found = {}
    for service in SERVICES:
        roles = roles_of(service)
        app, owner = (
            server.url(roles.database, user=role, password=passwords[role])
            for role in (roles.app, roles.owner)
        )
        found[service] = Addresses(app=app, owner=owner, private=True)
    return found


@contextmanager
def databases(data: Path, *, postgres: bool) -> Iterator[dict[str, Addresses]]:
    """Yield where the databases of a folder are, its own PostgreSQL running for this block.

    Raises what `services.machine.databases.FAILURES` names.
    """
    if not postgres:
        yield elsewhere(data)
        return
    with own_server(data) as server:
        yield prepared(server)


@contextmanager
def databases_in_use(data: Path) -> Iterator[dict[str, Addresses]]:
    """Yield where the databases of a folder are, whether or not its house runs meanwhile.

    Raises what `services.machine.databases.FAILURES` names.
    """
    if not has_server(data):
        yield elsewhere(data)
        return
    server = own_server(data)
    if server.find_running():
        yield _addresses(server, _passwords(server.data_dir / "roles.json"))
        return
    with server:
        yield prepared(server)


def own_server(data: Path) -> PostgresServer:
    """Return a folder's own PostgreSQL, not started. Raises WrongPlace for data in SQLite files.

    An empty PostgreSQL beside them would take reports that the real databases never see.
    """
    if not has_server(data) and any(file_of(data, service).exists() for service in SERVICES):
        raise WrongPlace(
            f"The data in {data} is in SQLite files: leave --postgres out, or take another folder."
        )
    return PostgresServer(_folder_of(data))


def has_server(data: Path) -> bool:
    """Tell whether a folder has data in a PostgreSQL of its own."""
    return (_folder_of(data) / "cluster").exists()


def elsewhere(data: Path) -> dict[str, Addresses]:
    """Return where the databases of a folder are that has no PostgreSQL of its own.

    Raises WrongPlace when it has one: an empty house on the same broker would take reports that
    the real one never sees.
    """
    found = addresses(data)
    if any(one.private for one in found.values()) and has_server(data):
        raise WrongPlace(f"The data in {data} is in a PostgreSQL of its own: add --postgres.")
    return found


def _folder_of(data: Path) -> Path:
    return data.resolve() / "postgres"


def _passwords(file: Path) -> dict[str, str]:
    """Return each role's password, made at the first start and kept where only we can read it."""
    text, _ = kept_secret(file, _made_passwords)
    known: dict[str, str] = json.loads(text)
    return known


def _made_passwords() -> str:
    roles = [roles_of(service) for service in SERVICES]
    names = [name for one in roles for name in (one.app, one.owner)]
    return json.dumps({name: secrets.token_urlsafe(SECRET_BYTES) for name in names})


async def _prepare(server: PostgresServer, passwords: dict[str, str]) -> None:
    conn = await asyncpg.connect(_plain(server.url()))
    try:
        # A statement that fails is written to the server's log, and these hold passwords.
        await conn.execute("SET log_min_error_statement = 'panic'")
        await conn.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
        there = {row["datname"] for row in await conn.fetch("SELECT datname FROM pg_database")}
        for service in SERVICES:
            await _prepare_one(conn, roles_of(service), passwords, there=there)
    finally:
        await conn.close()
    for service in SERVICES:
        roles = roles_of(service)
        inside = await asyncpg.connect(_plain(server.url(roles.database)))
        try:
            for statement in grant_statements(roles):
                await inside.execute(statement)
        finally:
            await inside.close()


async def _prepare_one(
    conn: asyncpg.Connection, roles: Roles, passwords: dict[str, str], *, there: set[str]
) -> None:
    for role in (roles.owner, roles.app):
        for statement in role_statements(role, password=passwords[role]):
            await conn.execute(statement)
    if roles.database not in there:
        await conn.execute(create_statement(roles))
    for statement in access_statements(roles):
        await conn.execute(statement)


def _plain(url: str) -> str:
    return url.replace("+asyncpg", "")
