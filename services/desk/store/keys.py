"""Keys as rows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.desk.domain.keys import Asked, Key
from services.desk.store.key_table import AccessKey
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of

_KEY: Final = table_of(AccessKey)


async def add(conn: AsyncConnection, key: Key) -> None:
    """Keep a new key, of which nobody has heard so far."""
    asked = key.asked
    row = {
        "id": key.id,
        "name": asked.name,
        "token_hmac": key.token_hmac,
        "scopes": _codes(asked.scopes),
        "roles": _codes(asked.roles),
        "sources": _codes(asked.sources),
        "parties": _codes(asked.parties),
        "everywhere": asked.everywhere,
        "created_at": key.created_at,
        "expires_at": asked.expires_at,
        "revoked_at": key.revoked_at,
        "version": key.version,
        "told_version": 0,
        "changed_at": key.changed_at,
    }
    await insert_rows(conn, AccessKey, [row])


async def named(conn: AsyncConnection, name: str) -> list[Key]:
    """Return every token of a key, the newest first, and let nobody else change them now."""
    query = select(_KEY).where(_KEY.c.name == name)
    return await _read(conn, query.order_by(_KEY.c.created_at.desc(), _KEY.c.id).with_for_update())


async def of_token(conn: AsyncConnection, token_hmac: str) -> Key | None:
    """Return the key that a token belongs to."""
    found = await _read(conn, select(_KEY).where(_KEY.c.token_hmac == token_hmac))
    return found[0] if found else None


async def keys_after(conn: AsyncConnection, id_: str, *, most: int) -> list[Key]:
    """Return the keys whose ids follow, in their order."""
    return await _read(conn, select(_KEY).where(_KEY.c.id > id_).order_by(_KEY.c.id).limit(most))


async def change(
    conn: AsyncConnection, key: Key, *, now: datetime, **ends: datetime | None
) -> None:
    """Change when a key ends: `expires_at`, `revoked_at`."""
    values: dict[str, Any] = {**ends, "version": key.version + 1, "changed_at": now}
    await conn.execute(update(_KEY).where(_KEY.c.id == key.id).values(**values))


async def is_any_untold(conn: AsyncConnection) -> bool:
    """Tell whether there is a key of which not everybody has heard what is so now."""
    query = select(_KEY.c.id).where(_KEY.c.told_version < _KEY.c.version).limit(1)
    return await conn.scalar(query) is not None


async def untold(conn: AsyncConnection, *, most: int) -> list[Key]:
    """Return keys of which not everybody has heard what is so now; nobody changes them meanwhile.

    What is told of a row is told in the order of its versions by that.
    """
    query = select(_KEY).where(_KEY.c.told_version < _KEY.c.version)
    return await _read(conn, query.order_by(_KEY.c.id).limit(most).with_for_update())


async def told(conn: AsyncConnection, versions: Iterable[tuple[str, int]]) -> None:
    """Remember which version of a key everybody has heard of."""
    for id_, version in versions:
        same = (_KEY.c.id == id_) & (_KEY.c.told_version < version)
        await conn.execute(update(_KEY).where(same).values(told_version=version))


async def catch_up(
    conn: AsyncConnection, id_: str, *, version: int, revoked_at: datetime | None
) -> None:
    """Let a key be told once more, as a version after this one; one that was revoked stays so."""
    newer = case((_KEY.c.version <= version, version + 1), else_=_KEY.c.version)
    values: dict[str, Any] = {"version": newer, "told_version": 0}
    if revoked_at is not None:
        values["revoked_at"] = func.coalesce(_KEY.c.revoked_at, revoked_at)
    await conn.execute(update(_KEY).where(_KEY.c.id == id_).values(**values))


async def _read(conn: AsyncConnection, query: Any) -> list[Key]:  # noqa: ANN401 - a select of keys
    return [_key(row) for row in await conn.execute(query)]


def _key(row: Any) -> Key:  # noqa: ANN401 - a row of keys
    # What a newer release lets a key do gives no right here.
    return Key(
        id=row.id,
        asked=Asked(
            name=row.name,
            scopes=frozenset(scope for scope in Scope if scope in row.scopes.split()),
            roles=frozenset(role for role in ActingRole if role in row.roles.split()),
            sources=frozenset(row.sources.split()),
            parties=frozenset(row.parties.split()),
            everywhere=row.everywhere,
            expires_at=row.expires_at,
        ),
        token_hmac=row.token_hmac,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
        version=row.version,
        changed_at=row.changed_at,
    )


def _codes(codes: Iterable[str]) -> str:
    return " ".join(sorted(codes))
