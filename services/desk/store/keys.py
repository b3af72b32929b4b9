"""Keys as rows."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.desk.domain.keys import Asked, Key
from services.desk.store import versions
from services.desk.store.key_table import AccessKey
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of
from services.kit.sql.holding import hold

KEY: Final = table_of(AccessKey)


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
    """Return every token of a key, the newest first, and let nobody else change them now.

    Nor does anybody else in this transaction make one of that name.
    """
    await hold(conn, f"{KEY.name} {name}")
    query = select(KEY).where(KEY.c.name == name)
    return await _read(conn, query.order_by(KEY.c.created_at.desc(), KEY.c.id).with_for_update())


async def of_token(conn: AsyncConnection, token_hmac: str) -> Key | None:
    """Return the key that a token belongs to."""
    found = await _read(conn, select(KEY).where(KEY.c.token_hmac == token_hmac))
    return found[0] if found else None


async def of_id(conn: AsyncConnection, id_: str) -> Key | None:
    """Return the key of this id, and let nobody else change it in this transaction."""
    found = await _read(conn, select(KEY).where(KEY.c.id == id_).with_for_update())
    return found[0] if found else None


async def keys_after(conn: AsyncConnection, id_: str, *, most: int) -> list[Key]:
    """Return the keys whose ids follow, in their order."""
    return await _read(conn, versions.after(KEY, id_, most=most))


async def usable(conn: AsyncConnection, *, now: datetime, after: str, most: int) -> list[Key]:
    """Return the keys whose names follow and that prove somebody now, in the order of names.

    Of one name the newest is first.
    """
    query = select(KEY).where(_is_live(now), KEY.c.name > after)
    return await _read(conn, query.order_by(KEY.c.name, KEY.c.created_at.desc()).limit(most))


async def ended(conn: AsyncConnection, *, now: datetime, most: int) -> list[Key]:
    """Return the keys that prove nobody any more, the last changed one first."""
    query = select(KEY).where(~_is_live(now))
    return await _read(conn, query.order_by(KEY.c.changed_at.desc(), KEY.c.id).limit(most))


async def tokens_of(conn: AsyncConnection, name: str, *, most: int) -> list[Key]:
    """Return the newest tokens of a key, whether or not they prove anybody still."""
    query = select(KEY).where(KEY.c.name == name)
    return await _read(conn, query.order_by(KEY.c.created_at.desc(), KEY.c.id).limit(most))


async def change(
    conn: AsyncConnection, key: Key, *, now: datetime, **ends: datetime | None
) -> None:
    """Change when a key ends: `expires_at`, `revoked_at`."""
    values: dict[str, Any] = {**ends, "version": key.version + 1, "changed_at": now}
    await conn.execute(update(KEY).where(KEY.c.id == key.id).values(**values))


async def note_uses(conn: AsyncConnection, uses: Mapping[str, date]) -> None:
    """Keep on which day each key, by its id, was used last; an earlier day changes nothing."""
    for id_, on in sorted(uses.items()):
        is_later = KEY.c.last_used_on.is_(None) | (KEY.c.last_used_on < on)
        await conn.execute(update(KEY).where(KEY.c.id == id_, is_later).values(last_used_on=on))


async def untold(conn: AsyncConnection, *, most: int) -> list[Key]:
    """Return keys of which not everybody has heard what is so now, locked until the end."""
    return await _read(conn, versions.untold(KEY, most=most))


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


def _is_live(now: datetime) -> ColumnElement[bool]:
    lasts = KEY.c.expires_at.is_(None) | (KEY.c.expires_at > now)
    return KEY.c.revoked_at.is_(None) & lasts


def _codes(codes: Iterable[str]) -> str:
    return " ".join(sorted(codes))
