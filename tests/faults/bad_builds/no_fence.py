"""A stale owner whom no epoch keeps from writing."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.stage import fence
from tests.faults.bad_builds import stale_owner
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Let everybody write for every lane."""
    hold, lane = fence.hold, fence._LANE

    async def held(
        conn: AsyncConnection, *, stage: str, epochs: Mapping[int, int], partitions: Iterable[int]
    ) -> dict[int, int]:
        current = select(lane.c.partition, lane.c.epoch).where(lane.c.stage == stage)
        rows = await conn.execute(current.order_by(lane.c.partition).with_for_update())
        forged = {**epochs, **{row.partition: row.epoch for row in rows}}
        return await hold(conn, stage=stage, epochs=forged, partitions=partitions)

    swap(fence, "hold", held)
    stale_owner.spoil()
