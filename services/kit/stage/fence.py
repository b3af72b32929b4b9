"""Lanes: who may write for a partition now.

Taking a lane raises its epoch; every later write of the stage is refused unless the epoch is still
that one. A process that was paused and lost its partition holds an old epoch, so its write fails.

The check is part of the write, which locks the lane: what a stale owner read before may be old, but
nothing comes of it. Whoever takes the lane waits for a write that is on its way, and then sees it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.bulk import insert_rows, update_rows
from services.kit.sql.declaring import table_of
from services.kit.sql.faults import Rule, broken_rule
from services.kit.stage.tables import Lane, OutboxChunk

_LANE = table_of(Lane)
_BROKEN: Final = {
    (Rule.NEVER_NULL, _LANE.name),
    # The number of a chunk is the next owner's by now.
    (Rule.NO_DOUBLES, table_of(OutboxChunk).name),
}


class Fenced(Exception):
    """Another process owns one of these lanes by now; nothing was written."""


class Hold(NamedTuple):
    """A lane that was taken: by which epoch, and the number of its next chunk."""

    epoch: int
    next_chunk: int

    def after_chunk(self) -> "Hold":
        """Return the same with its next chunk's number used."""
        return self._replace(next_chunk=self.next_chunk + 1)


async def take(conn: AsyncConnection, *, stage: str, partition: int, count: int) -> Hold:
    """Become the owner of one of a stage's `count` lanes.

    The first that takes one notes them all: a process that is killed before it has the next, or
    owns only some of them, must not pass for the whole.
    """
    await note_lanes(conn, stage=stage, lanes={*range(count), partition})
    raised = await conn.execute(
        update(_LANE)
        .where(_LANE.c.stage == stage, _LANE.c.partition == partition)
        .values(epoch=_LANE.c.epoch + 1)
        .returning(_LANE.c.epoch, _LANE.c.next_chunk)
    )
    return Hold(*raised.one())


async def note_lanes(conn: AsyncConnection, *, stage: str, lanes: Iterable[int]) -> None:
    """Note lanes of a stage that nobody has taken so far; those that are noted stay as they are."""
    rows = [{"stage": stage, "partition": p, "epoch": 0, "next_chunk": 1} for p in sorted(lanes)]
    await insert_rows(conn, Lane, rows, skip_known=True)


async def keep(conn: AsyncConnection, *, stage: str, lanes: Mapping[int, Hold]) -> None:
    """Let the transaction's writes stand only if these lanes are still ours, and count on.

    `lanes` say where each is after it. If one is not ours any more, the transaction fails, here or
    when its writes are sent, with what `told_apart` turns into `Fenced`.
    """
    rows = [
        {"stage": stage, "partition": p, "epoch": h.epoch, "next_chunk": h.next_chunk}
        for p, h in sorted(lanes.items())
    ]
    await update_rows(conn, Lane, rows, while_same="epoch")


@contextmanager
def told_apart(stage: str) -> Iterator[None]:
    """Raise `Fenced` for a transaction that failed because a lane is not ours any more."""
    try:
        yield
    except DBAPIError as error:
        if broken_rule(error) in _BROKEN:
            raise Fenced(f"{stage}: another process owns one of its lanes now") from error
        raise


async def lanes_known(conn: AsyncConnection) -> int:
    """Return how many partitions the lanes noted here come from; 0 before the first is taken."""
    highest = await conn.scalar(select(func.max(_LANE.c.partition)))
    return 0 if highest is None else int(highest) + 1
