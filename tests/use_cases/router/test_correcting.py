"""A case that was taken for another one is assigned by the plan's terms for what it is."""

from typing import Any

from schemas.events.assignment import CaseAssigned
from schemas.events.charge import CaseCorrected
from schemas.events.incident import Place
from schemas.vocabulary import Urgency
from tests.support.router import Answers, RouterBench, registered, reopened, returned

LEAD = "urban-management"


def corrected(
    bench: RouterBench, after: CaseAssigned, category: str, *changed: str, **changes: Any
) -> CaseCorrected:
    known = bench.plan.category(category)
    fields: dict[str, Any] = {
        "case_id": after.case_id,
        "at": after.at,
        "assignment_id": after.lead.assignment_id,
        "department": after.lead.department,
        "category": category,
        "class_code": known.class_,
        "title_en": known.title_en,
        "title_zh": known.title_zh,
        "urgency": known.urgency,
        "changed": changed or ("category",),
        "reason": "it is that",
    }
    return CaseCorrected(**(fields | changes))


def only(answers: Answers) -> CaseAssigned:
    [assigned] = answers.assigned
    return assigned


def led_by(bench: RouterBench, department: str) -> str:
    return next(c.code for c in bench.plan.categories.values() if c.lead == department)


class TestCaseOfAnotherCategory:
    async def test_goes_to_whom_the_plan_names_for_it_with_all_it_says(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0112")))
        answers = await bench.tell(corrected(bench, first, "E0128"))
        assigned = only(answers)
        noise = bench.plan.category("E0128")
        assert (assigned.lead.department, assigned.round) == (noise.lead, 2)
        assert (assigned.resumes, assigned.urgency) == (False, noise.urgency)
        assert assigned.why.rule == "default:E0128"
        [order] = [o for o in answers.orders if o.department == noise.lead]
        assert (order.category, order.title_zh, order.limit_text) == (
            "E0128",
            noise.title_zh,
            str(noise.limit),
        )
        assert {o.department for o in assigned.co_handlers} == set(noise.co_handlers)

    async def test_stays_that_for_later_rounds(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        second = only(await bench.tell(corrected(bench, first, "E0128")))
        third = await bench.tell(returned(second, suggested_department=LEAD))
        assert {order.category for order in third.orders} == {"E0128"}
        again = await bench.tell(reopened(first.case_id))
        assert {order.category for order in again.orders} == {"E0128"}

    async def test_may_go_to_who_declined_it_as_what_it_was_taken_for(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0112")))
        second = only(await bench.tell(returned(first, suggested_department="police")))
        third = only(await bench.tell(corrected(bench, second, "E0110")))
        assert (third.lead.department, third.final) in {(LEAD, False), ("police", False)}
        assert "declined" not in " ".join(one.reason for one in third.why.passed_over)

    async def test_is_corrected_once(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        fact = corrected(bench, first, "E0128")
        await bench.tell(fact)
        assert (await bench.tell(fact)).assigned == []


class TestCaseOfAnotherUrgencyOrPlace:
    async def test_stays_with_who_has_it_and_its_clock_goes_on(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        fact = corrected(
            bench, first, "E0112", "place", place=Place(grid="36011100300101", address="there")
        )
        answers = await bench.tell(fact)
        assigned = only(answers)
        assert (assigned.lead.department, assigned.resumes, assigned.round) == (LEAD, True, 2)
        [order] = [o for o in answers.orders if o.department == LEAD]
        assert order.place.address == "there"

    async def test_stays_with_who_got_it_by_command(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        second = only(await bench.tell(returned(first, suggested_department="police")))
        assert second.lead.department == "police"
        fact = corrected(bench, second, "E0112", "urgency", urgency=Urgency.EMERGENCY)
        third = only(await bench.tell(fact))
        assert (third.lead.department, third.urgency) == ("police", "E")

    async def test_leaves_co_handlers_their_parts(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0505")))
        second = only(
            await bench.tell(corrected(bench, first, "E0505", "urgency", urgency=Urgency.URGENT))
        )
        assert second.co_handlers == first.co_handlers
