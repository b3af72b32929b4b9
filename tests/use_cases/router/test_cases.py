"""What the router says to each event, kept in a real database."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.cloudevents import from_kafka
from schemas.events.assignment import CaseAssigned
from schemas.plan import parse_plan
from schemas.topics import CASES, assignments
from schemas.vocabulary import EscalationTrigger, Role, Urgency
from services.kit.records import Rejected
from services.kit.stage.dead_letters import letter as letter_of
from services.kit.stage.dead_letters import opened, replayed
from services.router.migrations import HISTORY
from services.router.use_cases.questions import routing_of
from tests.support.databases import Place
from tests.support.router import (
    MONDAY_NIGHT,
    MONDAY_NOON,
    Answers,
    RouterBench,
    changed_plan,
    escalated,
    registered,
    reopened,
    returned,
)

DISPUTE = "S-DISP"  # led by grid (N), with justice, court, police and petitions


def only(answers: Answers) -> CaseAssigned:
    [assigned] = answers.assigned
    return assigned


class TestRegisteredCase:
    async def test_is_assigned_and_every_department_gets_its_work_order(
        self, bench: RouterBench
    ) -> None:
        answers = await bench.tell(registered("E0502"))
        assigned = only(answers)
        assert assigned.lead.department == "fire"
        parties = [assigned.lead, *assigned.co_handlers]
        assert [o.department for o in answers.orders] == [p.department for p in parties]
        assert [m.topic for m in answers.messages] == [
            CASES,
            *(assignments(p.department) for p in parties),
        ]
        assert len({p.assignment_id for p in parties}) == 4

    async def test_has_in_its_work_order_all_a_department_needs(self, bench: RouterBench) -> None:
        answers = await bench.tell(registered("E0502", description="smell of gas"))
        lead, helper = answers.orders[0], answers.orders[3]
        assert (lead.role, lead.urgency, lead.level) == (Role.LEAD, Urgency.EMERGENCY, 1)
        assert lead.sign_by == MONDAY_NOON + timedelta(minutes=5)
        assert lead.due_by == MONDAY_NOON + timedelta(hours=1)
        assert (lead.limit_text, lead.closing_rule) == ("1 UH", "all")
        assert lead.closing_conditions_en
        assert lead.evidence == ("after_photo", "report")
        assert lead.legal_basis
        assert lead.answer_to == "feedback.fire.v1"
        assert lead.co_handlers == ("urban-management", "police", "emergency-management")
        assert (helper.role, helper.person) == (Role.CO_HANDLER, "em-duty-1")
        assert (helper.lead_department, helper.answer_to) == (
            "fire",
            "feedback.emergency-management.v1",
        )

    async def test_has_working_hours_until_monday_in_its_work_orders(
        self, bench: RouterBench
    ) -> None:
        friday = datetime(2026, 5, 15, 9, 30, tzinfo=UTC)
        answers = await bench.tell(registered("E0496", at=friday), now=friday)
        due_by = {order.due_by for order in answers.orders}
        assert due_by == {datetime(2026, 5, 18, 1, 30, tzinfo=UTC)}
        assert only(answers).limit_text == "2 WH"

    async def test_of_an_urgent_case_is_signed_at_once_and_of_a_general_one_on_monday(
        self, bench: RouterBench
    ) -> None:
        """A desk of 1 and 3 has 15 minutes for a U, and two working hours for a G."""
        friday = datetime(2026, 5, 15, 9, 30, tzinfo=UTC)
        monday = datetime(2026, 5, 18, 1, 30, tzinfo=UTC)
        urgent = await bench.tell(registered("E0496", at=friday), now=friday)
        general = await bench.tell(registered("E0112", report="2", at=friday), now=friday)
        assert urgent.orders[0].sign_by == friday + timedelta(minutes=15)
        assert general.orders[0].sign_by == monday
        assert only(general).sign_seconds == (monday - friday).total_seconds()

    async def test_says_why(self, bench: RouterBench) -> None:
        answers = await bench.tell(
            registered("P0402", at=MONDAY_NIGHT, description="Tree across the road"),
            now=MONDAY_NIGHT,
        )
        why = only(answers).why
        assert (why.rule, why.plan_version) == ("night-tree-on-road", bench.plan.version)
        assert why.inputs == {
            "category": "P0402",
            "class": bench.plan.category("P0402").class_,
            "urgency": "U",
            "grid": "36011100300103",
            "local_time": "23:30",
            "source": "hotline-12345",
            "channel": "phone",
            "text": "across the road",
        }

    async def test_of_a_department_on_call_goes_to_the_person_on_duty(
        self, bench: RouterBench
    ) -> None:
        assigned = only(await bench.tell(registered(DISPUTE)))
        assert (assigned.lead.department, assigned.lead.person) == ("grid", "gr-duty-1")
        assert assigned.lead.person_title_zh
        assert assigned.sign_seconds == 60 * 60

    async def test_is_assigned_once_however_often_it_is_told(self, bench: RouterBench) -> None:
        case = registered()
        await bench.tell(case)
        again = await bench.read([bench.record(case, sequence=1)])
        assert again.messages == []
        assert (
            bench.counted("tongxin_routing_decisions_total", rule="default", outcome="duplicate")
            == 1
        )

    async def test_of_an_unknown_category_goes_to_whoever_owns_the_rest(
        self, bench: RouterBench
    ) -> None:
        assigned = only(await bench.tell(registered("gone")))
        assert (assigned.lead.department, assigned.why.rule) == (
            "urban-management",
            "default:E9999",
        )

    async def test_of_an_exercise_says_so_first_in_the_work_order(self, bench: RouterBench) -> None:
        answers = await bench.tell(registered(DISPUTE, exercise=True, description="a quarrel"))
        order = answers.orders[0]
        assert order.title_en.startswith("EXERCISE: ")
        assert order.title_zh.startswith("演练")
        assert order.description.startswith("演练")
        assert order.description.endswith("EXERCISE: a quarrel")

    async def test_counts_offers_but_not_those_of_an_exercise(self, bench: RouterBench) -> None:
        await bench.tell(registered(DISPUTE), registered(DISPUTE, report="2", exercise=True))
        offers = {"department": "grid", "kind": "person", "outcome": "offered"}
        assert bench.counted("tongxin_assignment_offers_total", **offers) == 1

    async def test_whose_first_event_is_not_the_first_told_counts_a_gap(
        self, bench: RouterBench, caplog: pytest.LogCaptureFixture
    ) -> None:
        await bench.read([bench.record(registered(), sequence=2)])
        assert bench.counted("tongxin_sequence_gaps_total", producer="intake") == 1
        assert "missing" in caplog.text


class TestDutyThatNobodyFills:
    async def test_is_told_and_the_fallback_owner_leads(self, bench: RouterBench) -> None:
        headless = {
            'head = "gr-head"\n': "",
            'id = "gr-duty-2"': 'id = "nobody"',
            'person = "gr-duty-2", deputies = ["gr-deputy"]': 'person = "nobody", deputies = []',
            'days = ["weekdays"], start = "20:00", end = "08:00", person = "nobody"': (
                'days = ["sun"], start = "20:00", end = "21:00", person = "nobody"'
            ),
            'person = "gr-deputy", deputies = ["gr-duty-2"]': (
                'person = "gr-deputy", deputies = ["nobody"]'
            ),
        }
        bench.plan = parse_plan(changed_plan(headless), name="headless")
        answers = await bench.tell(registered(DISPUTE, at=MONDAY_NIGHT), now=MONDAY_NIGHT)
        [unfilled] = answers.unfilled
        assert (unfilled.department, unfilled.owner) == ("grid", "urban-management")
        assigned = only(answers)
        assert assigned.lead.department == "urban-management"
        assert assigned.why.passed_over[0].reason == "nobody on duty"
        assert "grid" not in {co.department for co in assigned.co_handlers}
        assert bench.counted("tongxin_duty_unfilled_total", department="grid") == 1


class TestReturnedCase:
    async def test_goes_to_the_suggested_department_with_a_fresh_clock(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        later = MONDAY_NOON + timedelta(hours=1)
        answers = await bench.tell(returned(first, suggested_department="labour"), now=later)
        assigned = only(answers)
        assert (assigned.round, assigned.lead.department) == (2, "labour")
        assert (assigned.resumes, assigned.final) == (False, False)
        assert answers.orders[0].due_by == later + timedelta(days=30)
        assert [(p.candidate, p.reason) for p in assigned.why.passed_over] == [
            ("grid", "declined: not ours")
        ]

    async def test_leaves_the_co_handlers_the_offers_they_have(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        answers = await bench.tell(returned(first))
        second = only(answers)
        assert second.lead.department == "justice"
        assert [order.department for order in answers.orders] == ["justice"]
        kept = [co for co in first.co_handlers if co.department != "justice"]
        assert list(second.co_handlers) == kept

    async def test_is_a_loop_at_the_third_department_and_stays_with_the_fallback_owner(
        self, bench: RouterBench
    ) -> None:
        answers = await bench.tell(registered(DISPUTE))
        for _ in range(3):
            answers = await bench.tell(returned(only(answers)))
        assigned, [loop] = only(answers), answers.loops
        assert loop.tried == ("grid", "justice", "court")
        assert loop.owner == assigned.lead.department == "urban-management"
        assert (assigned.final, answers.orders[0].final) == (True, True)
        numbers = [
            from_kafka(key=m.key.encode(), value=m.value, headers=m.headers).sequence
            for m in answers.messages
        ]
        assert numbers == [4, 5, 0]
        assert bench.counted("tongxin_routing_decisions_total", rule="default", outcome="loop") == 1

    async def test_by_somebody_who_does_not_lead_any_more_changes_nothing(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        second = only(await bench.tell(returned(first)))
        answers = await bench.tell(returned(first, "still not ours"))
        assert answers.messages == []
        third = only(await bench.tell(returned(second)))
        assert third.lead.department == "court"

    async def test_nobody_registered_becomes_a_dead_letter(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered()))
        stray = returned(first, case_id=registered(report="2").case_id)
        answers = await bench.tell(stray)
        [letter] = answers.letters
        assert (letter.topic, dict(letter.headers)["tongxin_code"]) == (
            "router.dead-letters.v1",
            b"unknown_case",
        )


class TestEscalatedCase:
    async def test_asks_deputy_and_head_then_the_fallback_owner(self, bench: RouterBench) -> None:
        answers = await bench.tell(registered(DISPUTE))
        people = [only(answers).lead.person]
        for level in (1, 1):
            answers = await bench.tell(escalated(only(answers), level=level))
            people.append(only(answers).lead.person)
            assert only(answers).resumes
        assert people == ["gr-duty-1", "gr-deputy", "gr-head"]
        answers = await bench.tell(escalated(only(answers), level=2))
        [unfilled], assigned = answers.unfilled, only(answers)
        assert unfilled.asked == ("gr-duty-1", "gr-deputy", "gr-head")
        assert (assigned.lead.department, assigned.resumes) == ("urban-management", False)
        assert answers.orders[0].level == 2
        reasons = {p.candidate: p.reason for p in assigned.why.passed_over}
        assert reasons["grid/gr-head"] == "not answering since 2026-01-05T12:00+08:00"
        assert reasons["grid"] == "nobody left to ask"

    async def test_offers_it_to_the_same_department_again_with_its_deadline(
        self, bench: RouterBench
    ) -> None:
        first = await bench.tell(registered("E0502"))
        again = await bench.tell(escalated(only(first)), now=MONDAY_NOON + timedelta(minutes=5))
        assigned = only(again)
        assert (assigned.lead.department, assigned.round, assigned.resumes) == ("fire", 2, True)
        [order] = again.orders
        assert order.due_by == first.orders[0].due_by
        assert order.assignment_id != first.orders[0].assignment_id

    async def test_takes_the_end_of_the_clock_from_who_owns_it(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered("E0502")))
        until = MONDAY_NOON + timedelta(days=3)
        again = await bench.tell(escalated(first, due_by=until))
        third = await bench.tell(escalated(only(again), level=2))
        assert [order.due_by for order in (*again.orders, *third.orders)] == [until, until]

    @pytest.mark.parametrize("trigger", [EscalationTrigger.OVERDUE, EscalationTrigger.REWORK])
    async def test_stays_with_its_lead_when_it_is_late(
        self, bench: RouterBench, trigger: EscalationTrigger
    ) -> None:
        first = only(await bench.tell(registered()))
        answers = await bench.tell(escalated(first, trigger, level=2))
        assert answers.messages == []
        found = await routing_of(bench.database, first.case_id)
        assert found is not None
        assert found[0].level == 2

    async def test_for_an_assignment_that_is_over_changes_nothing(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        await bench.tell(returned(first))
        answers = await bench.tell(escalated(first))
        assert answers.messages == []
        assert (
            bench.counted("tongxin_routing_decisions_total", rule="default", outcome="stale") == 1
        )


class TestReopenedCase:
    async def test_goes_to_its_last_lead_and_every_part_is_offered_anew(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        second = only(await bench.tell(returned(first)))
        answers = await bench.tell(reopened(first.case_id))
        third = only(answers)
        assert (third.round, third.lead.department, third.final) == (3, "justice", False)
        assert [co.department for co in third.co_handlers] == ["court", "police", "petitions"]
        assert len(answers.orders) == 4
        before = {o.assignment_id for o in (second.lead, *second.co_handlers)}
        assert not before & {o.assignment_id for o in (third.lead, *third.co_handlers)}

    async def test_starts_with_nobody_tried(self, bench: RouterBench) -> None:
        answers = await bench.tell(registered(DISPUTE))
        for _ in range(2):
            answers = await bench.tell(returned(only(answers)))
        case_id = only(answers).case_id
        answers = await bench.tell(reopened(case_id))
        answers = await bench.tell(returned(only(answers)))
        assert answers.loops == []


class TestNumberAheadOfItsTurn:
    async def test_beyond_belief_becomes_a_dead_letter(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        answers = await bench.read([bench.record(reopened(first.case_id), sequence=999_999_999)])
        [letter] = answers.letters
        assert dict(letter.headers)["tongxin_code"] == b"ahead_of_turn"
        assert answers.assigned == []

    async def test_keeps_nobody_from_returning_or_missing_the_case(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        jump = bench.record(escalated(first, EscalationTrigger.OVERDUE), sequence=900)
        await bench.read([jump])
        second = only(await bench.read([bench.record(returned(first), sequence=1)]))
        third = only(await bench.read([bench.record(escalated(second), sequence=2)]))
        assert [second.round, third.round] == [2, 3]

    async def test_changes_nothing_when_it_comes_again(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        record = bench.record(returned(first), sequence=900)
        assert only(await bench.read([record])).round == 2
        assert (await bench.read([record])).messages == []


class TestBatch:
    async def test_may_hold_a_cases_whole_life_in_order(self, bench: RouterBench) -> None:
        case = registered(DISPUTE)
        apart = await bench.tell(case)
        record = bench.record(returned(only(apart)))
        other = registered(DISPUTE, report="2")
        together = await bench.read(
            [bench.record(other), record, bench.record(reopened(other.case_id))]
        )
        assert [(a.case_id, a.round) for a in together.assigned] == [
            (other.case_id, 1),
            (case.case_id, 2),
            (other.case_id, 2),
        ]
        found = await routing_of(bench.database, other.case_id)
        assert found is not None
        assert [round_.round for round_ in found[1]] == [1, 2]

    async def test_gives_the_same_answers_to_the_same_events(
        self, bench: RouterBench, place: Place
    ) -> None:
        first = await bench.tell(registered(DISPUTE))
        second = await bench.tell(returned(only(first)))
        async with place.opened(HISTORY, name="another") as database:
            other = RouterBench(database)
            again = await other.tell(registered(DISPUTE))
            again_second = await other.tell(returned(only(again)))
        assert (first.messages, second.messages) == (again.messages, again_second.messages)
        ids = [dict(m.headers)["ce_id"] for m in (*first.messages, *second.messages)]
        assert len(set(ids)) == len(ids)


class TestReplay:
    async def test_of_news_that_was_put_aside_is_heard_although_its_number_is_passed(
        self, bench: RouterBench
    ) -> None:
        first = only(await bench.tell(registered(DISPUTE)))
        lost = bench.record(reopened(first.case_id))
        await bench.tell(escalated(first, EscalationTrigger.OVERDUE))
        assert (await bench.read([lost])).messages == []
        letter = letter_of(lost, Rejected("unforeseen"), topic="letters", now=MONDAY_NOON)
        again = replayed(
            opened(letter.key.encode(), letter.value or b"", letter.headers), by=["router"]
        )
        second = only(await bench.read([lost._replace(offset=99, headers=again.headers)]))
        assert second.round == first.round + 1
