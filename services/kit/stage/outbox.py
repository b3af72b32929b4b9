"""Outputs that share the transaction of the state they tell about.

A batch's messages are stored as one chunk per lane, published after the commit, and marked when the
broker has them. Chunks that were not marked are published again by the lane's next owner; marked
ones are kept for a while, so that the topics of a lost broker can be rebuilt from them.
"""

import heapq
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import msgpack
from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.records import Message
from services.kit.sql.bulk import delete_found, insert_rows, update_rows
from services.kit.sql.declaring import table_of
from services.kit.stage.bounds import CHUNKS_AT_ONCE, READ_AHEAD
from services.kit.stage.tables import OutboxChunk

_CHUNK = table_of(OutboxChunk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One lane's outputs of one batch, in the order they must be published."""

    stage: str
    partition: int
    number: int
    messages: tuple[Message, ...]


def packed(messages: Iterable[Message]) -> bytes:
    """Return messages as the bytes a chunk keeps."""
    # What no message has yet takes no room, and a process of the release before can read the rest.
    rows = [m if m.keyless else m[:4] for m in messages]
    return bytes(msgpack.packb(rows, unicode_errors="surrogateescape"))


def unpacked(body: bytes) -> tuple[Message, ...]:
    """Return the messages of a chunk's bytes."""
    rows: list[Any] = msgpack.unpackb(body, unicode_errors="surrogateescape")
    return tuple(
        Message(topic, key, value, tuple((name, content) for name, content in headers), *rest)
        for topic, key, value, headers, *rest in rows
    )


async def newest(conn: AsyncConnection, *, stage: str) -> datetime | None:
    """Return when the stage's newest chunk was decided; None when there is none."""
    last = (
        select(_CHUNK.c.partition, func.max(_CHUNK.c.number).label("number"))
        .where(_CHUNK.c.stage == stage)
        .group_by(_CHUNK.c.partition)
        .subquery()
    )
    found = await conn.scalar(
        select(func.max(_CHUNK.c.created_at))
        .where(_CHUNK.c.stage == stage)
        .join(last, and_(_CHUNK.c.partition == last.c.partition, _CHUNK.c.number == last.c.number))
    )
    return cast("datetime | None", found)


async def store(
    conn: AsyncConnection,
    *,
    stage: str,
    outputs: Mapping[int, Sequence[Message]],
    numbers: Mapping[int, int],
    now: datetime,
) -> list[Chunk]:
    """Store each lane's outputs under its number and return them as chunks."""
    chunks = [
        Chunk(stage=stage, partition=p, number=numbers[p], messages=tuple(messages))
        for p, messages in sorted(outputs.items())
        if messages
    ]
    if not chunks:
        return []
    rows = [
        {
            "stage": stage,
            "partition": chunk.partition,
            "number": chunk.number,
            "body": packed(chunk.messages),
            "created_at": now,
            "published_at": None,
        }
        for chunk in chunks
    ]
    await insert_rows(conn, OutboxChunk, rows)
    return chunks


async def mark_published(conn: AsyncConnection, *, chunks: Iterable[Chunk], now: datetime) -> None:
    """Note that the broker has these chunks."""
    rows = [
        {"stage": c.stage, "partition": c.partition, "number": c.number, "published_at": now}
        for c in chunks
    ]
    await update_rows(conn, OutboxChunk, rows)


async def leftovers(conn: AsyncConnection, *, stage: str, partition: int) -> list[Chunk]:
    """Return a lane's unpublished chunks, oldest first."""
    rows = await conn.execute(
        select(_CHUNK.c.number, _CHUNK.c.body)
        .where(
            _CHUNK.c.stage == stage,
            _CHUNK.c.partition == partition,
            _CHUNK.c.published_at.is_(None),
        )
        .order_by(_CHUNK.c.number)
    )
    return [
        Chunk(stage=stage, partition=partition, number=row.number, messages=unpacked(row.body))
        for row in rows
    ]


Dated = tuple[datetime, Chunk]
"""A chunk and when it was stored."""


async def kept(conn: AsyncConnection) -> AsyncIterator[Dated]:
    """Yield every chunk the database still has, the earliest first, each lane's in its order."""
    lanes = await conn.execute(
        select(_CHUNK.c.stage, _CHUNK.c.partition)
        .group_by(_CHUNK.c.stage, _CHUNK.c.partition)
        .order_by(_CHUNK.c.stage, _CHUNK.c.partition)
    )
    found = [_kept_of(conn, stage=stage, partition=partition) for stage, partition in lanes.all()]
    async for dated in earliest_first(found):
        yield dated


async def _kept_of(conn: AsyncConnection, *, stage: str, partition: int) -> AsyncIterator[Dated]:
    after = -1
    while True:
        rows = await conn.execute(
            select(_CHUNK.c.number, _CHUNK.c.body, _CHUNK.c.created_at)
            .where(
                _CHUNK.c.stage == stage, _CHUNK.c.partition == partition, _CHUNK.c.number > after
            )
            .order_by(_CHUNK.c.number)
            .limit(READ_AHEAD)
        )
        found = rows.all()
        if not found:
            return
        for number, body, created_at in found:
            messages = unpacked(body)
            chunk = Chunk(stage=stage, partition=partition, number=number, messages=messages)
            yield created_at, chunk
        after = found[-1].number


async def earliest_first(sources: Sequence[AsyncIterator[Dated]]) -> AsyncIterator[Dated]:
    """Yield what several sources yield by time, so that a cause comes before what it led to.

    What one source yields stays in its order, also when a clock went back.
    """
    heads: list[tuple[datetime, int, Chunk]] = []
    for number, source in enumerate(sources):
        await _push_next(heads, number, source)
    while heads:
        at, number, chunk = heapq.heappop(heads)
        yield at, chunk
        await _push_next(heads, number, sources[number])


async def _push_next(
    heads: list[tuple[datetime, int, Chunk]], number: int, source: AsyncIterator[Dated]
) -> None:
    async for at, chunk in source:
        heapq.heappush(heads, (at, number, chunk))
        return


async def count_kept(conn: AsyncConnection) -> int:
    """Return how many chunks a rebuild would publish."""
    return int((await conn.execute(select(func.count()).select_from(_CHUNK))).scalar_one())


async def prune(conn: AsyncConnection, *, before: datetime) -> int:
    """Drop a batch of chunks that were published before an instant; returns how many."""
    old = select(_CHUNK.c.stage, _CHUNK.c.partition, _CHUNK.c.number).where(
        _CHUNK.c.published_at < before
    )
    return await delete_found(conn, OutboxChunk, old.limit(CHUNKS_AT_ONCE))
