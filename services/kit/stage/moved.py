"""Records on their way to their own lane, through the stage's database.

Another client's partitioner, or a topic with another number of partitions, puts a record where its
case is not decided. The lane's owner takes it from here: from one partition in the order read, and
in the transaction that decides it.
"""

import time
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import msgpack
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.records import Record
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_rows, insert_rows
from services.kit.sql.declaring import table_of
from services.kit.stage.bounds import LOOKED_AGAIN_SECONDS, MOVED_AT_ONCE
from services.kit.stage.tables import MovedRecord

_MOVED = table_of(MovedRecord)
_WAITING = (
    select(_MOVED)
    .where(_MOVED.c.stage == bindparam("of_stage"), among(_MOVED.c.partition, "lanes"))
    .order_by(_MOVED.c.partition, _MOVED.c.topic, _MOVED.c.from_partition, _MOVED.c.from_offset)
    .limit(MOVED_AT_ONCE)
)


async def hand_over(
    conn: AsyncConnection, *, stage: str, records: Iterable[tuple[Record, int]]
) -> None:
    """Let these records wait, each for its lane; one that waits already is not doubled."""
    rows = [
        {
            "id": record.identity,
            "stage": stage,
            "partition": lane,
            "topic": record.topic,
            "from_partition": record.partition,
            "from_offset": record.offset,
            "body": msgpack.packb((record.key, record.value, record.headers, record.timestamp_ms)),
        }
        for record, lane in records
    ]
    await insert_rows(conn, MovedRecord, rows, skip_known=True)


async def waiting(
    conn: AsyncConnection, *, stage: str, lanes: Collection[int]
) -> list[tuple[UUID, int, Record]]:
    """Return what waits for these lanes, at most `MOVED_AT_ONCE`: row, lane and record."""
    rows = await conn.execute(_WAITING, {"of_stage": stage, "lanes": sorted(lanes)})
    return [(row.id, row.partition, _record(row)) for row in rows]


def _record(row: Any) -> Record:  # noqa: ANN401 - a row of `_WAITING`
    key, value, headers, timestamp_ms = msgpack.unpackb(row.body)
    return Record(
        topic=row.topic,
        partition=row.from_partition,
        offset=row.from_offset,
        key=key,
        value=value,
        headers=tuple((name, content) for name, content in headers),
        timestamp_ms=timestamp_ms,
    )


async def forget(conn: AsyncConnection, ids: Collection[UUID]) -> None:
    """Forget what its lane has taken."""
    await delete_rows(conn, MovedRecord, [{"id": id_} for id_ in sorted(ids)])


class Looking:
    """When to look for what waits: at once after handing over, else once a second.

    Other processes hand over too, and nobody tells.
    """

    def __init__(self) -> None:
        """Begin with a look."""
        self._next = 0.0

    def at_once(self) -> None:
        """Look at the next occasion."""
        self._next = 0.0

    def is_time(self) -> bool:
        """Tell whether to look now."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + LOOKED_AGAIN_SECONDS
        return True
