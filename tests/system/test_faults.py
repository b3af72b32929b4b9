"""The short form of every row of the fault matrix: no promise is broken by any fault.

Rows with several brokers are in `test_cluster_faults.py`, so that they share their brokers.
"""

from pathlib import Path

import pytest

from tests.faults.matrix import ALL_ROWS, in_turn
from tests.faults.servers import Yard
from tests.support.faulted import MARKS, assert_promises_are_kept

pytestmark = [*MARKS]

ON_SQLITE_TOO = ("R-01", "R-05", "R-24", "R-31", "R-38")
IN_TURN = [row.id for row in sorted(ALL_ROWS.values(), key=in_turn) if row.setting.nodes == 1]
PROMISED = {
    *("R-01", "R-02", "R-03", "R-04", "R-05", "R-07", "R-08", "R-09", "R-10", "R-11", "R-12"),
    *("R-14", "R-15", "R-18", "R-20", "R-21", "R-23", "R-24", "R-26", "R-31", "R-32", "R-38"),
}
"""The rows of the reliability handbook that run here; others may join them."""


class TestMatrix:
    def test_has_every_row_that_was_promised(self) -> None:
        assert ALL_ROWS.keys() >= PROMISED


class TestHouse:
    @pytest.mark.postgres
    @pytest.mark.parametrize("row", IN_TURN)
    async def test_keeps_every_promise_under(self, row: str, yard: Yard, tmp_path: Path) -> None:
        await assert_promises_are_kept(ALL_ROWS[row], "postgres", yard=yard, keep=tmp_path)

    @pytest.mark.parametrize("row", ON_SQLITE_TOO)
    async def test_keeps_every_promise_on_sqlite_under(
        self, row: str, yard: Yard, tmp_path: Path
    ) -> None:
        await assert_promises_are_kept(ALL_ROWS[row], "sqlite", yard=yard, keep=tmp_path)
