"""The date that reporters are told: from registration to closing, moved and never shortened."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.events.case import CaseRegistered
from schemas.events.case_file import CaseFiled
from schemas.events.clocks import CaseDeadlineMoved, PromiseMissed
from schemas.plan import Plan
from schemas.plan.calendar import due_by
from schemas.plan.limits import limit_of
from services.notifier.store import reading
from services.notifier.use_cases.missing import look_for_missed
from services.notifier.use_cases.recounting import recount
from tests.support.notifier import (
    NotifierBench,
    Told,
    assigned,
    case_of,
    merged,
    registered,
    the_plan,
)
from tests.support.requesting import granted

LEAD = "urban-management"
STAGE = "notifier.cases"


def local(text: str) -> datetime:
    """Return an instant by the plan's clock on the wall, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=the_plan().timezone).astimezone(UTC)


FRIDAY, MONDAY = local("2026-05-15 17:30"), local("2026-05-18 09:30")
NEW_YEARS_EVE = local("2026-12-31 17:30")


def promised(at: datetime, *, limit: str | None = None, **changes: Any) -> CaseRegistered:
    """Return a registration with what intake promises of it."""
    plan = the_plan()
    fact = registered("E0112", at=at, **changes)
    found = plan.promise_of("E0112", urgency=fact.urgency)
    found = found if limit is None else limit_of(limit)
    told = due_by(found, at, plan.counting(found.unit))
    return fact.model_copy(update={"promise": str(found), "promised_by": told})


async def begun(bench: NotifierBench, at: datetime = FRIDAY, *, limit: str | None = None) -> Told:
    bench.now = at
    told = await bench.tell(promised(at, limit=limit))
    await bench.tell(assigned(LEAD, at=at, sign_seconds=864_000, limit_text="2 WH"))
    return told


async def date(bench: NotifierBench) -> datetime:
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of())
    assert found is not None
    told: datetime = found["promised_by"]
    return told


def moved(told: Told) -> list[CaseDeadlineMoved]:
    return [fact for fact in told.facts(CaseDeadlineMoved) if fact.clock == "resident"]


def others(told: Told) -> list[str]:
    return [notice.recipient for notice in told.notices("promise_moved")]


class TestReporter:
    async def test_is_told_the_date_in_words(self, bench: NotifierBench) -> None:
        told = await begun(bench)
        [notice] = told.notices("registered")
        assert "to be closed by Monday 09:30 (2026-05-18)" in notice.text_en
        assert "承诺于2026年5月18日(星期一)09:30前办结" in notice.text_zh

    async def test_who_joins_is_told_it_too(self, bench: NotifierBench) -> None:
        await begun(bench)
        [notice] = (await bench.tell(merged("2"))).notices("joined")
        assert "to be closed by Monday 09:30 (2026-05-18)" in notice.text_en

    async def test_of_a_case_from_before_there_were_dates_is_told_none(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered())
        [notice] = (await bench.tell(merged("2"))).notices("joined")
        assert "to be closed by a date that is not set" in notice.text_en
        assert moved(await bench.read(bench.command("case.annotate"))) == []


class TestDate:
    async def test_is_not_moved_by_what_departments_do(self, bench: NotifierBench) -> None:
        await begun(bench)
        bench.now += timedelta(hours=20)
        told = await bench.say(LEAD, "declined")
        again = await bench.tell(assigned("police", round_=2, at=bench.now))
        assert moved(told) + moved(again) == []
        assert await date(bench) == MONDAY

    async def test_comes_later_for_a_case_that_takes_longer(self, bench: NotifierBench) -> None:
        await begun(bench)
        await bench.tell(merged("2"))
        told = await bench.read(bench.command("case.correct", category="E0111", reason="rubble"))
        [fact] = moved(told)
        assert (fact.before, fact.reason, fact.limit_text) == (MONDAY, "case_corrected", "5 WD")
        assert fact.after == local("2026-05-22 17:30") == await date(bench)
        assert others(told) == ["report:hotline-12345/1", "report:hotline-12345/2"]
        assert told.notices("deadline_moved") == []
        [text, _] = [notice.text_en for notice in told.notices("promise_moved")]
        assert "by Friday 17:30 (2026-05-22), and not by Monday 09:30 (2026-05-18)" in text

    async def test_comes_no_sooner_for_a_case_that_takes_less(self, bench: NotifierBench) -> None:
        await begun(bench, limit="5 WD")
        before = await date(bench)
        told = await bench.read(bench.command("case.correct", category="E0505", reason="it fell"))
        assert moved(told) == []
        assert await date(bench) == before

    async def test_is_another_one_when_the_case_is_opened_again(self, bench: NotifierBench) -> None:
        await begun(bench)
        await bench.say(LEAD, "accepted", "started", "done")
        bench.now = local("2026-05-20 10:00")
        told = await bench.say("reporters", "reopen")
        [fact] = moved(told)
        assert (fact.reason, fact.since, fact.department) == ("case_reopened", bench.now, None)
        assert fact.after == local("2026-05-20 12:00") == await date(bench)
        assert others(told) == ["report:hotline-12345/1"]

    async def test_comes_later_by_the_time_that_a_case_may_rest(self, bench: NotifierBench) -> None:
        await begun(bench, local("2026-05-18 08:00"), limit="4 UH")
        await bench.say(LEAD, "accepted", "started")
        bench.now += timedelta(hours=1)
        told = await granted(bench, "suspension")
        [fact] = moved(told)
        assert (fact.reason, fact.after) == (
            "may_rest",
            local("2026-05-18 12:00") + timedelta(days=10),
        )
        assert await date(bench) == fact.after
        [notice] = told.notices("promise_moved")
        assert "and not by Monday 12:00 (2026-05-18): the work may rest." in notice.text_en

    async def test_comes_later_by_the_limit_that_a_department_has_once_more(
        self, bench: NotifierBench
    ) -> None:
        await begun(bench, local("2026-05-18 08:00"), limit="3 WH")
        await bench.say(LEAD, "accepted", "started")
        [fact] = moved(await granted(bench, "extension"))
        assert (fact.reason, fact.before, fact.after) == (
            "may_take_longer",
            local("2026-05-18 11:00"),
            local("2026-05-18 15:00"),
        )

    async def test_that_was_broken_is_not_mended_by_resting(self, bench: NotifierBench) -> None:
        await begun(bench, local("2026-05-18 08:00"), limit="1 UH")
        await bench.say(LEAD, "accepted", "started")
        bench.now += timedelta(hours=1)
        assert moved(await granted(bench, "suspension")) == []

    async def test_stands_in_the_file(self, bench: NotifierBench) -> None:
        await begun(bench)
        [filed] = (await bench.say(LEAD, "accepted", "started", "done")).facts(CaseFiled)
        assert (filed.promise, filed.promised_at, filed.promised_by) == ("2 WH", FRIDAY, MONDAY)

    async def test_stands_in_the_story_with_both_instants(self, bench: NotifierBench) -> None:
        await begun(bench)
        await bench.read(bench.command("case.correct", category="E0111", reason="rubble"))
        async with bench.database.read() as conn:
            line = (await reading.story(conn, case_of()))[-1]
        assert line["text_en"] == (
            "Due by 2026-05-22 17:30 +08:00 and not by 2026-05-18 09:30 +08:00 (as promised): "
            "the case is another one than was thought"
        )


class TestNewCalendar:
    @pytest.fixture
    def before(self) -> Plan:
        """Return the plan as it was before the holidays of 2027 were told."""
        known = {c: t for c, t in the_plan().calendar.items() if c != "cn-2027"}
        return Plan.model_validate(dict(the_plan()) | {"calendar": known, "version": "before"})

    async def learn(self, bench: NotifierBench, plan: Plan) -> tuple[int, Told]:
        bench.plan = plan
        found = await recount(bench.database, plan=plan, stage=STAGE, now=bench.now)
        return found, await bench.pass_time(seconds=5)

    async def report(self, bench: NotifierBench, told: Plan) -> None:
        bench.now = NEW_YEARS_EVE
        fact = registered(at=NEW_YEARS_EVE)
        limit = limit_of("2 WH")
        until = due_by(limit, NEW_YEARS_EVE, told.counting(limit.unit))
        await bench.tell(fact.model_copy(update={"promise": "2 WH", "promised_by": until}))

    async def test_moves_it_later_also_while_nobody_has_the_case(
        self, bench: NotifierBench, before: Plan
    ) -> None:
        bench.plan = before
        await self.report(bench, before)
        found, told = await self.learn(bench, the_plan())
        [fact] = moved(told)
        assert (found, fact.reason) == (1, "calendar_changed")
        assert (fact.before, fact.after) == (local("2027-01-01 09:30"), local("2027-01-04 09:30"))
        assert (await self.learn(bench, the_plan()))[0] == 0

    async def test_never_moves_it_sooner(self, bench: NotifierBench, before: Plan) -> None:
        await self.report(bench, the_plan())
        found, told = await self.learn(bench, before)
        assert (found, moved(told)) == (0, [])
        assert await date(bench) == local("2027-01-04 09:30")

    async def test_leaves_one_that_was_broken(self, bench: NotifierBench, before: Plan) -> None:
        bench.plan = before
        await self.report(bench, before)
        bench.now = local("2027-01-02 09:30")
        assert (await self.learn(bench, the_plan()))[0] == 0


class TestDateThatPasses:
    async def look(self, bench: NotifierBench) -> Told:
        await look_for_missed(bench.database, stage=STAGE, now=bench.now)
        return await bench.pass_time()

    async def test_is_told_once_to_those_in_charge_and_to_who_waits(
        self, bench: NotifierBench
    ) -> None:
        await begun(bench)
        await bench.tell(merged("2", at=bench.now))
        await bench.say(LEAD, "accepted", "started")
        bench.now = MONDAY
        told = await self.look(bench)
        [fact] = told.facts(PromiseMissed)
        assert (fact.promised_by, fact.department) == (MONDAY, LEAD)
        heads = {f"{head.party}/{head.person}" for head in fact.heads}
        in_charge = {n.recipient for n in told.notices("promise_missed")}
        assert in_charge == {f"department:{LEAD}", "supervision", *heads}
        assert "supervision/street-lead" in heads
        waiting = told.notices("promise_broken")
        assert {n.audience for n in waiting} == {"reporter", "follower"}
        assert "was to be closed by Monday 09:30 (2026-05-18) and is not" in waiting[0].text_en
        assert (await self.look(bench)).facts(PromiseMissed) == []

    async def test_is_told_again_of_another_date_only(self, bench: NotifierBench) -> None:
        await begun(bench)
        await bench.say(LEAD, "accepted", "started")
        bench.now = MONDAY
        await self.look(bench)
        await bench.say(LEAD, "done")
        bench.now += timedelta(hours=1)
        await bench.say("reporters", "reopen")
        assert (await self.look(bench)).facts(PromiseMissed) == []
        bench.now = await date(bench)
        assert len((await self.look(bench)).facts(PromiseMissed)) == 1

    async def test_is_nothing_of_a_case_that_was_closed_before(self, bench: NotifierBench) -> None:
        await begun(bench)
        await bench.say(LEAD, "accepted", "started", "done")
        bench.now = MONDAY
        assert (await self.look(bench)).messages == []
