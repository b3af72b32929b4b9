"""Outputs that share the transaction of the state they tell about.

A batch's messages are stored as one chunk per lane, published after the commit, and marked when the
broker has them. Chunks that were not marked are published again by the lane's next owner; marked
ones are kept for a while, so that the topics of a lost broker can be rebuilt from them.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgpack
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.plumbing import Lane, OutboxChunk
from services.kit.records import Message
from services.kit.tables import table_of

_CHUNK = table_of(OutboxChunk)
_LANE = table_of(Lane)
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One lane's outputs of one batch, in the order they must be published."""

    stage: str
    partition: int
    number: int
    messages: tuple[Message, ...]


def packed(messages: Iterable[Message]) -> bytes:
    """Return messages as the bytes a chunk keeps."""
    rows = [(m.topic, m.key, m.value, m.headers) for m in messages]
    return bytes(msgpack.packb(rows))


def unpacked(body: bytes) -> tuple[Message, ...]:
    """Return the messages of a chunk's bytes."""
    rows: list[Any] = msgpack.unpackb(body)
    return tuple(
        Message(
            topic=topic,
            key=key,
            value=value,
            headers=tuple((name, content) for name, content in headers),
        )
        for topic, key, value, headers in rows
    )


async def store(
    conn: AsyncConnection,
    *,
    stage: str,
    outputs: Mapping[int, Sequence[Message]],
    numbers: Mapping[int, int],
    now: datetime,
) -> list[Chunk]:
    """Store each lane's outputs under its next number and return them as chunks."""
    chunks = [
        Chunk(stage=stage, partition=p, number=numbers[p], messages=tuple(messages))
        for p, messages in sorted(outputs.items())
        if messages
    ]
    if not chunks:
        return []
    await conn.execute(
        _CHUNK.insert(),
        [
            {
                "stage": stage,
                "partition": chunk.partition,
                "number": chunk.number,
                "body": packed(chunk.messages),
                "created_at": now,
                "published_at": None,
            }
            for chunk in chunks
        ],
    )
    await conn.execute(
        update(_LANE)
        .where(_LANE.c.stage == stage, _LANE.c.partition.in_([c.partition for c in chunks]))
        .values(next_chunk=_LANE.c.next_chunk + 1)
    )
    return chunks


async def mark_published(conn: AsyncConnection, *, chunks: Iterable[Chunk], now: datetime) -> None:
    """Note that the broker has these chunks."""
    rows = [{"s": c.stage, "p": c.partition, "n": c.number, "t": now} for c in chunks]
    if not rows:
        return
    await conn.execute(
        update(_CHUNK)
        .where(
            _CHUNK.c.stage == bindparam("s"),
            _CHUNK.c.partition == bindparam("p"),
            _CHUNK.c.number == bindparam("n"),
        )
        .values(published_at=bindparam("t")),
        rows,
    )


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


async def kept(conn: AsyncConnection) -> AsyncIterator[Chunk]:
    """Yield every chunk the database still has, lane by lane, oldest first."""
    lanes = await conn.execute(
        select(_CHUNK.c.stage, _CHUNK.c.partition)
        .group_by(_CHUNK.c.stage, _CHUNK.c.partition)
        .order_by(_CHUNK.c.stage, _CHUNK.c.partition)
    )
    for stage, partition in lanes.all():
        after = -1
        while True:
            rows = await conn.execute(
                select(_CHUNK.c.number, _CHUNK.c.body)
                .where(
                    _CHUNK.c.stage == stage,
                    _CHUNK.c.partition == partition,
                    _CHUNK.c.number > after,
                )
                .order_by(_CHUNK.c.number)
                .limit(AT_ONCE)
            )
            found = rows.all()
            if not found:
                break
            for number, body in found:
                yield Chunk(
                    stage=stage, partition=partition, number=number, messages=unpacked(body)
                )
            after = found[-1].number


async def count_kept(conn: AsyncConnection) -> int:
    """Return how many chunks a rebuild would publish."""
    return int((await conn.execute(select(func.count()).select_from(_CHUNK))).scalar_one())


async def prune(conn: AsyncConnection, *, before: datetime) -> int:
    """Drop a batch of chunks that were published before an instant; returns how many."""
    old = await conn.execute(
        select(_CHUNK.c.stage, _CHUNK.c.partition, _CHUNK.c.number)
        .where(_CHUNK.c.published_at < before)
        .limit(AT_ONCE)
    )
    rows = [{"s": row.stage, "p": row.partition, "n": row.number} for row in old]
    if rows:
        await conn.execute(
            delete(_CHUNK).where(
                _CHUNK.c.stage == bindparam("s"),
                _CHUNK.c.partition == bindparam("p"),
                _CHUNK.c.number == bindparam("n"),
            ),
            rows,
        )
    return len(rows)
