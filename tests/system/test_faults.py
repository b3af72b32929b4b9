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
        assert outcome.verdict.sizes["cases"] > 0
        assert outcome.verdict.valid, told(outcome.verdict)
