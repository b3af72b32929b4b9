"""A department that somebody wants to help is offered a part of the round that goes on."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from schemas.cloudevents import attributes
from schemas.events.assignment import CaseAssigned, CoHandlerOffered, Wanted
from schemas.events.charge import CoHandlerDropped, CoHandlerWanted
from schemas.events.part import PartAskedAgain
from schemas.topics import assignments
from schemas.vocabulary import Urgency
from tests.support.other_limits import with_limits
from tests.support.router import Answers, RouterBench, registered, returned

PART = UUID("5b0f0a6e-91d4-5d0b-a1fb-2f6f7f0a4c33")
OTHER = UUID("1c0f0a6e-91d4-5d0b-a1fb-2f6f7f0a4c34")
ON_CALL = "emergency-management"


def wanted(after: CaseAssigned, department: str, **changes: Any) -> CoHandlerWanted:
    fields: dict[str, Any] = {
        "case_id": after.case_id,
        "at": after.at,
        "assignment_id": PART,
        "department": department,
        "reason": "a crowd",
    }
    return CoHandlerWanted(**(fields | changes))


def silent(after: CaseAssigned, assignment_id: UUID, person: str | None) -> PartAskedAgain:
    """Return that nobody has signed for a part."""
    code = "police" if person is None else ON_CALL
    return PartAskedAgain(
        case_id=after.case_id,
        at=after.at,
        assignment_id=assignment_id,
        department=code,
        person=person,
        sign_by=after.at,
        until=after.at,
    )


def only(answers: Answers) -> CaseAssigned:
    [assigned] = answers.assigned
    return assigned


class TestCoHandler:
    async def test_has_to_sign_until_what_its_work_order_says(self, bench: RouterBench) -> None:
        answers = await bench.tell(registered("E0502"))
        first = only(answers)
        told = [offer.sign_by for offer in first.co_handlers]
        assert told == [order.sign_by for order in answers.orders[1:]]
        assert {*told} == {first.at + timedelta(minutes=5)}


class TestWantedCoHandler:
    async def test_gets_a_work_order_in_the_round_that_goes_on(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        answers = await bench.tell(wanted(first, "police"))
        [fact] = answers.facts(CoHandlerOffered)
        assert answers.assigned == []
        assert (fact.offer.assignment_id, fact.offer.department) == (PART, "police")
        assert (fact.assigned.round, fact.assigned.lead.assignment_id) == (
            1,
            first.lead.assignment_id,
        )
        counted = {"department": "police", "kind": "staffed", "outcome": "offered"}
        assert bench.registry.get_sample_value("tongxin_assignment_offers_total", counted) == 1
        [order] = answers.orders
        assert fact.wanted == order.wanted == Wanted(by=None, reason="a crowd")
        assert (order.department, order.role, order.assignment_id) == ("police", "co_handler", PART)
        assert (order.lead_department, order.why.rule) == (
            first.lead.department,
            "case.add_co_handler",
        )

    async def test_is_a_person_where_the_department_is_on_call(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        on_call = next(d.code for d in bench.plan.departments.values() if not d.tier.is_staffed)
        [fact] = (await bench.tell(wanted(first, on_call))).facts(CoHandlerOffered)
        assert fact.offer.person is not None

    async def test_and_its_next_person_read_who_asked_and_why(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        lead = first.lead.department
        answers = await bench.tell(wanted(first, ON_CALL, asking_department=lead))
        [fact], [order] = answers.facts(CoHandlerOffered), answers.orders
        assert fact.wanted == order.wanted == Wanted(by=lead, reason="a crowd")
        again = silent(first, PART, fact.offer.person).model_copy(update={"wanted": fact.wanted})
        [order] = (await bench.tell(again)).orders
        assert order.wanted == fact.wanted

    async def test_keeps_its_part_in_later_rounds(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        await bench.tell(wanted(first, "police"))
        second = only(await bench.tell(returned(first, suggested_department="fire")))
        assert PART in {one.assignment_id for one in second.co_handlers}

    async def test_has_in_later_rounds_the_time_to_sign_that_it_was_told(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0112")))
        answers = await bench.tell(wanted(first, "police"))
        [fact], [order] = answers.facts(CoHandlerOffered), answers.orders
        assert fact.offer.sign_by == order.sign_by
        bench.plan = with_limits(bench.plan, sign=dict.fromkeys(Urgency, timedelta(days=1)))
        second = only(await bench.tell(returned(first, suggested_department="fire")))
        [kept] = [one for one in second.co_handlers if one.assignment_id == PART]
        assert kept.sign_by == order.sign_by

    async def test_is_not_one_that_has_a_part_or_is_not_in_the_plan(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0112")))
        for code in (first.lead.department, "gardeners"):
            assert (await bench.tell(wanted(first, code))).messages == []

    async def test_may_be_asked_again_when_its_part_has_ended(self, bench: RouterBench) -> None:
        """That it has no part which goes on, the notifier has judged."""
        first = only(await bench.tell(registered("E0112")))
        await bench.tell(wanted(first, "police"))
        again = wanted(first, "police", assignment_id=OTHER)
        [fact] = (await bench.tell(again)).facts(CoHandlerOffered)
        offers = [(one.department, one.assignment_id) for one in fact.assigned.co_handlers]
        assert offers == [("police", OTHER)]


class TestCoHandlerWhoDoesNotSign:
    async def test_is_followed_by_the_next_of_its_chain_for_the_same_part(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered("E0502")))
        [offer] = [o for o in first.co_handlers if o.department == ON_CALL]
        told = []
        for person in (offer.person, "em-deputy", "em-head"):
            answers = await bench.tell(silent(first, offer.assignment_id, person))
            told += answers.facts(CoHandlerOffered)
            [kept] = [o for o in told[-1].assigned.co_handlers if o.department == ON_CALL]
            assert kept == told[-1].offer
        assert [(f.offer.person, f.offer.asked) for f in told] == [
            ("em-deputy", ("em-duty-1",)),
            ("em-head", ("em-duty-1", "em-deputy")),
        ]
        assert {f.offer.assignment_id for f in told} == {offer.assignment_id}
        assert told[0].assigned.why.rule == "part.asked_again"

    async def test_has_work_orders_that_are_told_apart(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0502")))
        [offer] = [o for o in first.co_handlers if o.department == ON_CALL]
        told = [
            await bench.tell(silent(first, offer.assignment_id, person))
            for person in (offer.person, "em-deputy")
        ]
        orders = [m for one in told for m in one.messages if m.topic == assignments(ON_CALL)]
        ids = {attributes(order.headers)["id"] for order in orders}
        assert len(ids) == len(orders) == len(told)

    async def test_was_a_department_of_which_nobody_was_on_duty(self, bench: RouterBench) -> None:
        """Whoever comes on duty meanwhile is offered the part, with an order of their own."""
        plan, old = bench.plan, bench.plan.departments[ON_CALL]
        empty = old.model_copy(update={"duty": (), "head": None})
        bench.plan = plan.model_copy(update={"departments": {**plan.departments, ON_CALL: empty}})
        before = await bench.tell(registered("E0502"))
        first = only(before)
        [offer] = [o for o in first.co_handlers if o.department == ON_CALL]
        assert offer.person is None
        bench.plan = plan
        after = await bench.tell(silent(first, offer.assignment_id, "nobody"))
        [fact] = after.facts(CoHandlerOffered)
        assert (fact.offer.person, fact.offer.asked) == ("em-duty-1", (ON_CALL,))
        both = [*before.messages, *after.messages]
        orders = [m for m in both if m.topic == assignments(ON_CALL)]
        assert len({attributes(order.headers)["id"] for order in orders}) == 2

    async def test_is_asked_as_it_is_where_somebody_always_sits(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0502")))
        [offer] = [o for o in first.co_handlers if o.department == "police"]
        assert (await bench.tell(silent(first, offer.assignment_id, None))).messages == []

    async def test_was_let_go_meanwhile(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0502")))
        assert (await bench.tell(silent(first, OTHER, "em-duty-1"))).messages == []


class TestCoHandlerThatWasLetGo:
    async def test_has_no_part_in_later_rounds(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0112")))
        await bench.tell(wanted(first, "police"))
        gone = CoHandlerDropped(
            case_id=first.case_id, at=first.at, assignment_id=PART, department="police", reason="-"
        )
        assert (await bench.tell(gone)).messages == []
        second = only(await bench.tell(returned(first, suggested_department="fire")))
        assert PART not in {one.assignment_id for one in second.co_handlers}
