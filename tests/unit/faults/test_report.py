"""The printed verdict: what stands in it, and the exit code scripts go by."""

from pathlib import Path

import pytest

from tests.faults.checker.__main__ import main
from tests.faults.checker.anomalies import Kind
from tests.faults.checker.verdict import check
from tests.unit.faults.bad_logs import BAD
from tests.unit.faults.good import GOOD
from tests.unit.faults.house import House


def saved(folder: Path, name: str) -> str:
    (BAD[name][0] if name in BAD else GOOD[name])().save(folder / name)
    return str(folder / name)


class TestCommand:
    def test_says_that_a_good_history_is_valid(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([saved(tmp_path, "a_whole_life")]) == 0
        assert ":valid? true" in capsys.readouterr().out

    def test_names_what_is_wrong_and_where(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "200")
        assert main([saved(tmp_path, "an_acknowledged_report_was_forgotten")]) == 1
        printed = capsys.readouterr().out
        for told in (":valid? false", ":safety false", "lost-incident", "hotline/2"):
            assert told in printed
        assert "incident-reports.v1/" in printed

    def test_is_bad_when_one_of_several_is(self, tmp_path: Path) -> None:
        good, bad = saved(tmp_path, "a_whole_life"), saved(tmp_path, "a_case_was_closed_twice")
        assert main([good, bad]) == 1
        assert main([bad, good]) == 1

    def test_asks_for_a_folder(self) -> None:
        assert main([]) == 2


class TestVerdict:
    def test_counts_all_and_shows_some(self) -> None:
        house = House()
        for number in range(20):
            house.report(str(number))
        verdict = check(house.history())
        assert verdict.counts == {Kind.LOST_INCIDENT: 20}
        assert len(verdict.examples(Kind.LOST_INCIDENT, at_most=3)) == 3

    def test_is_safe_though_not_live_when_something_only_stands_still(self) -> None:
        verdict = check(BAD["a_case_was_registered_and_never_assigned"][0]())
        assert (verdict.valid, verdict.safe, verdict.live) == (False, True, False)
