"""How far each stage's effects in its database reach, whatever the consumer group says.

The group's offsets are the broker's. A database that was put back from a backup is behind them, and
what the group skips then, it has never seen. So the place after each batch stands in the batch's
own transaction, with the topic's id: offsets of a topic that was made anew start again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.records import Record
from services.kit.sql.bulk import insert_rows, update_rows
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import Position

_POSITION = table_of(Position)

Place = tuple[str, int]
"""A topic and the number of one of its partitions."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a stage has taken a partition of the topic with this id."""

    topic_id: UUID
    next_offset: int


def after(records: Iterable[Record]) -> dict[Place, int]:
    """Return where each partition goes on after these records."""
    return {(r.topic, r.partition): r.offset + 1 for r in records}


async def reached(conn: AsyncConnection, *, stage: str) -> dict[Place, Reached]:
    """Return how far a stage has taken each partition it has ever begun."""
    rows = await conn.execute(select(_POSITION).where(_POSITION.c.stage == stage))
    return {(r.topic, r.partition): Reached(r.topic_id, r.next_offset) for r in rows}


async def reached_of(conn: AsyncConnection, *, topic: str) -> dict[int, int]:
    """Return how far the slowest stage has taken each partition of a topic."""
    found = await conn.execute(
        select(_POSITION.c.partition, func.min(_POSITION.c.next_offset))
        .where(_POSITION.c.topic == topic)
        .group_by(_POSITION.c.partition)
    )
    return {int(partition): int(offset) for partition, offset in found}


async def topics_begun(conn: AsyncConnection) -> set[UUID]:
    """Return the id of every topic that any stage has begun."""
    return {*(await conn.execute(select(_POSITION.c.topic_id).distinct())).scalars()}


async def begin(
    conn: AsyncConnection, *, stage: str, found: Mapping[Place, Reached], replace: bool
) -> None:
    """Note where a stage begins with partitions; without `replace` what is noted already stays."""
    rows = [
        {
            "stage": stage,
            "topic": topic,
            "partition": partition,
            "topic_id": at.topic_id,
            "next_offset": at.next_offset,
        }
        for (topic, partition), at in sorted(found.items())
    ]
    columns = ("topic_id", "next_offset") if replace else ()
    await insert_rows(conn, Position, rows, skip_known=not replace, replace=columns)


async def advance(conn: AsyncConnection, *, stage: str, taken: Mapping[Place, int]) -> None:
    """Note how far partitions were taken, in the transaction that holds the effects."""
    rows = [
        {"stage": stage, "topic": topic, "partition": partition, "next_offset": offset}
        for (topic, partition), offset in sorted(taken.items())
    ]
    await update_rows(conn, Position, rows)
