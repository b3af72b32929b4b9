"""The checker catches every broken history, each by the right name and by no other."""

from pathlib import Path

import pytest

from tests.faults.checker.anomalies import Kind
from tests.faults.checker.verdict import check
from tests.faults.history import load
from tests.unit.faults import (
    bad_commands,
    bad_deadlines,
    bad_effects,
    bad_ends,
    bad_joining,
    bad_logs,
    bad_requests,
    bad_waiting,
)

BAD = (
    bad_logs.BAD
    | bad_effects.BAD
    | bad_deadlines.BAD
    | bad_ends.BAD
    | bad_joining.BAD
    | bad_commands.BAD
    | bad_requests.BAD
    | bad_waiting.BAD
)


class TestBadHistory:
    def test_there_are_at_least_forty(self) -> None:
        assert len(BAD) >= 40

    def test_shows_each_anomaly_at_least_once(self) -> None:
        assert set().union(*(kinds for _, kinds in BAD.values())) == set(Kind)

    @pytest.mark.parametrize("name", BAD)
    def test_is_caught_by_its_name(self, name: str) -> None:
        build, kinds = BAD[name]
        verdict = check(build())
        assert set(verdict.counts) == kinds
        assert verdict.safe == all(kind.is_liveness for kind in kinds)
        assert verdict.live == (not any(kind.is_liveness for kind in kinds))

    @pytest.mark.parametrize("name", BAD)
    def test_is_caught_from_files_as_well(self, name: str, tmp_path: Path) -> None:
        build, kinds = BAD[name]
        build().save(tmp_path)
        assert set(check(load(tmp_path)).counts) == kinds
