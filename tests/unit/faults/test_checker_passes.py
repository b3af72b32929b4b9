"""The checker lets pass what only looks strange."""

from pathlib import Path

import pytest

from tests.faults.checker.verdict import check
from tests.faults.history import load
from tests.unit.faults import good, good_clocks, good_commands, good_requests

GOOD = good.GOOD | good_clocks.GOOD | good_commands.GOOD | good_requests.GOOD


class TestGoodHistory:
    def test_there_are_at_least_twenty(self) -> None:
        assert len(GOOD) >= 20

    @pytest.mark.parametrize("name", GOOD)
    def test_passes(self, name: str) -> None:
        assert check(GOOD[name]()).anomalies == ()

    @pytest.mark.parametrize("name", GOOD)
    def test_passes_from_files_as_well(self, name: str, tmp_path: Path) -> None:
        history = GOOD[name]()
        history.save(tmp_path)
        assert load(tmp_path) == history
        assert check(load(tmp_path)).valid
