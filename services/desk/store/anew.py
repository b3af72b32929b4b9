"""Forget what is shown of cases, to read it anew from the topics."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.tables import DESK_METADATA
from services.kit.sql.declaring import table_of
from services.kit.stage import fence, positions
from services.kit.stage.positions import Place, Reached
from services.kit.stage.tables import Position

_POSITION = table_of(Position)
_NO_TOPIC: Final = UUID(int=0)
"""Instead of a topic's id: whatever the broker has, is read from what it has first."""
_HOUSE: Final = "desk.house"


async def begin_anew(conn: AsyncConnection, *, stage: str) -> None:
    """Take away all that is shown, and let the stage read every topic from its beginning.

    What a topic has forgotten by then is not missed: files bring it back. People, their keys and
    sessions stay: they are of no topic but this database's own.
    """
    if conn.dialect.name == "postgresql":
        await conn.execute(text("SET LOCAL statement_timeout = 0"))
    for table in DESK_METADATA.sorted_tables:
        await conn.execute(delete(table))
    values = {"next_offset": 0, "topic_id": _NO_TOPIC}
    await conn.execute(update(_POSITION).where(_POSITION.c.stage == stage).values(values))


async def begin_in_house(
    conn: AsyncConnection, *, stage: str, known: Mapping[Place, Reached]
) -> None:
    """Let a desk without rows begin in a house whose desk has read before.

    `known` is how far another database of the house is: it shows whose the topics are.
    """
    await positions.begin(conn, stage=_HOUSE, found=known, replace=False)
    anew = {place: Reached(_NO_TOPIC, 0) for place in known}
    await positions.begin(conn, stage=stage, found=anew, replace=False)
    count = 1 + max((partition for _, partition in known), default=-1)
    await fence.note_lanes(conn, stage=stage, lanes=range(count))
