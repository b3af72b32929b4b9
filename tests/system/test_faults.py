"""The short form of every row of the fault matrix: no promise is broken by any fault."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.matrix import ALL_ROWS, in_turn
from tests.faults.servers import Yard
from tests.faults.stand import Engine
from tests.support.faulted import short_run, told

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    # The recorder's own clients are cut off on purpose; what they leave open is no finding.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

ON_SQLITE_TOO = ("R-01", "R-05", "R-24", "R-31")
IN_TURN = [row.id for row in sorted(ALL_ROWS.values(), key=in_turn)]


@pytest.fixture(scope="module")
def yard() -> Iterator[Yard]:
    """Keep the servers of one row for the next."""
    with Yard() as yard:
        yield yard
    gc.collect()  # what cut clients left open is not for the next module's tests


PROMISED = {
    *("R-01", "R-02", "R-03", "R-04", "R-05", "R-07", "R-08", "R-09", "R-10", "R-11", "R-12"),
    *("R-14", "R-15", "R-18", "R-20", "R-21", "R-23", "R-24", "R-26", "R-31", "R-32"),
}
"""The rows of the reliability handbook that run here; others may join them."""


class TestMatrix:
    def test_has_every_row_that_was_promised(self) -> None:
        assert ALL_ROWS.keys() >= PROMISED


class TestHouse:
    @pytest.mark.postgres
    @pytest.mark.parametrize("row", IN_TURN)
    async def test_keeps_every_promise_under(self, row: str, yard: Yard, tmp_path: Path) -> None:
        await self._keeps_every_promise(row, "postgres", yard, tmp_path)

    @pytest.mark.parametrize("row", ON_SQLITE_TOO)
    async def test_keeps_every_promise_on_sqlite_under(
        self, row: str, yard: Yard, tmp_path: Path
    ) -> None:
        await self._keeps_every_promise(row, "sqlite", yard, tmp_path)

    async def _keeps_every_promise(
        self, row: str, engine: Engine, yard: Yard, folder: Path
    ) -> None:
        outcome = await short_run(ALL_ROWS[row], engine, yard=yard, keep=folder)
        assert outcome.faults > 0
        sizes = outcome.verdict.sizes
        assert sizes["cases"] > 0
        if not ALL_ROWS[row].truncated:
            assert sizes["observed"] >= sizes["final"], "the observer missed records"
        assert outcome.verdict.valid, told(outcome.verdict)
