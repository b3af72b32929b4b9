"""A department that leaves the plan keeps no case, and what it says then is refused."""

from datetime import timedelta

import pytest

from schemas.events.case import AssignmentRevoked
from schemas.events.part import PartChanged
from schemas.vocabulary import assignment_id_for
from services.kit.stage.timers import Deadline
from services.notifier.domain.clocks import TimerKind
from services.notifier.handlers import STAGE
from services.notifier.store import leavers
from services.notifier.store.reading import story
from services.notifier.store.walk import BEFORE_ALL
from services.notifier.use_cases.leaving import call_back
from tests.support.leaving import without
from tests.support.notifier import NotifierBench, Told, assigned, case_of, registered

GONE = "housing"
LEFT = Deadline(subject=case_of(), kind=TimerKind.LEFT, partition=0, due_at=BEFORE_ALL[0])
WORDS = {
    "assigned": [],
    "accepted": ["accepted"],
    "handling": ["accepted", "started"],
}


async def new_plan(bench: NotifierBench) -> int:
    """Let the notifier take a plan without the department; return how many cases it calls back."""
    bench.plan = without(bench.plan, GONE, heir="urban-management")
    return await call_back(bench.database, plan=bench.plan, stage=STAGE, now=bench.now)


async def fired(bench: NotifierBench) -> Told:
    return await bench.pass_time(seconds=5)


class TestCaseOfADepartmentThatLeft:
    @pytest.mark.parametrize("state", WORDS)
    async def test_is_taken_back_whatever_was_done(self, bench: NotifierBench, state: str) -> None:
        await bench.tell(registered(), assigned(GONE))
        for word in WORDS[state]:
            await bench.say(GONE, word)
        assert await new_plan(bench) == 1
        told = await fired(bench)
        assert told.kinds == ["assignment.revoked"]
        [revoked] = told.facts(AssignmentRevoked)
        assert (revoked.department, revoked.reason) == (GONE, "left_the_plan")
        assert (await bench.timers()).keys() == set()

    async def test_goes_on_with_the_next_lead(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(GONE))
        await new_plan(bench)
        await fired(bench)
        await bench.tell(assigned("urban-management", round_=2, at=bench.now))
        told = await bench.say("urban-management", "accepted", round_=2)
        assert told.kinds == ["assignment.accepted"]

    async def test_says_so_in_its_story(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(GONE))
        await new_plan(bench)
        await fired(bench)
        async with bench.database.read() as conn:
            lines = await story(conn, case_of())
        assert "housing is not in the plan any more" in lines[-1]["text_en"]
        assert "housing已不在预案中" in lines[-1]["text_zh"]

    async def test_is_taken_back_once(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(GONE))
        await new_plan(bench)
        await fired(bench)
        assert (await bench.fire(LEFT)).messages == []
        assert await call_back(bench.database, plan=bench.plan, stage=STAGE, now=bench.now) == 0

    async def test_stays_when_the_department_came_back_meanwhile(
        self, bench: NotifierBench
    ) -> None:
        old = bench.plan
        await bench.tell(registered(), assigned(GONE))
        await new_plan(bench)
        bench.plan = old
        assert (await fired(bench)).messages == []

    async def test_is_no_business_of_those_who_stay(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned("urban-management"))
        assert await new_plan(bench) == 0

    async def test_is_closed_when_the_check_finds_it_done(self, bench: NotifierBench) -> None:
        await bench.tell(registered("P0101"), assigned(GONE, category="P0101"))
        await bench.say(GONE, "accepted", "started", "done")
        await new_plan(bench)
        assert (await fired(bench)).kinds == []
        told = await bench.say("supervision", "check_passed")
        assert told.kinds == ["check.passed", "case.closed"]

    async def test_is_taken_back_when_the_check_finds_it_not_done(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered("P0101"), assigned(GONE, category="P0101"))
        await bench.say(GONE, "accepted", "started", "done")
        await new_plan(bench)
        await fired(bench)
        await bench.say("supervision", "check_failed")
        assert "assignment.revoked" in (await bench.pass_time(minutes=1)).kinds

    async def test_is_found_a_portion_at_a_time(
        self, bench: NotifierBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.notifier.use_cases.leaving.LEAVERS_AT_ONCE", 2)
        monkeypatch.setattr(leavers, "_FOUND", leavers._FOUND.limit(2))
        for number in range(5):
            report = str(number)
            await bench.tell(registered(report=report), assigned(GONE, report=report))
        assert await new_plan(bench) == 5
        assert (await fired(bench)).kinds == ["assignment.revoked"] * 5


class TestAssignmentToADepartmentThatThePlanLacks:
    async def test_is_looked_at_again_because_it_may_only_be_new(
        self, bench: NotifierBench
    ) -> None:
        await new_plan(bench)
        await bench.tell(registered(), assigned(GONE))
        assert (await bench.timers())[TimerKind.LEFT] == bench.now + timedelta(minutes=1)
        assert (await bench.pass_time(minutes=1)).kinds == ["assignment.revoked"]


class TestPartOfACoHandlerThatLeft:
    async def test_is_taken_back_and_the_case_stays(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned("urban-management", GONE))
        assert await new_plan(bench) == 1
        told = await fired(bench)
        [changed] = told.facts(PartChanged)
        assert (changed.department, changed.status) == (GONE, "revoked")
        assert told.kinds == ["part.changed"]

    async def test_is_not_waited_for(self, bench: NotifierBench) -> None:
        category = "E0505"  # asks for all
        await bench.tell(
            registered(category), assigned("urban-management", GONE, category=category)
        )
        await bench.say("urban-management", "accepted", "started", "done")
        await new_plan(bench)
        assert "feedback.submitted" in (await fired(bench)).kinds


class TestAnswerOfADepartmentThatLeft:
    async def test_is_refused_and_told_where_the_case_is(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(GONE))
        await bench.say(GONE, "accepted")
        await new_plan(bench)
        await fired(bench)
        told = await bench.say(GONE, "started")
        assert told.reasons == ["left_the_plan"]
        assert "given to who is responsible now" in told.refusals[0].message_en

    async def test_is_not_told_so_of_what_was_another_s(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned("police"))
        await bench.read(bench.command("case.reassign", department="fire", reason="theirs"))
        await new_plan(bench)
        of_police = str(assignment_id_for(case_of(), 1, "police"))
        told = await bench.say(GONE, "started", assignment_id=of_police)
        assert told.reasons == ["not_yours"]
