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
from services.router.store import Routed
from services.router.use_cases.orders import Assignment
from services.router.use_cases.steps import Known, next_step, opened
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


def walk(plan: Plan, category: str, steps: list[Move]) -> list[tuple[Routed, Assignment]]:
    """Play the moves as far as a notifier would let them be made: a final one is not declined."""
    case = registered(category)
    now = MONDAY_NOON
    rounds = [opened(case, data=b"", plan=plan, now=now)]
    for move in steps:
        now += timedelta(hours=move.hours)
        routed, assignment = rounds[-1]
        last = assignment.assigned
        if move.kind == "decline" and last.final:
            continue
        facts: dict[str, CaseReturned | CaseEscalated | CaseReopened] = {
            "decline": returned(last, suggested_department=move.suggested),
            "silence": escalated(last),
            "reopen": reopened(last.case_id),
        }
        known = Known(case=routed, registered=case)
        step = next_step(facts[move.kind], known, plan=plan, now=now)
        assert step.assignment is not None
        rounds.append((step.case, step.assignment))
    return rounds


def told(rounds: list[tuple[Routed, Assignment]]) -> list[CaseAssigned]:
    return [assignment.assigned for _, assignment in rounds]


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
        for number, (routed, assignment) in enumerate(rounds, start=1):
            assigned = assignment.assigned
            assert (assigned.round, routed.route.round) == (number, number)
            assert (assigned.why.plan_version, assigned.why.rule != "") == (plan.version, True)
            assert assigned.why.inputs["category"] == category
            passed = [one.candidate for one in assigned.why.passed_over]
            tried = routed.route.tried
            assert set(tried) <= set(passed)
            assert assigned.lead.department not in {c.department for c in assigned.co_handlers}

    @given(plans, categories, st.lists(moves, max_size=12))
    def test_the_offered_and_the_ordered_are_the_same(
        self, plan: Plan, category: str, steps: list[Move]
    ) -> None:
        offered: set[object] = set()
        for _, assignment in walk(plan, category, steps):
            new = {issue.order.assignment_id for issue in assignment.issues}
            assert not new & offered
            offered |= new
            parts = (assignment.assigned.lead, *assignment.assigned.co_handlers)
            assert {part.assignment_id for part in parts} <= offered

    @given(plans, categories, st.lists(moves, max_size=8))
    def test_the_same_inputs_give_the_same_decisions(
        self, plan: Plan, category: str, steps: list[Move]
    ) -> None:
        assert walk(plan, category, steps) == walk(plan, category, steps)
