"""A case must wait: its clock stands until a date, and goes on by itself with what was left."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.events.case import AssignmentRevoked, CaseEscalated
from schemas.events.commands import Resume
from schemas.events.refusals import CommandRefused
from schemas.events.requests import CaseSuspended, SuspensionEnded
from schemas.lifecycle import CaseState
from schemas.standing import whose_turn
from schemas.vocabulary import Urgency
from services.notifier.domain.clocks import TimerKind
from tests.support.leaving import without
from tests.support.notifier import NotifierBench, Told, assigned, merged, registered
from tests.support.requesting import (
    DISPATCHER,
    HANDLER,
    LEAD,
    ask,
    being_handled,
    decide,
    go_to,
    granted,
    standing,
    story,
)


async def resume(bench: NotifierBench, **changes: Any) -> Told:
    fields: dict[str, Any] = {"reason": "the pipe is there", "acting": DISPATCHER} | changes
    return await bench.read(bench.command(Resume.type, **fields))


class TestSuspension:
    async def test_stops_the_clock_and_goes_on_by_itself_with_what_was_left(
        self, bench: NotifierBench
    ) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=1)
        until = bench.now + timedelta(days=10)
        told = await granted(bench, "suspension")
        [fact] = told.facts(CaseSuspended)
        assert (fact.until, fact.left_seconds) == (until, 3 * 3600)
        assert await bench.timers() == {TimerKind.SUSPENSION: until}
        assert (await go_to(bench, until - timedelta(seconds=1))).kinds == []
        told = await go_to(bench, until)
        [ended] = told.facts(SuspensionEnded)
        assert told.kinds == ["suspension.ended"]
        assert (ended.left_seconds, ended.due_by) == (3 * 3600, until + timedelta(hours=3))
        case = await standing(bench)
        assert (case.state, case.due_by, case.suspended_until) == (
            CaseState.HANDLING,
            ended.due_by,
            None,
        )
        [late] = (await go_to(bench, until + timedelta(hours=3))).facts(CaseEscalated)
        assert late.due_by == ended.due_by

    async def test_is_told_to_its_lead_and_to_everybody_who_waits(
        self, bench: NotifierBench
    ) -> None:
        await being_handled(bench)
        told = await granted(bench, "suspension")
        recipients = {n.template: n.recipient for n in told.notices()}
        assert recipients == {
            "suspended": f"department:{LEAD}",
            "rests": "report:hotline-12345/1",
        }
        told = await go_to(bench, bench.now + timedelta(days=10))
        [notice] = told.notices("resumed")
        assert notice.recipient == f"department:{LEAD}"
        assert "the date has come" in notice.text_en
        assert "挂账到期" in notice.text_zh

    async def test_is_nobodys_delay_while_it_lasts(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "suspension")
        turn = whose_turn(await standing(bench))
        assert turn is not None
        assert (turn.who, turn.clock, turn.until) == (
            "notifier",
            "suspension",
            bench.now + timedelta(days=10),
        )
        assert not turn.is_late(bench.now)

    async def test_says_in_its_story_who_asked_who_allowed_and_why(
        self, bench: NotifierBench
    ) -> None:
        await being_handled(bench)
        await granted(bench, "suspension", until="2026-03-01T08:00:00+08:00")
        asked, allowed = (await story(bench))[-2:]
        assert asked["text_en"].endswith(": the pipe comes on Monday (wang.fang)")
        assert asked["text_zh"].startswith("申请挂账")
        assert allowed["text_en"] == (
            "Suspended until 2026-03-01 08:00 +08:00, as wang.fang asked "
            "(the pipe comes on Monday): agreed (zhang.wei)"
        )
        assert allowed["text_zh"].startswith("挂账至2026-03-01 08:00 +08:00,wang.fang申请")

    async def test_ends_earlier_by_command(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=1)
        await granted(bench, "suspension")
        await bench.pass_time(days=2)
        [ended] = (await resume(bench)).facts(SuspensionEnded)
        assert (ended.reason, ended.due_by) == (
            "the pipe is there",
            bench.now + timedelta(hours=3),
        )
        assert TimerKind.SUSPENSION not in await bench.timers()
        told = await bench.say(LEAD, "done")
        assert told.kinds[-1] == "case.closed"

    async def test_lets_nobody_say_that_the_work_is_done(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "suspension")
        assert (await bench.say(LEAD, "done")).reasons == ["wrong_state"]
        assert (
            await bench.read(
                bench.command("case.reassign", department="police", reason="it is theirs")
            )
        ).reasons == ["wrong_state"]

    async def test_that_a_stale_timer_meets_goes_on(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "suspension")
        await resume(bench)
        timers = await bench.timers()
        assert TimerKind.SUSPENSION not in timers
        assert (await resume(bench)).reasons == ["wrong_state"]

    async def test_lets_co_handlers_go_on_with_their_parts(self, bench: NotifierBench) -> None:
        await bench.tell(
            registered("E0506"), assigned(LEAD, "police", category="E0506", limit_text="4 UH")
        )
        await bench.say(LEAD, "accepted", "started")
        await granted(bench, "suspension")
        told = await bench.say("police", "accepted", "started", "done")
        assert told.reasons == []
        told = await go_to(bench, bench.now + timedelta(days=10))
        assert told.kinds[0] == "suspension.ended"

    async def test_of_a_department_that_left_goes_on_elsewhere(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "suspension")
        bench.plan = without(bench.plan, LEAD, heir="police")
        told = await go_to(bench, bench.now + timedelta(days=10))
        assert told.kinds == ["suspension.ended"]
        [revoked] = (await bench.pass_time(minutes=1)).facts(AssignmentRevoked)
        assert revoked.left_seconds == 4 * 3600 - 60

    async def test_ends_when_somebody_reports_danger(self, bench: NotifierBench) -> None:
        await being_handled(bench, "5 WD")
        await granted(bench, "suspension")
        danger = merged("2", into="1", at=bench.now, urgency=Urgency.EMERGENCY, danger="is hurt")
        told = await bench.tell(danger)
        assert told.kinds == ["suspension.ended", "case.urgency_raised"]
        case = await standing(bench)
        assert (case.state, case.suspended_until) == (CaseState.HANDLING, None)
        assert case.due_by == bench.now + timedelta(hours=2)

    async def test_ended_by_danger_submits_what_others_did_meanwhile(
        self, bench: NotifierBench
    ) -> None:
        known: dict[str, Any] = {"category": "E0506", "urgency": Urgency.URGENT}
        await bench.tell(registered(**known), assigned(LEAD, "police", **known, limit_text="4 UH"))
        await bench.say(LEAD, "accepted", "started", "done")
        await granted(bench, "suspension")
        await bench.say("police", "accepted", "started", "done")
        danger = merged("2", into="1", at=bench.now, urgency=Urgency.EMERGENCY, danger="is hurt")
        told = await bench.tell(danger)
        assert told.kinds[:3] == ["suspension.ended", "case.urgency_raised", "feedback.submitted"]

    async def test_of_a_limit_in_working_time_loses_none_of_it(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 WH")  # Monday 12:00: the afternoon is from 14:00 to 18:00
        await bench.pass_time(hours=3)
        until = "2026-01-08T09:00:00+08:00"
        await granted(bench, "suspension", until=until)
        [ended] = (await bench.pass_time(days=3)).facts(SuspensionEnded)
        assert ended.left_seconds == 3 * 3600
        assert ended.due_by is not None


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "reason", "field"),
        [
            ({"until": "2026-01-05T12:00:00+08:00"}, "in_the_past", "until"),
            ({"until": "2025-01-01T00:00:00+08:00"}, "in_the_past", "until"),
            ({"until": "2027-01-05T12:00:01+08:00"}, "too_far", "until"),
            ({"until": None}, "field_missing", "until"),
            ({"department": None}, "not_the_lead", "department"),
            ({"department": "police"}, "not_the_lead", "department"),
            ({"acting": HANDLER | {"roles": ["collector"]}}, "wrong_role", "acting.roles"),
            ({"acting": HANDLER | {"roles": ["shift_lead"]}}, "wrong_role", "acting.roles"),
        ],
    )
    async def test_request_names_field_and_rule_and_changes_nothing(
        self, bench: NotifierBench, changes: dict[str, Any], reason: str, field: str
    ) -> None:
        await being_handled(bench)
        before = await standing(bench)
        told = await ask(bench, "suspension", **changes)
        [refusal] = told.facts(CommandRefused)
        assert told.kinds == []
        assert (refusal.reason, refusal.field) == (reason, field)
        after = await standing(bench)
        assert before.lines + 1 == after.lines
        after.lines = before.lines
        assert after == before

    async def test_exactly_the_longest_one_is_allowed(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        told = await ask(bench, "suspension", until="2027-01-05T12:00:00+08:00")
        assert told.kinds == ["request.submitted"]

    async def test_second_one_is(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "suspension")
        await resume(bench)
        [refusal] = (await ask(bench, "suspension")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("used_up", "what")

    async def test_one_that_was_refused_does_not_count(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await decide(bench, await ask(bench, "suspension"), "case.refuse")
        assert (await granted(bench, "suspension")).kinds == ["suspension.approved"]

    async def test_before_the_work_began_it_is(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned())
        [refusal] = (await ask(bench, "suspension")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("not_requestable", "what")
        assert "assigned" in refusal.message_en

    async def test_end_by_who_has_no_right_is(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "suspension")
        assert (await resume(bench, acting=HANDLER)).reasons == ["wrong_role"]

    async def test_end_of_one_that_is_not_suspended_is(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        assert (await resume(bench)).reasons == ["wrong_state"]
