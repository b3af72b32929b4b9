"""Checks that fail, cases that close, and cases that open again."""

from datetime import timedelta

import pytest

from schemas.events.case import CaseEscalated, CaseReopened, CheckFailed
from schemas.vocabulary import EscalationTrigger
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import reading
from tests.support.notifier import NotifierBench, Told, assigned, case_of, merged, registered

LEAD = "housing"


async def done(bench: NotifierBench) -> None:
    """Bring a case that is always checked to its check."""
    await bench.tell(registered("E0304"), assigned(LEAD, category="E0304"))
    await bench.say(LEAD, "accepted", "started", "done")


class TestFailedCheck:
    async def test_raises_the_level_at_the_third_only(self, bench: NotifierBench) -> None:
        """Rework is one case and many events (domain scenario 10)."""
        await done(bench)
        levels = []
        for failures in range(1, 6):
            told = await bench.say("supervision", "check_failed")
            [failed] = told.facts(CheckFailed)
            assert failed.failures == failures
            [notice] = told.notices("rework")
            assert notice.recipient == f"department:{LEAD}"
            assert "not yet" in notice.text_en
            levels.append([(e.trigger, e.level) for e in told.facts(CaseEscalated)])
            assert (await bench.say(LEAD, "done")).kinds[0] == "feedback.submitted"
        assert levels == [[], [], [(EscalationTrigger.REWORK, 1)], [], []]
        labels = {"type": "check.failed", "source_system": "hotline-12345"}
        assert bench.counted("tongxin_case_events_total", **labels) == 5

    async def test_leaves_at_least_half_of_the_limit(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0304"), assigned(LEAD, category="E0304"))
        await bench.say(LEAD, "accepted", "started")
        bench.now += timedelta(hours=3, minutes=30)
        await bench.say(LEAD, "done")
        bench.now += timedelta(minutes=20)
        await bench.say("supervision", "check_failed")
        armed = await bench.timers()
        assert armed[TimerKind.OVERDUE] == bench.now + timedelta(hours=2)
        assert TimerKind.CHECK not in armed

    async def test_goes_on_with_what_is_left_when_that_is_more(self, bench: NotifierBench) -> None:
        await done(bench)
        bench.now += timedelta(minutes=20)
        await bench.say("supervision", "check_failed")
        assert (await bench.timers())[TimerKind.OVERDUE] == bench.now + timedelta(hours=4)

    async def test_needs_the_lead_to_do_the_work_again(self, bench: NotifierBench) -> None:
        await bench.tell(
            registered("E0506"),
            assigned("urban-management", "police", "water", category="E0506"),
        )
        await bench.say("urban-management", "accepted", "started")
        await bench.say("police", "accepted", "done")
        await bench.say("water", "accepted", "done")
        await bench.say("supervision", "check_failed")
        told = await bench.say("urban-management", "started")
        assert told.reasons == ["wrong_state"]
        told = await bench.say("urban-management", "progress", "done")
        assert told.kinds == ["case.progressed", "feedback.submitted", "check.requested"]


class TestPassedCheck:
    async def test_closes_the_case(self, bench: NotifierBench) -> None:
        await done(bench)
        told = await bench.say("supervision", "check_passed", by="inspector 3")
        assert told.kinds == ["check.passed", "case.closed"]
        assert len(told.notices("closed")) == 1
        assert await bench.timers() == {}

    async def test_twice_is_refused_the_second_time(self, bench: NotifierBench) -> None:
        await done(bench)
        told = await bench.say("supervision", "check_passed", "check_passed", "check_failed")
        assert told.reasons == ["wrong_state", "wrong_state"]
        assert told.kinds == ["check.passed", "case.closed"]


class TestReporterWhoSaysItIsNotSolved:
    async def test_on_day_13_is_heard(self, bench: NotifierBench) -> None:
        await done(bench)
        await bench.say("supervision", "check_passed")
        bench.now += timedelta(days=13)
        told = await bench.say("reporters", "reopen")
        assert told.kinds == ["case.reopened"]
        [fact] = told.facts(CaseReopened)
        assert fact.reason == "not solved"
        assert {n.template for n in told.notices()} == {"reopened"}
        async with bench.database.read() as conn:
            found = await reading.case(conn, case_of())
        assert found is not None
        assert (found["state"], found["department"]) == ("reopened", None)

    async def test_on_day_15_is_told_to_report_it_anew(self, bench: NotifierBench) -> None:
        await done(bench)
        await bench.say("supervision", "check_passed")
        bench.now += timedelta(days=15)
        [refusal] = (await bench.say("reporters", "reopen")).refusals
        assert refusal.reason == "too_late"
        assert "2026-01-19" in refusal.message_en
        assert (await bench.say("supervision", "reopen")).kinds == ["case.reopened"]

    @pytest.mark.parametrize("category", ["E0304"])
    async def test_gives_the_work_a_new_clock_and_the_old_parts_no_say(
        self, bench: NotifierBench, category: str
    ) -> None:
        await bench.tell(registered(category), assigned(LEAD, "police", category=category))
        await bench.say("police", "accepted", "done")
        await bench.say(LEAD, "accepted", "started", "done")
        await bench.say("supervision", "check_passed")
        bench.now += timedelta(days=1)
        await bench.say("reporters", "reopen")
        await bench.tell(assigned(LEAD, "police", round_=2, at=bench.now, category=category))
        assert (await bench.timers())[TimerKind.OVERDUE] == bench.now + timedelta(hours=4)
        async with bench.database.read() as conn:
            parts = await reading.parts(conn, case_of())
        assert sorted((p["department"], p["status"]) for p in parts) == [
            (LEAD, "offered"),
            (LEAD, "revoked"),
            ("police", "offered"),
            ("police", "revoked"),
        ]
        await bench.say(LEAD, "accepted", "started", "done", round_=2)
        told = await bench.say("supervision", "check_passed")
        assert told.kinds == ["check.passed", "case.closed"]

    async def test_of_an_open_case_is_refused(self, bench: NotifierBench) -> None:
        await done(bench)
        assert (await bench.say("reporters", "reopen")).reasons == ["wrong_state"]


def told_of(told: Told, template: str) -> list[str]:
    """Return whom a batch told something, by the end of their names, sorted."""
    return sorted(n.recipient.rpartition("/")[2] for n in told.notices(template))


class TestReopening:
    async def test_is_told_to_everybody_who_was_told_that_it_is_closed(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), merged("2"), assigned())
        await bench.tell(merged("3"))
        closed = await bench.say("urban-management", "accepted", "started", "done")
        late = await bench.tell(merged("4"))
        assert told_of(closed, "closed") + told_of(late, "closed") == ["1", "2", "3", "4"]
        told = await bench.say("reporters", "reopen")
        waiting = ["1", "2", "3", "4"]
        assert told_of(told, "reopened") == [*waiting, "department:urban-management", "supervision"]

    async def test_in_the_batch_that_closed_it_is_told_after_the_closing(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), merged("2"), assigned())
        words = [bench.answer("urban-management", k) for k in ("accepted", "started", "done")]
        told = await bench.read(*words, bench.answer("reporters", "reopen"))
        heard = [n.template for n in told.notices() if n.recipient.endswith("/2")]
        assert heard == ["closed", "reopened"]

    async def test_by_the_supervision_is_no_news_to_it(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned())
        await bench.say("urban-management", "accepted", "started", "done")
        told = await bench.say("supervision", "reopen")
        assert told_of(told, "reopened") == ["1", "department:urban-management"]

    async def test_is_no_news_to_who_joins_an_open_case_again(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned())
        await bench.say("urban-management", "accepted", "started", "done")
        await bench.say("reporters", "reopen")
        told = await bench.tell(merged("2"))
        assert [n.template for n in told.notices()] == ["joined"]
