"""The rows of the fault matrix that break one of several brokers."""

from pathlib import Path

import pytest

from tests.faults.matrix import ALL_ROWS
from tests.faults.servers import Yard
from tests.support.faulted import MARKS, assert_promises_are_kept

pytestmark = [*MARKS]

OF_CLUSTERS = [row.id for row in ALL_ROWS.values() if row.setting.nodes > 1]


@pytest.mark.postgres
class TestHouseOnSeveralBrokers:
    @pytest.mark.parametrize("row", OF_CLUSTERS)
    async def test_keeps_every_promise_under(self, row: str, yard: Yard, tmp_path: Path) -> None:
        await assert_promises_are_kept(ALL_ROWS[row], "postgres", yard=yard, keep=tmp_path)
