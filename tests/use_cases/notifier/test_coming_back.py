"""A department that gets a case back goes on with its own clock, in the case and in its ledger."""

from datetime import timedelta

import httpx
import pytest

from schemas.events.case_file import CaseFiled
from services.kit.stage.timers import Deadline
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.ledger import ledger_of
from services.notifier.http.clocks import lines_of
from services.notifier.store import reading
from tests.support.notifier import NotifierBench, assigned, case_of, merged, registered
from tests.support.requesting import standing

FIRST, SECOND = "urban-management", "police"
HOUR = timedelta(hours=1)


async def silent(bench: NotifierBench) -> None:
    """Let nobody of the first one sign for an hour."""
    bench.now += HOUR
    sign = Deadline(subject=case_of(), kind=TimerKind.SIGN, partition=0, due_at=bench.now)
    assert "assignment.expired" in (await bench.fire(sign)).kinds


async def declined(bench: NotifierBench) -> None:
    bench.now += HOUR
    assert (await bench.say(FIRST, "declined")).kinds == ["case.returned"]


LEAVES = {"nobody signed": silent, "declined": declined}


async def there_and_back(bench: NotifierBench, leaves: str) -> None:
    """Let the second one have the case for three hours in between."""
    await bench.tell(registered(), assigned(FIRST, sign_seconds=3600))
    await LEAVES[leaves](bench)
    await bench.tell(assigned(SECOND, round_=2, at=bench.now))
    bench.now += 3 * HOUR
    await bench.say(SECOND, "declined", round_=2)
    await bench.tell(assigned(FIRST, round_=3, at=bench.now, resumes=True))


class TestDepartmentThatGetsACaseBack:
    @pytest.mark.parametrize("leaves", LEAVES)
    async def test_has_what_it_had_left(self, bench: NotifierBench, leaves: str) -> None:
        await there_and_back(bench, leaves)
        case = await standing(bench)
        assert case.due_by == bench.now + 3 * HOUR
        assert [one.department for one in case.set_aside] == [SECOND]

    @pytest.mark.parametrize("leaves", LEAVES)
    async def test_has_one_account_in_the_ledger_that_rested(
        self, bench: NotifierBench, client: httpx.AsyncClient, leaves: str
    ) -> None:
        await there_and_back(bench, leaves)
        async with bench.database.read() as conn:
            story = await reading.story(conn, case_of())
        ledger = ledger_of(lines_of(story), plan=bench.plan)
        first, second = ledger.accounts
        assert ledger.current is first
        assert (first.department, second.department) == (FIRST, SECOND)
        assert (first.due_by, second.due_by) == ((await standing(bench)).due_by, None)
        [rest] = first.rests
        assert (rest.until, rest.since) == (bench.now, bench.now - 3 * HOUR)
        shown = (await client.get(f"/cases/{case_of()}/clocks")).json()["handling"]
        assert [one["left_seconds"] for one in shown] == [3 * 3600, 3600]

    async def test_begins_anew_once_the_case_was_opened_again(self, bench: NotifierBench) -> None:
        await there_and_back(bench, "declined")
        await bench.say(FIRST, "accepted", "started", "done", round_=3)
        told = await bench.say("reporters", "reopen")
        assert told.kinds[0] == "case.reopened"
        assert (await standing(bench)).set_aside == ()

    async def test_hears_what_others_said_meanwhile(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(FIRST))
        await declined(bench)
        await bench.tell(assigned(SECOND, round_=2, at=bench.now))
        await bench.tell(merged("2", at=bench.now, description="it grows"))
        await bench.say(SECOND, "declined", round_=2)
        told = await bench.tell(assigned(FIRST, round_=3, at=bench.now, resumes=True))
        assert [n.recipient for n in told.notices("said_before")] == [f"department:{FIRST}"]

    async def test_has_its_clock_in_the_file(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(FIRST))
        await declined(bench)
        await bench.tell(assigned(SECOND, round_=2, at=bench.now))
        told = await bench.say(SECOND, "accepted", "started", "done", round_=2)
        [filed] = told.facts(CaseFiled)
        [kept] = filed.set_aside
        assert (kept.department, kept.used_seconds, kept.limit_seconds) == (FIRST, 3600, 14400)
