"""Whatever departments answer, a case finds its owner and every round says why."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.assignment import CaseAssigned
from schemas.events.case import CaseEscalated, CaseReopened, CaseReturned
from schemas.plan import Plan, parse_plan
from services.router.domain.route import Route
from services.router.use_cases.rounds import Round, first_step, next_step
from tests.support.router import (
    MONDAY_NOON,
    changed_plan,
    escalated,
    registered,
    reopened,
    returned,
    the_plan,
)

NOBODY_OF_LAST_RESORT = {
    '[departments.urban-management]\ntier = "1"\n': (
        '[departments.urban-management]\ntier = "N"\n'
        'people = [{ id = "um", title_en = "officer", title_zh = "值班员" }]\n'
        'duty = [{ days = ["sun"], start = "08:00", end = "09:00", person = "um" }]\n'
    ),
    'head = "em-head"\n': "",
}
PLANS = (the_plan(), parse_plan(changed_plan(NOBODY_OF_LAST_RESORT), name="empty"))
DEPARTMENTS = sorted(the_plan().departments)


@dataclass(frozen=True)
class Move:
    kind: Literal["decline", "silence", "reopen"]
    suggested: str | None
    hours: int


moves = st.builds(
    Move,
    kind=st.sampled_from(["decline", "decline", "silence", "reopen"]),
    suggested=st.none() | st.sampled_from([*DEPARTMENTS, "nowhere"]),
    hours=st.integers(0, 100),
)
declines = st.builds(
    Move,
    kind=st.just("decline"),
    suggested=st.none() | st.sampled_from(DEPARTMENTS),
    hours=st.just(0),
)
plans = st.sampled_from(PLANS)
categories = st.sampled_from([*sorted(the_plan().categories), "gone"])


def walk(plan: Plan, category: str, steps: list[Move]) -> list[tuple[Route, Round]]:
    """Play the moves as far as a notifier would let them be made: a final one is not declined."""
    case = registered(category)
    now = MONDAY_NOON
    first = first_step(case, plan=plan, now=now)
    assert first.round is not None
    rounds = [(first.route, first.round)]
    for move in steps:
        now += timedelta(hours=move.hours)
        route, told = rounds[-1]
        last = told.assigned
        if move.kind == "decline" and last.final:
            continue
        facts: dict[str, CaseReturned | CaseEscalated | CaseReopened] = {
            "decline": returned(last, suggested_department=move.suggested),
            "silence": escalated(last),
            "reopen": reopened(last.case_id),
        }
        step = next_step(route, facts[move.kind], case, plan=plan, now=now)
        assert step.round is not None
        rounds.append((step.route, step.round))
    return rounds


def told(rounds: list[tuple[Route, Round]]) -> list[CaseAssigned]:
    return [one.assigned for _, one in rounds]


class TestWhateverDepartmentsAnswer:
    @given(plans, categories, st.lists(declines, max_size=8))
    def test_a_declined_case_never_goes_at_once_to_the_decliner(
        self, plan: Plan, category: str, steps: list[Move]
    ) -> None:
        leads = [assigned.lead.department for assigned in told(walk(plan, category, steps))]
        assert all(one != other for one, other in pairwise(leads))

    @given(plans, categories, st.lists(declines, min_size=4, max_size=8))
    def test_somebody_owns_it_for_good_after_at_most_as_many_declines_as_the_plan_allows(
        self, plan: Plan, category: str, steps: list[Move]
    ) -> None:
        rounds = told(walk(plan, category, steps))
        assert len(rounds) <= plan.limits.departments_before_fallback + 1
        assert rounds[-1].final
        assert rounds[-1].lead.department in {plan.fallback.owner, plan.fallback.deputy}

    @given(plans, categories, st.lists(moves, max_size=12))
    def test_every_round_says_why_and_is_numbered(
        self, plan: Plan, category: str, steps: list[Move]
    ) -> None:
        rounds = walk(plan, category, steps)
        for number, (route, one) in enumerate(rounds, start=1):
            assigned = one.assigned
            assert (assigned.round, route.round) == (number, number)
            assert (assigned.why.plan_version, assigned.why.rule != "") == (plan.version, True)
            assert assigned.why.inputs["category"] == category
            passed = [one.candidate for one in assigned.why.passed_over]
            tried = route.tried
            assert set(tried) <= set(passed)
            assert assigned.lead.department not in {c.department for c in assigned.co_handlers}

    @given(plans, categories, st.lists(moves, max_size=12))
    def test_the_offered_and_the_ordered_are_the_same(
        self, plan: Plan, category: str, steps: list[Move]
    ) -> None:
        offered: set[object] = set()
        for _, one in walk(plan, category, steps):
            new = {order.assignment_id for order in one.orders}
            assert new == {offer.assignment_id for offer in one.new_offers}
            assert not new & offered
            offered |= new
            parts = (one.assigned.lead, *one.assigned.co_handlers)
            assert {part.assignment_id for part in parts} <= offered

    @given(plans, categories, st.lists(moves, max_size=8))
    def test_the_same_inputs_give_the_same_decisions(
        self, plan: Plan, category: str, steps: list[Move]
    ) -> None:
        assert walk(plan, category, steps) == walk(plan, category, steps)
