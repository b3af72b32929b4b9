"""A case that was opened again, and stays closed because somebody in charge says so."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.events.case_file import CaseFiled
from schemas.events.ending import ReopenRefused
from schemas.events.refusals import CommandRefused
from schemas.vocabulary import REPORTERS
from tests.support.notifier import (
    LI_WEI,
    NotifierBench,
    Told,
    assigned,
    merged,
    registered,
)

LEAD, HELP = "urban-management", "police"
SHIFT_LEAD = LI_WEI | {"roles": ["shift_lead"]}


async def refuse(bench: NotifierBench, **fields: Any) -> Told:
    said: dict[str, Any] = {"reason": "it is as it should be", "acting": SHIFT_LEAD}
    return await bench.read(bench.command("case.refuse_reopening", **(said | fields)))


async def closed(bench: NotifierBench, *, hours: int = 0) -> None:
    await bench.tell(registered(), merged("2"), assigned(LEAD))
    await bench.say(LEAD, "accepted", "started")
    await bench.pass_time(hours=hours)
    await bench.say(LEAD, "done")


async def opened_again(bench: NotifierBench, *co_handlers: str) -> None:
    assert (await bench.say(REPORTERS, "reopen")).kinds[0] == "case.reopened"
    await bench.tell(assigned(LEAD, *co_handlers, round_=2, at=bench.now))


class TestCaseThatStaysClosed:
    async def test_is_as_it_was_closed_and_its_reporters_are_told(
        self, bench: NotifierBench
    ) -> None:
        await closed(bench)
        before = await bench.case()
        await bench.pass_time(days=3)
        await opened_again(bench, HELP)
        told = await refuse(bench)
        [fact] = told.facts(ReopenRefused)
        assert (told.kinds, fact.closed_at) == (["reopen.refused"], before["closed_at"])
        reporters = {f"report:hotline-12345/{number}" for number in (1, 2)}
        assert {n.recipient for n in told.notices("reopen_refused")} == reporters
        assert "it is as it should be" in told.notices("reopen_refused")[0].text_zh
        assert {n.recipient for n in told.notices("taken_back")} == {
            f"department:{LEAD}",
            f"department:{HELP}",
        }
        after = await bench.case()
        for name in ("state", "closed_at", "closed_result", "overdue_at"):
            assert after[name] == before[name]
        assert after["closed_before"] is None
        assert await bench.timers() == {}
        [filed] = told.facts(CaseFiled)
        assert (filed.state, filed.closed_result) == ("closed", "dealt with")

    async def test_was_late_if_it_was_late(self, bench: NotifierBench) -> None:
        await closed(bench, hours=5)
        before = await bench.case()
        assert before["overdue_at"] is not None
        await opened_again(bench)
        await refuse(bench)
        after = await bench.case()
        assert (after["overdue_at"], after["exempt_at"]) == (before["overdue_at"], None)

    async def test_may_be_opened_again_only_as_long_as_before(self, bench: NotifierBench) -> None:
        await closed(bench)
        await bench.pass_time(days=13)
        await opened_again(bench)
        await refuse(bench)
        await bench.pass_time(days=2)
        assert (await bench.say(REPORTERS, "reopen")).reasons == ["too_late"]

    async def test_may_be_signed_for_until_work_begins(self, bench: NotifierBench) -> None:
        await closed(bench)
        await opened_again(bench)
        await bench.say(LEAD, "accepted", round_=2)
        assert (await refuse(bench)).kinds == ["reopen.refused"]

    async def test_waits_for_the_assignment_that_is_on_its_way(self, bench: NotifierBench) -> None:
        await closed(bench)
        await bench.say(REPORTERS, "reopen")
        assert (await refuse(bench)).messages == []
        told = await bench.tell(assigned(LEAD, round_=2, at=bench.now))
        assert told.kinds == ["reopen.refused"]


class TestRefused:
    async def test_of_a_case_that_nobody_opened_again(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        [refusal] = (await refuse(bench)).facts(CommandRefused)
        assert (refusal.reason, refusal.state) == ("wrong_state", "assigned")
        assert "case.refuse_reopening" not in refusal.allowed

    async def test_once_work_has_begun(self, bench: NotifierBench) -> None:
        await closed(bench)
        await opened_again(bench)
        await bench.say(LEAD, "accepted", "started", round_=2)
        assert (await refuse(bench)).reasons == ["wrong_state"]

    async def test_after_the_plans_time(self, bench: NotifierBench) -> None:
        await closed(bench)
        await opened_again(bench)
        await bench.say(LEAD, "accepted", round_=2)
        bench.now += timedelta(days=2)
        [refusal] = (await refuse(bench)).facts(CommandRefused)
        assert (refusal.reason, refusal.state) == ("reopened_too_long", "accepted")

    @pytest.mark.parametrize("role", ["dispatcher", "acceptor", "handler"])
    async def test_takes_a_supervisor_or_a_shift_lead(
        self, bench: NotifierBench, role: str
    ) -> None:
        await closed(bench)
        await opened_again(bench)
        [refusal] = (await refuse(bench, acting=LI_WEI | {"roles": [role]})).refusals
        assert (refusal.reason, refusal.field) == ("wrong_role", "acting.roles")
