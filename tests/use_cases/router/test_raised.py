"""A case that became more urgent stays where it is, and is that in every later round."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from schemas.events.assignment import CaseAssigned
from schemas.events.clocks import CaseUrgencyRaised
from schemas.vocabulary import Urgency
from tests.support.router import MONDAY_NOON, RouterBench, escalated, registered, returned
from tests.use_cases.router.test_correcting import corrected, only

SOON = MONDAY_NOON + timedelta(hours=2)


def raised(after: CaseAssigned, **changes: Any) -> CaseUrgencyRaised:
    fields: dict[str, Any] = {
        "case_id": after.case_id,
        "at": after.at,
        "merged_id": UUID(int=2),
        "department": after.lead.department,
        "urgency": Urgency.EMERGENCY,
        "before": after.urgency,
        "reason": "danger_told",
        "limit_text": "2 UH",
        "due_by": SOON,
    }
    return CaseUrgencyRaised(**(fields | changes))


class TestCaseThatBecameMoreUrgent:
    async def test_stays_with_its_lead(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0111")))
        assert (await bench.tell(raised(first))).messages == []

    async def test_is_that_for_the_next_lead(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0111")))
        assert first.limit_text == "5 WD"
        await bench.tell(raised(first))
        second = only(await bench.tell(returned(first)))
        assert (second.urgency, second.limit_text) == (Urgency.EMERGENCY, "2 UH")
        assert second.sign_seconds == 300

    async def test_keeps_a_limit_of_the_plan_that_is_shorter(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0502", urgency=Urgency.URGENT)))
        await bench.tell(raised(first))
        assert only(await bench.tell(returned(first))).limit_text == "1 UH"

    async def test_is_due_when_the_notifier_says(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0111")))
        await bench.tell(raised(first))
        told = await bench.tell(escalated(first))
        assert {order.due_by for order in told.orders if order.role == "lead"} == {SOON}

    async def test_has_the_limit_of_what_somebody_says_it_is(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0111")))
        await bench.tell(raised(first))
        fact = corrected(bench, first, "E0111", "urgency", urgency=Urgency.GENERAL)
        second = only(await bench.tell(fact))
        assert (second.urgency, second.limit_text) == (Urgency.GENERAL, "5 WD")
