"""The measure of merging counts what a file says and what the plan does, row by row."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from bench.merging import PLAN, UPSTREAM, Score, labelled, score
from schemas.plan import load_plan
from services.assessment.plan_index import PlanIndex
from services.upstream.mapping import load_mapping
from tests.support.intake import NOON

COLUMNS = ("unique_key", "created_date", "complaint_type", "incident_address", "city")
LIGHT = "Street Light Condition"


def row(number: int, *, hours: float = 0, kind: str = LIGHT, **more: str) -> dict[str, str]:
    at = (NOON + timedelta(hours=hours)).replace(tzinfo=None)
    named = dict(zip(COLUMNS, (str(number), at.isoformat(), kind, "1 MAIN", "BRONX"), strict=True))
    return named | {"latitude": "40.85", "longitude": "-73.88"} | more


def measured(
    folder: Path, *rows: dict[str, str], parent: str | None = "parent", same: tuple[str, ...] = ()
) -> Score:
    file = folder / "rows.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [*row(0), "parent"])
        writer.writeheader()
        writer.writerows(rows)
    index, mapping = PlanIndex(load_plan(PLAN)), load_mapping(UPSTREAM)
    return score(labelled(file, mapping, index, parent=parent, same=list(same)))


class TestScore:
    def test_counts_what_was_merged_rightly_wrongly_and_not_at_all(self, tmp_path: Path) -> None:
        found = measured(
            tmp_path,
            row(1),
            row(2, hours=1, parent="1"),
            row(3, hours=2),
            row(4, hours=10 * 24, parent="1"),
        )

        assert (found.rows, found.repeats, found.merged, found.right) == (4, 2, 2, 1)
        assert dict(found.missed) == {"same category, more than 7 d": 1}
        assert dict(found.wrong) == {"NYC-STREET-LIGHT": 1}
        assert "precision 50.0%  recall 50.0%" in list(found.lines())

    def test_takes_rows_by_time_and_the_parent_of_a_parent(self, tmp_path: Path) -> None:
        found = measured(tmp_path, row(3, hours=2, parent="2"), row(2, hours=1, parent="1"), row(1))

        assert (found.repeats, found.merged, found.right) == (2, 2, 2)

    def test_tells_why_nothing_could_be_found(self, tmp_path: Path) -> None:
        found = measured(
            tmp_path,
            row(1),
            row(2, kind="Graffiti", parent="1"),
            row(3, latitude="", longitude="", parent="1"),
        )

        assert dict(found.missed) == {
            "another category, within 24 h": 1,
            "never merged: no point, or the category is not": 1,
        }

    @pytest.mark.parametrize(("same", "repeats"), [(("complaint_type",), 1), (("parent",), 0)])
    def test_may_judge_by_columns_that_are_equal(
        self, tmp_path: Path, same: tuple[str, ...], repeats: int
    ) -> None:
        found = measured(tmp_path, row(1), row(2, hours=1), parent=None, same=same)

        assert found.repeats == repeats

    def test_of_an_empty_file_has_no_shares(self, tmp_path: Path) -> None:
        assert "precision -  recall -" in list(measured(tmp_path).lines())
