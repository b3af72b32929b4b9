"""Which open case a report joins, and what the life cycle makes of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from schemas.lifecycle import CaseEvent, IllegalTransition
from schemas.plan import Merging
from services.assessment.likeness import (
    MOST_COMPARED,
    comparable_address,
    comparable_words,
    likeness,
)
from services.assessment.plan_index import merging_of
from services.assessment.position import Position
from services.intake.domain.closure import Closure, closure_of, latest
from services.intake.domain.dedup import (
    OpenCases,
    Sighting,
    around,
    explained,
    place_of,
)
from services.intake.domain.outcome import Outcome, outcome_of
from tests.support.intake import HERE, NOON, north_of, seed_index

USUAL = Merging()


def sighting(
    number: int, *, metres: float = 0, minutes: float = 0, exercise: bool = False, **seen: str
) -> Sighting:
    return Sighting(
        case_id=UUID(int=number),
        position=north_of(HERE, metres),
        reported_at=NOON + timedelta(minutes=minutes),
        exercise=exercise,
        source=seen.pop("source", "hotline"),
        **seen,
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
            source="hotline",
        )
        over = Sighting(
            case_id=UUID(int=1),
            position=Position(28.69001, 115.96001),
            reported_at=NOON,
            exercise=False,
            source="hotline",
        )

        assert joined(edge, over) == 1


WEEK = Merging(same_place_within=timedelta(days=7))
DAYS = 24 * 60


class TestSamePlace:
    @pytest.mark.parametrize(
        ("days", "metres", "case"),
        [(3, 0, 1), (3, 9.9, 1), (3, 10.1, None), (7.1, 0, None), (0.9, 49, 1)],
    )
    def test_is_within_its_metres_where_an_address_is_missing(
        self, days: float, metres: float, case: int | None
    ) -> None:
        report = sighting(9, address="湖滨路7号")

        assert joined(report, sighting(1, minutes=-days * DAYS, metres=metres), merging=WEEK) == (
            case
        )

    @pytest.mark.parametrize(("address", "case"), [("湖滨路7号", 1), ("湖滨路9号", None)])
    def test_is_the_same_address_where_both_have_one(self, address: str, case: int | None) -> None:
        report = sighting(9, address="湖滨路7号")
        before = sighting(1, minutes=-3 * DAYS, metres=30, address=address)

        assert joined(report, before, merging=WEEK) == case

    def test_never_shortens_the_time(self) -> None:
        brief = Merging(same_place_within=timedelta(hours=1))

        assert joined(sighting(9), sighting(1, minutes=-2 * 60), merging=brief) == 1


class TestSameAddress:
    @pytest.mark.parametrize(("address", "case"), [("12mainst", 1), ("14mainst", None), (None, 1)])
    def test_is_asked_for_where_both_have_one(self, address: str | None, case: int | None) -> None:
        asked = Merging(same_address=True)
        before = sighting(1, metres=20) if address is None else sighting(1, address=address)

        assert joined(sighting(9, address="12mainst"), before, merging=asked) == case

    def test_is_not_asked_for_by_default(self) -> None:
        assert joined(sighting(9, address="12mainst"), sighting(1, address="14mainst")) == 1


class TestLikeness:
    @pytest.mark.parametrize(
        ("words", "case"),
        [("general construction: doors", 1), ("general construction: floor", None)],
    )
    def test_tells_two_defects_of_a_house_apart(self, words: str, case: int | None) -> None:
        alike = Merging(likeness=0.85)
        report = sighting(9, words="general construction: doors")

        assert joined(report, sighting(1, words=words), merging=alike) == case

    def test_takes_the_nearest_that_is_alike(self) -> None:
        alike = Merging(likeness=0.5)
        near, far = sighting(1, words="graffiti"), sighting(2, metres=20, words="路灯坏了")

        assert joined(sighting(9, words="路灯坏了一个"), near, far, merging=alike) == 2

    def test_asks_nothing_of_a_report_without_words(self) -> None:
        assert joined(sighting(9), sighting(1, words="graffiti"), merging=Merging(likeness=1)) == 1

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            ("路灯不亮", "路灯不亮", 1.0),
            ("路灯不亮", "垃圾桶满", 0.0),
            ("street light out", "light out", 0.8),
            ("ktv太吵", "ktv很吵", 0.5),
            ("井", "井", 1.0),
        ],
    )
    def test_counts_words_and_pairs_of_characters(
        self, one: str, other: str, expected: float
    ) -> None:
        assert likeness(one, other) == pytest.approx(expected)
        assert likeness(other, one) == likeness(one, other)

    @pytest.mark.parametrize("description", [None, "", "  ", "!!! 。。"])
    def test_has_nothing_to_compare_without_words(self, description: str | None) -> None:
        assert comparable_words(description) is None
        assert comparable_address(description) is None

    def test_compares_the_beginning_of_a_long_text(self) -> None:
        assert comparable_words("路灯" * 2000) == "路灯" * (MOST_COMPARED // 2)


def entry(number: int) -> Sighting:
    return sighting(number, source="grid-app", channel="grid_member")


class TestWorkList:
    def test_names_each_thing_once(self) -> None:
        assert joined(entry(9), entry(1)) is None

    @pytest.mark.parametrize(
        "other",
        [
            sighting(1, source="another-app", channel="grid_member"),
            sighting(1, source="grid-app", channel="phone"),
            sighting(1, source="grid-app"),
        ],
    )
    def test_joins_what_others_told_of(self, other: Sighting) -> None:
        assert joined(entry(9), other) == 1

    def test_is_what_the_plan_says(self) -> None:
        assert joined(entry(9), entry(1), merging=Merging(lists=())) == 1


class TestWhy:
    def why(self, report: Sighting, case: Sighting, merging: Merging = USUAL) -> str:
        open_cases = OpenCases()
        open_cases.add(case, place="p")
        match = open_cases.nearest(report, places=("p",), merging=merging)
        assert match is not None
        return explained(match, report, category="E0192", merging=merging)

    def test_names_place_and_time(self) -> None:
        told = self.why(sighting(9), sighting(1, metres=10, minutes=-5))

        assert told == "same category E0192; 10.0 m apart, limit 50 m; 5 min apart, limit 24 h"

    def test_names_every_test(self) -> None:
        merging = Merging(same_address=True, likeness=0.5, same_place_within=timedelta(days=7))
        report = sighting(9, channel="grid_member", address="湖滨路7号", words="路灯不亮")
        case = sighting(1, minutes=-3 * DAYS, address="湖滨路7号", words="路灯不亮了")

        assert self.why(report, case, merging) == (
            "same category E0192; 0.0 m apart, limit 50 m; "
            "4320 min apart, limit 168 h at the same place; not one grid_member list; "
            "same address; words 0.86 alike, at least 0.5"
        )

    def test_names_what_could_not_be_compared(self) -> None:
        told = self.why(sighting(9), sighting(1), Merging(same_address=True, likeness=0.5))

        assert told.endswith("; no two addresses to compare; no words to compare")


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
    @pytest.mark.parametrize(
        ("ended", "state"),
        [
            ("case.closed", "closed"),
            ("case.force_closed", "force_closed"),
            ("case.withdrawn", "withdrawn"),
            ("case.dismissed", "not_accepted"),
        ],
    )
    def test_ends_a_case_and_says_how(self, ended: str, state: str) -> None:
        found = closure_of(ended, case_id=UUID(int=1), at=NOON, sequence=3, why="why")
        assert (found.closed_at, found.ended_as, found.why) == (NOON, state, "why")

    def test_says_into_which_case_it_was_merged(self) -> None:
        other = UUID(int=2)
        found = closure_of(
            "case.merged_into", case_id=UUID(int=1), at=NOON, sequence=3, why="same", into=other
        )
        assert (found.ended_as, found.into) == ("merged", other)
        again = closure_of("case.unmerged", case_id=UUID(int=1), at=NOON, sequence=4, into=other)
        assert (again.closed_at, again.into) == (None, None)

    def test_is_undone_by_reopening(self) -> None:
        found = closure_of("case.reopened", case_id=UUID(int=1), at=NOON, sequence=4, why="no")

        assert (found.closed_at, found.ended_as, found.why) == (None, None, None)

    def test_counts_the_last_one_of_each_case(self) -> None:
        ended = Closure(case_id=UUID(int=2), closed_at=NOON, sequence=7)
        again = Closure(case_id=UUID(int=2), closed_at=None, sequence=9)
        other = Closure(case_id=UUID(int=1), closed_at=NOON, sequence=1)

        assert list(latest([again, ended, other]).values()) == [other, again]
