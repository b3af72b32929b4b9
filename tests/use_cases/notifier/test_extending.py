"""A case gets its limit once more: at most twice, and never once it is overdue."""

from datetime import timedelta

import pytest

from schemas.events.case import CaseEscalated, CaseReminded, CheckFailed
from schemas.events.refusals import CommandRefused
from schemas.events.requests import CaseExtended, RequestLapsed
from services.notifier.domain.clocks import TimerKind
from tests.support.notifier import NOON, NotifierBench, assigned, registered
from tests.support.requesting import (
    LEAD,
    ask,
    being_handled,
    decide,
    go_to,
    granted,
    standing,
    story,
)

HOUR = timedelta(hours=1)


class TestExtension:
    async def test_adds_the_limit_to_the_deadline_of_now(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=1)
        told = await granted(bench, "extension")
        [fact] = told.facts(CaseExtended)
        assert (fact.before, fact.after, fact.times) == (NOON + 4 * HOUR, NOON + 8 * HOUR, 1)
        assert (await standing(bench)).due_by == NOON + 8 * HOUR
        timers = await bench.timers()
        assert timers[TimerKind.OVERDUE] == NOON + 8 * HOUR
        assert timers[TimerKind.REMIND] == NOON + 8 * HOUR * 4 / 5
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("extended", f"department:{LEAD}")

    async def test_twice_adds_the_first_limit_twice(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        await granted(bench, "extension")
        [fact] = (await granted(bench, "extension")).facts(CaseExtended)
        assert (fact.after, fact.times) == (NOON + 12 * HOUR, 2)
        [refusal] = (await ask(bench, "extension")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("used_up", "what")
        assert "2" in refusal.message_en

    async def test_in_working_days_ends_at_a_working_time(self, bench: NotifierBench) -> None:
        await being_handled(bench, "1 WD")
        [fact] = (await granted(bench, "extension")).facts(CaseExtended)
        # From Monday 12:00, the afternoon on; 8 working hours are a day.
        assert fact.before.isoformat() == "2026-01-06T04:00:00+00:00"
        assert fact.after.isoformat() == "2026-01-07T04:00:00+00:00"

    async def test_reminds_and_escalates_by_the_new_date(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        [_] = (await bench.pass_time(hours=3.5)).facts(CaseReminded)
        await granted(bench, "extension")
        assert (await go_to(bench, NOON + 5 * HOUR)).kinds == []
        [reminded] = (await go_to(bench, NOON + 6.5 * HOUR)).facts(CaseReminded)
        assert reminded.due_by == NOON + 8 * HOUR
        [raised] = (await go_to(bench, NOON + 8 * HOUR)).facts(CaseEscalated)
        assert raised.due_by == NOON + 8 * HOUR
        assert (await standing(bench)).overdue_at == NOON + 8 * HOUR

    async def test_counts_for_what_a_failed_check_leaves(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0506"), assigned(category="E0506", limit_text="4 UH"))
        await bench.say(LEAD, "accepted", "started")
        await granted(bench, "extension")
        await bench.pass_time(hours=1)
        await bench.say(LEAD, "done")
        [failed] = (await bench.say("supervision", "check_failed")).facts(CheckFailed)
        assert failed.left_seconds == 7 * 3600

    async def test_is_told_with_both_dates(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        await granted(bench, "extension")
        line = (await story(bench))[-1]
        assert line["text_en"].startswith(
            "Extended (time 1): due by 2026-01-05 20:00 +08:00 and not by 2026-01-05 16:00 +08:00"
        )
        assert line["text_zh"].startswith("第1次延期")


class TestRefused:
    async def test_when_overdue_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=5)
        [refusal] = (await ask(bench, "extension")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("is_overdue", "what")
        assert "2026-01-05 16:00" in refusal.message_en

    async def test_at_the_very_end_of_the_limit_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        bench.now = NOON + 4 * HOUR
        assert (await ask(bench, "extension")).reasons == ["is_overdue"]

    async def test_request_lapses_when_the_limit_is_over_before_the_decision(
        self, bench: NotifierBench
    ) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=3.9)
        asked = await ask(bench, "extension")
        [pending] = (await standing(bench)).requests
        assert pending.decide_by == NOON + 4 * HOUR
        told = await go_to(bench, NOON + 4 * HOUR)
        [lapsed] = told.facts(RequestLapsed)
        assert lapsed.reason == "not_possible"
        assert (await decide(bench, asked)).reasons == ["unknown_request"]

    @pytest.mark.parametrize("state", ["assigned", "accepted"])
    async def test_before_the_work_began_it_is(self, bench: NotifierBench, state: str) -> None:
        await bench.tell(registered(), assigned())
        if state == "accepted":
            await bench.say(LEAD, "accepted")
        assert (await ask(bench, "extension")).reasons == ["not_requestable"]

    async def test_beyond_ten_years_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench, "3650 ND")
        assert (await ask(bench, "extension")).reasons == ["too_long"]
