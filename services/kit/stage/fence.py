"""Lanes: who may write for a partition now.

Taking a lane raises its epoch; every later write of the stage checks the epoch it holds. A process
that was paused and lost its partition holds an old epoch, so its write is refused.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import Lane

_LANE = table_of(Lane)
_HOLD = (
    update(_LANE)
    .where(_LANE.c.stage == bindparam("of_stage"), among(_LANE.c.partition, "partitions"))
    .values(next_chunk=_LANE.c.next_chunk + 1)
    .returning(_LANE.c.partition, _LANE.c.epoch, _LANE.c.next_chunk)
)


class Fenced(Exception):
    """Another process owns one of these lanes by now; nothing was written."""


async def take(conn: AsyncConnection, *, stage: str, partition: int, count: int) -> int:
    """Become the owner of one of a stage's `count` lanes and return the new epoch.

    The first that takes one notes them all: a process that is killed before it has the next, or
    owns only some of them, must not pass for the whole.
    """
    lanes = sorted({*range(count), partition})
    rows = [{"stage": stage, "partition": p, "epoch": 0, "next_chunk": 1} for p in lanes]
    await insert_rows(conn, Lane, rows, skip_known=True)
    raised = await conn.execute(
        update(_LANE)
        .where(_LANE.c.stage == stage, _LANE.c.partition == partition)
        .values(epoch=_LANE.c.epoch + 1)
        .returning(_LANE.c.epoch)
    )
    return int(raised.scalar_one())


async def hold(
    conn: AsyncConnection, *, stage: str, epochs: Mapping[int, int], partitions: Iterable[int]
) -> dict[int, int]:
    """Lock these lanes for the transaction and return a chunk number of its own for each.

    Raises `Fenced` when the epoch of one is not the one we took it with.
    """
    wanted = sorted(set(partitions))
    rows = await conn.execute(_HOLD, {"of_stage": stage, "partitions": wanted})
    found = {row.partition: (row.epoch, row.next_chunk - 1) for row in rows}
    if any(p not in found or found[p][0] != epochs.get(p) for p in wanted):
        msg = f"{stage}: lanes {wanted} are owned by another process now"
        raise Fenced(msg)
    return {p: number for p, (_, number) in found.items()}


async def lanes_known(conn: AsyncConnection) -> int:
    """Return how many partitions the lanes noted here come from; 0 before the first is taken."""
    highest = await conn.scalar(select(func.max(_LANE.c.partition)))
    return 0 if highest is None else int(highest) + 1
