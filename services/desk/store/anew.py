"""Forget what is shown of cases, to read it anew from the topics."""

from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.tables import DESK_METADATA
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import Position

_POSITION = table_of(Position)


async def begin_anew(conn: AsyncConnection, *, stage: str) -> None:
    """Take away all that is shown, and let the stage read every topic from its beginning.

    People, their keys and sessions stay: they are of no topic but this database's own.
    """
    if conn.dialect.name == "postgresql":
        await conn.execute(text("SET LOCAL statement_timeout = 0"))
    for table in DESK_METADATA.sorted_tables:
        await conn.execute(delete(table))
    await conn.execute(update(_POSITION).where(_POSITION.c.stage == stage).values(next_offset=0))
