"""A case that was merged into another one and goes on by itself: who led it has the rest."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from schemas.events.assignment import CaseAssigned
from schemas.events.ending import CaseUnmerged
from tests.support.router import MONDAY_NOON, Answers, RouterBench, registered, returned

LEAD, HELP = "urban-management", "police"
DUE = MONDAY_NOON + timedelta(hours=3)


def unmerged(after: CaseAssigned, **changes: Any) -> CaseUnmerged:
    fields: dict[str, Any] = {
        "case_id": after.case_id,
        "at": after.at,
        "primary_id": UUID(int=2),
        "reason": "another pipe",
        "due_by": DUE,
    }
    return CaseUnmerged(**(fields | changes))


def only(answers: Answers) -> CaseAssigned:
    [assigned] = answers.assigned
    return assigned


class TestCaseThatWasTakenApart:
    async def test_goes_to_who_led_it_with_the_rest_of_the_time(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        answers = await bench.tell(unmerged(first))
        again = only(answers)
        assert (again.lead.department, again.round, again.resumes) == (LEAD, 2, True)
        assert again.lead.assignment_id != first.lead.assignment_id
        [order] = answers.orders
        assert (order.department, order.due_by) == (LEAD, DUE)

    async def test_goes_to_the_one_who_has_it_after_a_decline(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        second = only(await bench.tell(returned(first, suggested_department="police")))
        assert only(await bench.tell(unmerged(second))).lead.department == "police"

    async def test_offers_a_part_to_those_it_was_taken_from_and_keeps_the_others(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0506")))
        taken, *kept = first.co_handlers
        answers = await bench.tell(unmerged(first, co_handlers=(taken.department,)))
        again = only(answers)
        assert {one.department for one in again.co_handlers} == {
            one.department for one in first.co_handlers
        }
        ids = {one.assignment_id for one in again.co_handlers}
        assert {one.assignment_id for one in kept} <= ids
        assert taken.assignment_id not in ids
        assert {order.department for order in answers.orders} == {
            first.lead.department,
            taken.department,
        }

    async def test_goes_there_once(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        record = bench.record(unmerged(first), sequence=1)
        assert len((await bench.read([record])).assigned) == 1
        assert (await bench.read([record])).assigned == []
