"""A case whose lead left the plan goes to whoever the plan names now."""

import pytest

from schemas.events.assignment import CaseAssigned
from schemas.events.case import LEFT_THE_PLAN, AssignmentRevoked
from tests.support.leaving import without
from tests.support.router import Answers, RouterBench, registered, returned

GONE = "housing"


def revoked(after: CaseAssigned) -> AssignmentRevoked:
    return AssignmentRevoked(
        case_id=after.case_id,
        at=after.at,
        assignment_id=after.lead.assignment_id,
        department=after.lead.department,
        reason=LEFT_THE_PLAN,
    )


def led_by(bench: RouterBench, department: str) -> str:
    return next(c.code for c in bench.plan.categories.values() if c.lead == department)


def only(answers: Answers) -> CaseAssigned:
    [assigned] = answers.assigned
    return assigned


async def first_of(bench: RouterBench, department: str = GONE) -> CaseAssigned:
    return only(await bench.tell(registered(led_by(bench, department))))


class TestCaseWhoseLeadLeftThePlan:
    async def test_goes_to_whom_the_plan_names_now_and_says_why(self, bench: RouterBench) -> None:
        first = await first_of(bench)
        bench.plan = without(bench.plan, GONE, heir="police")
        answers = await bench.tell(revoked(first))
        assigned = only(answers)
        assert (assigned.lead.department, assigned.round) == ("police", 2)
        assert (assigned.why.plan_version, assigned.final) == ("without-housing", False)
        [passed] = [one for one in assigned.why.passed_over if one.candidate == GONE]
        assert passed.reason == "not in the plan"
        assert [order.department for order in answers.orders] == ["police"]
        assert GONE not in {offer.department for offer in assigned.co_handlers}

    async def test_goes_there_once(self, bench: RouterBench) -> None:
        first = await first_of(bench)
        bench.plan = without(bench.plan, GONE, heir="police")
        await bench.tell(revoked(first))
        assert (await bench.tell(revoked(first))).assigned == []

    async def test_does_not_go_to_who_declined_it(self, bench: RouterBench) -> None:
        first = await first_of(bench, "police")
        second = only(await bench.tell(returned(first, suggested_department=GONE)))
        assert second.lead.department == GONE
        bench.plan = without(bench.plan, GONE, heir="police")
        assigned = only(await bench.tell(revoked(second)))
        assert assigned.lead.department == bench.plan.fallback.owner

    @pytest.mark.parametrize("owner", ["urban-management"])
    async def test_goes_to_the_owner_of_last_resort_when_its_category_is_gone_too(
        self, bench: RouterBench, owner: str
    ) -> None:
        first = await first_of(bench)
        plan = without(bench.plan, GONE, heir="police")
        left = {code: c for code, c in plan.categories.items() if code != led_by(bench, GONE)}
        bench.plan = plan.model_copy(update={"categories": left})
        assert only(await bench.tell(revoked(first))).lead.department == owner

    async def test_keeps_the_co_handlers_that_stay(self, bench: RouterBench) -> None:
        category = next(
            c for c in bench.plan.categories.values() if c.lead != GONE and GONE in c.co_handlers
        )
        first = only(await bench.tell(registered(category.code)))
        bench.plan = without(bench.plan, GONE, heir=category.lead)
        second = only(await bench.tell(returned(first)))
        stayed = {o.assignment_id for o in first.co_handlers} - {second.lead.assignment_id}
        assert {o.assignment_id for o in second.co_handlers} <= stayed
        assert GONE not in {o.department for o in second.co_handlers}
