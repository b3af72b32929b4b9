"""Rows of which everybody is told: each has a version, and the last one that was told.

Persons and keys are such rows.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, Table, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection


def untold(table: Table, *, most: int) -> Select[Any]:
    """Return the query for rows of which not everybody has heard what is so now.

    Nobody changes them meanwhile: what is told of a row is told in the order of its versions.
    """
    query = select(table).where(table.c.told_version < table.c.version)
    return query.order_by(table.c.id).limit(most).with_for_update()


def after(table: Table, id_: str, *, most: int) -> Select[Any]:
    """Return the query for the rows whose ids follow, in their order."""
    return select(table).where(table.c.id > id_).order_by(table.c.id).limit(most)


async def is_any_untold(conn: AsyncConnection, table: Table) -> bool:
    """Tell whether there is a row of which not everybody has heard what is so now."""
    query = select(table.c.id).where(table.c.told_version < table.c.version).limit(1)
    return await conn.scalar(query) is not None


async def told(conn: AsyncConnection, table: Table, versions: Iterable[tuple[str, int]]) -> None:
    """Remember which version of each row everybody has heard of."""
    for id_, version in versions:
        same = (table.c.id == id_) & (table.c.told_version < version)
        await conn.execute(update(table).where(same).values(told_version=version))


async def catch_up(conn: AsyncConnection, table: Table, id_: str, *, version: int) -> None:
    """Let a row be told once more, as a version after this one."""
    newer = case((table.c.version <= version, version + 1), else_=table.c.version)
    values = {"version": newer, "told_version": 0}
    await conn.execute(update(table).where(table.c.id == id_).values(values))
