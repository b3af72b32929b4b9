"""A stale owner whom no epoch keeps from writing."""

from typing import Any

from sqlalchemy import select

from services.kit.stage import fence
from services.kit.stage.load import Load
from services.kit.stage.settling import Settling
from tests.faults.bad_builds import stale_owner
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Let everybody write for every lane."""
    commit, lane = Settling._commit, fence._LANE

    async def committed(self: Settling[Any], load: Load[Any]) -> int:
        columns = (lane.c.partition, lane.c.epoch, lane.c.next_chunk)
        async with self._parts.database.read() as conn:
            rows = await conn.execute(select(*columns).where(lane.c.stage == self._parts.name))
        self.lanes |= {row.partition: fence.Hold(row.epoch, row.next_chunk) for row in rows}
        return await commit(self, load)

    swap(Settling, "_commit", committed)
    stale_owner.spoil()
