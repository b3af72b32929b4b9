"""Clocks that run out, and clocks that no longer matter."""

from datetime import timedelta
from typing import Any

import httpx

from schemas.events.case import (
    AssignmentAskedAgain,
    AssignmentExpired,
    CaseClosed,
    CaseEscalated,
    CaseReminded,
)
from schemas.plan import Person, Supervision
from schemas.topics import CASES
from schemas.vocabulary import EscalationTrigger, Urgency
from services.kit.stage.timers import Deadline
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import gauges
from services.notifier.sweeps import show_gauges
from tests.support.notifier import NOON, NotifierBench, Told, assigned, case_of, registered

LEAD = "urban-management"
ON_CALL = "emergency-management"


class TestPersonWhoDoesNotAnswer:
    async def test_loses_the_offer_and_the_level_rises(self, bench: NotifierBench) -> None:
        """Person, deputy, head: each time the router offers next, the level rises, up to 3."""
        await bench.tell(registered("S-SAFE"))
        for round_, (person, level) in enumerate(
            [("duty-1", 1), ("duty-2", 2), ("head", 3), ("night", 3)], start=1
        ):
            at = bench.now
            await bench.tell(
                assigned(
                    ON_CALL,
                    round_=round_,
                    person=person,
                    sign_seconds=300,
                    at=at,
                    resumes=round_ > 1,
                )
            )
            assert (await bench.pass_time(seconds=299)).kinds == []
            told = await bench.pass_time(seconds=1)
            assert told.kinds == ["assignment.expired", "case.escalated"]
            [expired] = told.facts(AssignmentExpired)
            assert (expired.person, expired.sign_by) == (person, at + timedelta(minutes=5))
            [escalated] = told.facts(CaseEscalated)
            assert escalated.trigger is EscalationTrigger.SIGN_TIMEOUT
            assert (escalated.level, escalated.person) == (level, person)
            assert escalated.assignment_id == expired.assignment_id
            assert recipients(told, "escalated")[0] == "supervision"

    async def test_cannot_sign_afterwards(self, bench: NotifierBench) -> None:
        await bench.tell(registered("S-SAFE"), assigned(ON_CALL, person="duty-1"))
        await bench.pass_time(hours=2)
        told = await bench.say(ON_CALL, "accepted")
        assert told.reasons == ["not_yours"]
        assert told.kinds == []

    async def test_and_the_deputy_goes_on_with_the_same_clock(self, bench: NotifierBench) -> None:
        await bench.tell(registered("S-SAFE"), assigned(ON_CALL, person="duty-1"))
        before = await bench.timers()
        await bench.pass_time(hours=2)
        await bench.tell(assigned(ON_CALL, round_=2, person="duty-2", at=bench.now, resumes=True))
        after = await bench.timers()
        for kind in (TimerKind.REMIND, TimerKind.OVERDUE, TimerKind.OVERDUE_FAR):
            assert after[kind] == before[kind]
        assert after[TimerKind.SIGN] == bench.now + timedelta(hours=2)


class TestDesk:
    async def test_on_the_top_level_is_asked_again_for_as_long_as_it_is_silent(
        self, bench: NotifierBench
    ) -> None:
        runs_on: dict[str, Any] = {"limit_text": "90 ND", "urgency": Urgency.URGENT}
        await bench.tell(registered(), assigned(LEAD, **runs_on))
        for round_ in (2, 3, 4):
            told = await bench.pass_time(hours=2)
            assert told.kinds == ["assignment.expired", "case.escalated"]
            await bench.tell(assigned(LEAD, round_=round_, at=bench.now, resumes=True, **runs_on))
        sign_by = bench.now + timedelta(hours=2)
        for pause, following in [(2, 2), (2, 4), (4, 8), (8, 16), (16, 24), (24, 24), (24, 24)]:
            assert (await bench.pass_time(hours=pause - 0.01)).kinds == []
            told = await bench.pass_time(hours=0.01)
            [again] = told.facts(AssignmentAskedAgain)
            assert (again.department, again.sign_by) == (LEAD, sign_by)
            assert again.again_at == bench.now + timedelta(hours=following)
            assert recipients(told, "asked_again") == [
                f"department:{LEAD}",
                "supervision",
                "supervision/centre-head",
            ]
        assert (await bench.say(LEAD, "accepted", round_=4)).kinds == ["assignment.accepted"]
        assert TimerKind.SIGN not in await bench.timers()

    async def test_that_is_asked_again_is_late_since_it_was_to_sign(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD, limit_text="90 ND"))
        for round_ in (2, 3, 4):
            await bench.pass_time(hours=2)
            await bench.tell(assigned(LEAD, round_=round_, at=bench.now, resumes=True))
        await bench.pass_time(hours=2)
        turn = (await client.get(f"/cases/{case_of()}")).json()["case"]["late_now"]
        await bench.pass_time(hours=3)
        later = (await client.get(f"/cases/{case_of()}")).json()["case"]["late_now"]
        assert (turn["clock"], turn["who"]) == ("sign", LEAD)
        assert later == {**turn, "late": True}


class TestHandlingClock:
    async def test_reminds_at_80_per_cent_and_escalates_at_100_and_300(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        reminded = await bench.pass_time(hours=3.2)
        assert reminded.kinds == ["case.reminded"]
        [reminder] = reminded.facts(CaseReminded)
        assert reminder.due_by == NOON + timedelta(hours=4)
        [notice] = reminded.notices("reminder")
        assert notice.recipient == f"department:{LEAD}"
        late = await bench.pass_time(hours=0.8)
        [escalated] = late.facts(CaseEscalated)
        assert (escalated.trigger, escalated.level) == (EscalationTrigger.OVERDUE, 1)
        assert [n.recipient for n in late.notices()] == [
            "supervision",
            "supervision/street-lead",
            f"department:{LEAD}",
        ]
        far = await bench.pass_time(hours=8)
        assert [e.level for e in far.facts(CaseEscalated)] == [3]
        [closing] = (await bench.say(LEAD, "done")).facts(CaseClosed)
        assert closing.overdue

    async def test_that_ran_far_out_is_told_of_every_day(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        for hours in (4, 8):
            await bench.pass_time(hours=hours)
        for _ in range(3):
            told = await bench.pass_time(days=1)
            assert told.kinds == []
            assert recipients(told, "overdue") == [f"department:{LEAD}", "supervision/centre-head"]
        await bench.say(LEAD, "done")
        assert (await bench.pass_time(days=1)).messages == []

    async def test_reminds_once_even_if_the_next_offer_is_read_late(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered("S-SAFE"), assigned(ON_CALL, person="duty-1"))
        await bench.pass_time(hours=2)
        offered_at = bench.now
        assert (await bench.pass_time(hours=1.2)).kinds == ["case.reminded"]
        offer = assigned(ON_CALL, round_=2, person="duty-2", at=offered_at, resumes=True)
        await bench.tell(offer)
        assert (await bench.pass_time(hours=0)).kinds == []

    async def test_reminds_after_all_if_it_was_due_before_the_next_offer_was_read(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered("S-SAFE"), assigned(ON_CALL, person="duty-1"))
        await bench.pass_time(hours=2)
        offered_at = bench.now
        bench.now += timedelta(hours=1.2)
        offer = assigned(ON_CALL, round_=2, person="duty-2", at=offered_at, resumes=True)
        await bench.tell(offer)
        assert (await bench.pass_time(hours=0)).kinds == ["case.reminded"]

    async def test_shows_who_is_late(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted")
        await bench.pass_time(hours=5)
        async with bench.database.read() as conn:
            found = await gauges.open_cases(conn, now=bench.now)
        assert found.by_standing == {("accepted", LEAD, 1): 1}
        assert found.overdue == {(LEAD, "G"): 1}
        assert found.oldest_at == NOON
        bench.metrics.show(found, now=bench.now)
        assert bench.counted("tongxin_case_age_seconds") == 5 * 3600

    async def test_shows_what_nobody_could_categorise_as_long_as_it_is_open(
        self, bench: NotifierBench
    ) -> None:
        unnamed = registered("E9999", triage=True)
        await bench.tell(unnamed, assigned(LEAD), registered("E9999", report="2", exercise=True))
        labels = {"department": LEAD, "urgency": "G"}
        await show_gauges(bench.database, metrics=bench.metrics, clock=lambda: bench.now)
        assert bench.counted("tongxin_case_triage", **labels) == 1
        await bench.say(LEAD, "accepted", "started", "done")
        await show_gauges(bench.database, metrics=bench.metrics, clock=lambda: bench.now)
        assert bench.counted("tongxin_case_triage", **labels) == 0

    async def test_notes_an_overrun_even_if_the_work_was_done_before_its_timer_fired(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        bench.now += timedelta(hours=4, seconds=1)
        [closing] = (await bench.say(LEAD, "done")).facts(CaseClosed)
        assert closing.overdue

    async def test_stops_with_the_closing(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        assert await bench.timers() == {}

    async def test_starts_afresh_for_another_department(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        bench.now += timedelta(hours=3)
        await bench.say(LEAD, "declined")
        assert await bench.timers() == {}
        await bench.tell(assigned("police", round_=2, at=bench.now))
        assert (await bench.timers())[TimerKind.OVERDUE] == bench.now + timedelta(hours=4)


class TestStaleTimer:
    async def test_does_nothing(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0304"), assigned("housing", category="E0304"))
        await bench.say("housing", "accepted", "started")
        stale = [
            Deadline(subject=case_of(), kind=kind, partition=0, due_at=bench.now)
            for kind in set(TimerKind) - {TimerKind.FILE}
        ]
        assert (await bench.fire(*stale)).messages == []
        await bench.say("housing", "done")
        bench.now += timedelta(minutes=29)
        assert (await bench.fire(*stale)).messages == []
        await bench.say("supervision", "check_passed")
        bench.now += timedelta(days=9)
        assert (await bench.fire(*stale)).messages == []

    async def test_of_an_unknown_case_does_nothing(self, bench: NotifierBench) -> None:
        stale = Deadline(subject=case_of(), kind=TimerKind.SIGN, partition=0, due_at=bench.now)
        told = await bench.fire(stale)
        assert [m for m in told.messages if m.topic == CASES] == []


class TestLateCheck:
    async def test_goes_up_and_is_told_by_name_for_as_long_as_nobody_looks(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered("E0304"), assigned("housing", category="E0304"))
        told = await bench.say("housing", "accepted", "started", "done")
        assert told.kinds[-1] == "check.requested"
        [asked] = told.notices("check_requested")
        assert asked.recipient == "supervision"
        for minutes, level, head in [
            (30, 1, "street-lead"),
            (30, 2, "district-lead"),
            (60, 3, "centre-head"),
        ]:
            assert (await bench.pass_time(minutes=minutes - 0.1)).messages == []
            late = await bench.pass_time(minutes=0.1)
            [raised] = late.facts(CaseEscalated)
            assert (raised.trigger, raised.level) == (EscalationTrigger.CHECK_LATE, level)
            assert [(one.party, one.person) for one in raised.heads] == [("supervision", head)]
            assert recipients(late, "escalated") == ["supervision", f"supervision/{head}"]
            assert recipients(late, "check_late") == [f"supervision/{head}"]
        for hours in (2, 4, 8, 16, 24, 24):
            late = await bench.pass_time(hours=hours)
            assert (late.kinds, recipients(late, "check_late")) == ([], ["supervision/centre-head"])
        told = await bench.say("supervision", "check_passed")
        assert told.kinds[-1] == "case.closed"
        assert await bench.timers() == {}

    async def test_says_by_name_whose_move_it_is(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered("E0304"), assigned("housing", category="E0304"))
        await bench.say("housing", "accepted", "started", "done")
        turns = []
        for minutes in (0, 30, 30):
            await bench.pass_time(minutes=minutes)
            turns.append((await client.get(f"/cases/{case_of()}")).json()["case"]["late_now"])
        assert [(t["who"], t["person"], t["late"]) for t in turns] == [
            ("supervision", None, False),
            ("supervision", "street-lead", False),
            ("supervision", "district-lead", True),
        ]
        story = (await client.get(f"/cases/{case_of()}")).json()["story"]
        [line] = [one for one in story if one["data"].get("level") == 1]
        assert line["text_en"] == (
            "Raised to level 1: nobody checked it in time; "
            "told to sub-district lead on duty of social governance supervision centre"
        )
        assert line["text_zh"] == "升至1级:核查超时,已通知社会治理监督中心街道值班领导"

    async def test_of_a_failed_check_is_forgotten(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0304"), assigned("housing", category="E0304"))
        await bench.say("housing", "accepted", "started", "done")
        await bench.say("supervision", "check_failed")
        assert TimerKind.CHECK not in await bench.timers()


class TestHead:
    async def test_of_a_department_is_told_when_its_case_rises(self, bench: NotifierBench) -> None:
        await bench.tell(registered("S-SAFE"), assigned(ON_CALL, person="em-duty-1"))
        told = await bench.pass_time(hours=2)
        assert recipients(told, "escalated") == [
            "supervision",
            f"department:{ON_CALL}/em-head",
            "supervision/street-lead",
        ]

    async def test_of_a_level_is_told_in_place_of_the_departments_own(
        self, bench: NotifierBench
    ) -> None:
        old = bench.plan.departments[LEAD]
        deputy = Person(id="um-deputy", title_en="deputy", title_zh="副队长")
        heads = {"head": deputy.model_copy(update={"id": "um-head"}), "heads": {1: deputy}}
        bench.plan = bench.plan.model_copy(
            update={"departments": {LEAD: old.model_copy(update=heads)}}
        )
        await bench.tell(registered(), assigned(LEAD, limit_text="90 ND"))
        told = []
        for round_ in (2, 3):
            told.append(recipients(await bench.pass_time(hours=2), "escalated")[1])
            await bench.tell(assigned(LEAD, round_=round_, at=bench.now, resumes=True))
        assert told == [f"department:{LEAD}/um-deputy", f"department:{LEAD}/um-head"]

    async def test_is_nobody_where_the_plan_names_none(self, bench: NotifierBench) -> None:
        bench.plan = bench.plan.model_copy(update={"supervision": Supervision()})
        await bench.tell(registered(), assigned(LEAD))
        told = await bench.pass_time(hours=2)
        assert recipients(told, "escalated") == ["supervision"]


def recipients(told: Told, template: str) -> list[str]:
    return [notice.recipient for notice in told.notices(template)]
