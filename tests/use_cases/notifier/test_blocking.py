"""A lead that waits for a co-handler's part: its clock rests while somebody is at that part."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from schemas.events.blocking import CaseBlocked, CaseUnblocked, Unblocked
from schemas.events.case import CaseEscalated, FeedbackSubmitted
from schemas.events.refusals import FeedbackRefused
from schemas.events.requests import CaseExtended, SuspensionEnded
from schemas.vocabulary import EscalationTrigger
from services.kit.stage.timers import Deadline
from services.notifier.domain.clocks import TimerKind
from tests.support.notifier import NotifierBench, Told, assigned, case_of, registered
from tests.support.requesting import granted

LEAD, HELP, ON_CALL = "urban-management", "police", "emergency-management"
REASON = "the street must be closed first"


async def at_work(bench: NotifierBench, *, accepted: bool = True, **changes: Any) -> None:
    """Let the lead be at work for an hour of its four, and the co-handler have signed or not."""
    await bench.tell(registered(), assigned(LEAD, HELP, **changes))
    await bench.say(LEAD, "accepted", "started")
    if accepted:
        await bench.say(HELP, "accepted")
    bench.now += timedelta(hours=1)


async def turn(client: httpx.AsyncClient) -> tuple[str, str, bool]:
    found = (await client.get(f"/cases/{case_of()}")).json()["case"]["late_now"]
    return found["who"], found["clock"], found["late"]


def why(told: Told) -> list[Unblocked]:
    return [fact.why for fact in told.facts(CaseUnblocked)]


class TestLeadThatWaits:
    async def test_has_a_clock_that_rests_and_the_co_handler_has_one_of_its_own(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await at_work(bench)
        told = await bench.say(LEAD, "blocked")
        [fact] = told.facts(CaseBlocked)
        assert fact.blocking.department == HELP
        assert fact.blocking.until == bench.now + timedelta(hours=4)
        [notice] = told.notices("blocking")
        assert notice.recipient == f"department:{HELP}"
        assert REASON in notice.text_en
        assert await turn(client) == (HELP, "part", False)
        timers = await bench.timers()
        assert timers[TimerKind.BLOCKED] == bench.now + timedelta(hours=4)
        assert TimerKind.OVERDUE not in timers
        assert bench.counted("tongxin_sla_clock_segments_total", kind="part") == 1

    async def test_goes_on_with_what_was_left_when_the_part_is_done(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        bench.now += timedelta(hours=2)
        told = await bench.say(HELP, "done")
        assert (told.kinds, why(told)) == (["part.changed", "case.unblocked"], ["done"])
        assert [n.recipient for n in told.notices("unblocked")] == [f"department:{LEAD}"]
        assert (await bench.timers())[TimerKind.OVERDUE] == bench.now + timedelta(hours=3)
        assert await turn(client) == (LEAD, "handling", False)
        [limit] = (await client.get(f"/cases/{case_of()}/clocks")).json()["handling"]
        assert limit["used_seconds"] == 3600
        [rest] = limit["rests"]
        assert rest["text_en"].endswith(REASON)
        assert REASON in rest["text_zh"]

    @pytest.mark.parametrize("word", ["declined", "drop", "leave"])
    async def test_goes_on_whenever_the_part_ends(self, bench: NotifierBench, word: str) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        if word == "declined":
            told = await bench.say(HELP, "declined")
        elif word == "drop":
            command = {"department": HELP, "reason": "not needed"}
            told = await bench.read(bench.command("case.drop_co_handler", **command))
        else:
            others = {c: d for c, d in bench.plan.departments.items() if c != HELP}
            bench.plan = bench.plan.model_copy(update={"departments": others})
            looked = Deadline(subject=case_of(), kind=TimerKind.LEFT, partition=0, due_at=bench.now)
            told = await bench.fire(looked)
        assert why(told) == ["declined" if word == "declined" else "revoked"]
        assert TimerKind.OVERDUE in await bench.timers()

    async def test_goes_on_when_it_says_so(self, bench: NotifierBench) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        assert why(await bench.say(LEAD, "unblocked")) == ["said"]
        assert (await bench.say(LEAD, "unblocked")).reasons == ["wrong_state"]

    async def test_waits_no_longer_than_the_part_has_time_however_often_it_says_so(
        self, bench: NotifierBench
    ) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        until = bench.now + timedelta(hours=4)
        bench.now += timedelta(hours=1)
        await bench.say(LEAD, "unblocked")
        [again] = (await bench.say(LEAD, "blocked")).facts(CaseBlocked)
        assert again.blocking.until == until
        assert (await bench.pass_time(hours=2.9)).messages == []
        told = await bench.pass_time(hours=0.1)
        assert told.kinds == ["case.unblocked", "case.escalated"]
        [raised] = told.facts(CaseEscalated)
        assert (why(told), raised.trigger) == (["too_late"], EscalationTrigger.PART_LATE)
        assert [n.recipient for n in told.notices("unblocked")] == [
            f"department:{LEAD}",
            f"department:{HELP}",
        ]
        [refusal] = (await bench.say(LEAD, "blocked")).facts(FeedbackRefused)
        assert (refusal.reason, refusal.field) == ("waited_enough", "blocked_by")

    async def test_may_be_done_all_the_same(self, bench: NotifierBench) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        told = await bench.say(LEAD, "done")
        assert len(told.facts(FeedbackSubmitted)) == 1
        assert await bench.timers() == {}

    async def test_waits_for_nobody_once_it_has_declined(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD, HELP))
        await bench.say(LEAD, "accepted")
        await bench.say(HELP, "accepted")
        await bench.say(LEAD, "blocked")
        await bench.say(LEAD, "declined")
        assert (await client.get(f"/cases/{case_of()}")).json()["case"]["blocked"] is None
        await bench.tell(assigned("fire", HELP, round_=2, at=bench.now))
        assert (await bench.timers())[TimerKind.OVERDUE] == bench.now + timedelta(hours=4)


class TestLeadThatMayNotWait:
    async def test_for_a_part_that_nobody_has_signed_for(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await at_work(bench, accepted=False)
        [refusal] = (await bench.say(LEAD, "blocked")).facts(FeedbackRefused)
        assert (refusal.reason, refusal.field) == ("not_signed_for", "blocked_by")
        assert await turn(client) == (LEAD, "handling", False)

    @pytest.mark.parametrize("code", [LEAD, "fire", "gardeners"])
    async def test_for_who_has_no_part(self, bench: NotifierBench, code: str) -> None:
        await at_work(bench)
        [refusal] = (await bench.say(LEAD, "blocked", blocked_by=code)).facts(FeedbackRefused)
        assert (refusal.reason, refusal.field) == ("no_part", "blocked_by")

    async def test_twice_at_a_time_or_as_a_co_handler(self, bench: NotifierBench) -> None:
        await at_work(bench)
        assert (await bench.say(HELP, "blocked", blocked_by=LEAD)).reasons == ["wrong_state"]
        await bench.say(LEAD, "blocked")
        assert (await bench.say(LEAD, "blocked")).reasons == ["wrong_state"]


class TestLeadThatWaitsAndMay:
    """It waits for a part, and its case is suspended or extended meanwhile."""

    async def test_rests_on_when_one_of_two_reasons_is_over(self, bench: NotifierBench) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        await granted(bench, "suspension", until=(bench.now + timedelta(hours=1)).isoformat())
        [ended] = (await bench.pass_time(hours=1)).facts(SuspensionEnded)
        assert (ended.left_seconds, ended.due_by) == (3 * 3600, None)
        assert TimerKind.OVERDUE not in await bench.timers()
        await bench.say(HELP, "started", "done")
        assert (await bench.timers())[TimerKind.OVERDUE] == bench.now + timedelta(hours=3)

    async def test_rests_on_when_the_part_is_done_while_it_is_suspended(
        self, bench: NotifierBench
    ) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        await granted(bench, "suspension")
        told = await bench.say(HELP, "started", "done")
        assert why(told) == [Unblocked.DONE]
        assert TimerKind.OVERDUE not in await bench.timers()
        [ended] = (await bench.pass_time(days=10)).facts(SuspensionEnded)
        assert ended.due_by == bench.now + timedelta(hours=3)

    async def test_has_longer_when_it_goes_on(self, bench: NotifierBench) -> None:
        await at_work(bench)
        await bench.say(LEAD, "blocked")
        [fact] = (await granted(bench, "extension")).facts(CaseExtended)
        assert (fact.before, fact.after) == (
            bench.now + timedelta(hours=3),
            bench.now + timedelta(hours=7),
        )
        assert TimerKind.OVERDUE not in await bench.timers()
        await bench.pass_time(hours=1)
        await bench.say(HELP, "started", "done")
        assert (await bench.timers())[TimerKind.OVERDUE] == bench.now + timedelta(hours=7)
