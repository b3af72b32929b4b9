"""Which open case a report joins, and what the life cycle makes of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from schemas.lifecycle import CaseEvent, IllegalTransition
from schemas.plan import Merging
from services.intake.domain.closure import Closure, closure_of, latest
from services.intake.domain.dedup import (
    OpenCases,
    Sighting,
    around,
    explained,
    merging_of,
    place_of,
)
from services.intake.domain.outcome import Outcome, outcome_of
from services.intake.domain.position import Position
from tests.support.intake import HERE, NOON, north_of, seed_index

USUAL = Merging()


def sighting(
    number: int, *, metres: float = 0, minutes: float = 0, exercise: bool = False
) -> Sighting:
    return Sighting(
        case_id=UUID(int=number),
        position=north_of(HERE, metres),
        reported_at=NOON + timedelta(minutes=minutes),
        exercise=exercise,
    )


def joined(report: Sighting, *cases: Sighting, merging: Merging = USUAL) -> int | None:
    open_cases = OpenCases()
    for case in cases:
        open_cases.add(case, place=place_of("E0192", case.position))
    places = around("E0192", report.position, radius_m=merging.radius_m).places
    match = open_cases.nearest(report, places=places, merging=merging)
    return None if match is None else match.case.case_id.int


class TestReport:
    @pytest.mark.parametrize(("metres", "case"), [(49.9, 1), (50.1, None)])
    def test_joins_a_case_within_the_radius(self, metres: float, case: int | None) -> None:
        assert joined(sighting(9), sighting(1, metres=metres)) == case

    @pytest.mark.parametrize(
        ("minutes", "case"), [(24 * 60, 1), (24 * 60 + 1, None), (-24 * 60, 1)]
    )
    def test_joins_a_case_within_the_time(self, minutes: float, case: int | None) -> None:
        assert joined(sighting(9), sighting(1, minutes=minutes)) == case

    def test_joins_the_nearest(self) -> None:
        assert joined(sighting(9), sighting(1, metres=30), sighting(2, metres=-20)) == 2

    def test_joins_the_oldest_of_equally_near_ones(self) -> None:
        assert joined(sighting(9), sighting(1, minutes=-5), sighting(2, minutes=-9)) == 2

    @pytest.mark.parametrize("exercise", [True, False])
    def test_joins_an_exercise_only_as_one(self, *, exercise: bool) -> None:
        report = sighting(9, exercise=exercise)
        near, far = sighting(1, exercise=not exercise), sighting(2, metres=40, exercise=exercise)

        assert joined(report, near, far) == 2

    def test_joins_a_case_over_the_border_of_a_cell(self) -> None:
        edge = Sighting(
            case_id=UUID(int=9),
            position=Position(28.68999, 115.95999),
            reported_at=NOON,
            exercise=False,
        )
        over = Sighting(
            case_id=UUID(int=1),
            position=Position(28.69001, 115.96001),
            reported_at=NOON,
            exercise=False,
        )

        assert joined(edge, over) == 1

    def test_is_told_why_it_was_merged(self) -> None:
        open_cases, report = OpenCases(), sighting(9)
        open_cases.add(sighting(1, metres=10, minutes=-5), place="p")
        match = open_cases.nearest(report, places=("p",), merging=USUAL)
        assert match is not None

        told = explained(match, report, category="E0192", merging=USUAL)

        assert told == ("same category E0192; 10.0 m apart, limit 50 m; 5 min apart, limit 24 h")


class TestMerging:
    @pytest.mark.parametrize("code", ["E9999", "S-DISP", "X-PO4"])
    def test_is_not_for_the_catch_all_nor_where_the_plan_forbids_it(self, code: str) -> None:
        assert merging_of(seed_index().plan.category(code), seed_index().plan) is None

    def test_is_as_the_category_has_it(self) -> None:
        found = merging_of(seed_index().plan.category("E0506"), seed_index().plan)

        assert found == Merging(radius_m=200, within=timedelta(hours=6))


class TestOutcome:
    @pytest.mark.parametrize(
        ("event", "outcome"),
        [
            (CaseEvent.REGISTERED, Outcome.REGISTERED),
            (CaseEvent.MERGED, Outcome.MERGED),
            (CaseEvent.REJECTED, Outcome.REJECTED),
        ],
    )
    def test_is_what_the_life_cycle_says(self, event: CaseEvent, outcome: Outcome) -> None:
        assert outcome_of(event) is outcome

    def test_is_nothing_the_life_cycle_forbids(self) -> None:
        with pytest.raises(IllegalTransition):
            outcome_of(CaseEvent.CLOSED)


class TestClosure:
    @pytest.mark.parametrize("ended", ["case.closed", "case.force_closed", "case.withdrawn"])
    def test_ends_a_case(self, ended: str) -> None:
        assert closure_of(ended, case_id=UUID(int=1), at=NOON, sequence=3).closed_at == NOON

    def test_is_undone_by_reopening(self) -> None:
        found = closure_of("case.reopened", case_id=UUID(int=1), at=NOON, sequence=4)

        assert found.closed_at is None

    def test_counts_the_last_one_of_each_case(self) -> None:
        ended = Closure(case_id=UUID(int=2), closed_at=NOON, sequence=7)
        again = Closure(case_id=UUID(int=2), closed_at=None, sequence=9)
        other = Closure(case_id=UUID(int=1), closed_at=NOON, sequence=1)

        assert list(latest([again, ended, other]).values()) == [other, again]
