"""A case that somebody in charge sends to another department is assigned as any other is."""

from typing import Any

from schemas.events.assignment import CaseAssigned
from schemas.events.charge import CaseReassigned
from tests.support.router import Answers, RouterBench, registered, returned

LEAD = "urban-management"


def reassigned(after: CaseAssigned, department: str, **changes: Any) -> CaseReassigned:
    fields: dict[str, Any] = {
        "case_id": after.case_id,
        "at": after.at,
        "assignment_id": after.lead.assignment_id,
        "department": after.lead.department,
        "to_department": department,
        "reason": "a private flat",
    }
    return CaseReassigned(**(fields | changes))


def only(answers: Answers) -> CaseAssigned:
    [assigned] = answers.assigned
    return assigned


class TestCaseSentElsewhere:
    async def test_goes_there_with_a_fresh_clock_and_says_why(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        answers = await bench.tell(reassigned(first, "police"))
        assigned = only(answers)
        assert (assigned.lead.department, assigned.round, assigned.resumes) == ("police", 2, False)
        assert (assigned.why.rule, assigned.final) == ("case.reassign", False)
        [passed] = assigned.why.passed_over
        assert (passed.candidate, passed.reason) == (LEAD, "taken from them: a private flat")
        assert [order.department for order in answers.orders] == ["police"]

    async def test_goes_there_once(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        await bench.tell(reassigned(first, "police"))
        assert (await bench.tell(reassigned(first, "fire"))).assigned == []

    async def test_may_go_back_to_who_declined_it_who_has_to_keep_it(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0112")))
        second = only(await bench.tell(returned(first, suggested_department="police")))
        assert second.lead.department == "police"
        third = only(await bench.tell(reassigned(second, LEAD)))
        assert (third.lead.department, third.final) == (LEAD, True)

    async def test_goes_to_the_owner_of_last_resort_when_the_plan_lost_it(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0304")))
        assigned = only(await bench.tell(reassigned(first, "gardeners")))
        owners = {bench.plan.fallback.owner, bench.plan.fallback.deputy} - {first.lead.department}
        assert assigned.lead.department in owners
        assert "not in the plan" in {one.reason for one in assigned.why.passed_over}

    async def test_leaves_its_co_handlers_their_parts(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0505")))
        assigned = only(await bench.tell(reassigned(first, "fire")))
        kept = {o.assignment_id for o in first.co_handlers if o.department != "fire"}
        assert {o.assignment_id for o in assigned.co_handlers} == kept
