"""An overrun that was not the department's fault: statistics change, the fact stays."""

from datetime import timedelta

import httpx
import pytest

from schemas.events.refusals import CommandRefused
from schemas.events.requests import AppealApproved, RequestRefused
from schemas.lifecycle import CaseState
from services.notifier.domain.clocks import TimerKind
from tests.support.notifier import NOON, NotifierBench, assigned, case_of
from tests.support.requesting import (
    DISPATCHER,
    LEAD,
    ask,
    being_handled,
    decide,
    granted,
    standing,
    story,
)


async def closed_late(bench: NotifierBench) -> None:
    await being_handled(bench, "4 UH")
    await bench.pass_time(hours=5)
    await bench.say(LEAD, "done")


async def counts_as(bench: NotifierBench) -> set[str]:
    """Return what the case counts as where cases are added up."""
    case = await standing(bench)
    if case.closed_at is None:
        return set()
    if case.overdue_at is None:
        return {"closed"}
    return {"closed", "closed_late" if case.exempt_at is None else "exempt"}


class TestAppeal:
    async def test_changes_statistics_and_keeps_the_fact(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await closed_late(bench)
        assert await counts_as(bench) == {"closed", "closed_late"}
        told = await granted(bench, "appeal")
        [fact] = told.facts(AppealApproved)
        assert fact.overdue_at == NOON + timedelta(hours=4)
        assert await counts_as(bench) == {"exempt", "closed"}
        found = (await client.get(f"/cases/{case_of()}")).json()["case"]
        assert found["overdue_at"] == fact.overdue_at.isoformat().replace("+00:00", "Z")
        assert found["exempt_at"] is not None
        case = await standing(bench)
        assert case.state is CaseState.CLOSED
        assert "does not count" in (await story(bench))[-1]["text_en"]
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("exempt", f"department:{LEAD}")

    async def test_that_is_refused_is_refused_for_good(self, bench: NotifierBench) -> None:
        await closed_late(bench)
        told = await decide(bench, await ask(bench, "appeal"), "case.refuse")
        [fact] = told.facts(RequestRefused)
        assert fact.final
        assert (await ask(bench, "appeal")).reasons == ["used_up"]
        assert await counts_as(bench) == {"closed", "closed_late"}

    async def test_waits_with_a_clock_of_its_own(self, bench: NotifierBench) -> None:
        await closed_late(bench)
        await ask(bench, "appeal")
        assert set(await bench.timers()) == {TimerKind.REQUEST}

    async def test_made_in_time_may_be_decided_later(self, bench: NotifierBench) -> None:
        await closed_late(bench)
        asked = await ask(bench, "appeal")
        await bench.pass_time(days=60)
        assert (await decide(bench, asked)).kinds == ["appeal.approved"]

    async def test_lapses_when_the_case_is_reopened(self, bench: NotifierBench) -> None:
        await closed_late(bench)
        await ask(bench, "appeal")
        told = await bench.say("reporters", "reopen")
        assert told.kinds == ["case.reopened", "request.lapsed"]
        assert await counts_as(bench) == set()

    async def test_holds_no_longer_than_the_overrun(self, bench: NotifierBench) -> None:
        await closed_late(bench)
        await granted(bench, "appeal")
        await bench.say("reporters", "reopen")
        assert await counts_as(bench) == set()
        await bench.tell(assigned(round_=2, at=bench.now))
        case = await standing(bench)
        assert (case.overdue_at, case.exempt_at) == (None, None)


class TestRefused:
    async def test_when_it_was_not_overdue_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await bench.say(LEAD, "done")
        [refusal] = (await ask(bench, "appeal")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("not_overdue", "what")

    @pytest.mark.parametrize(("days", "reasons"), [(6.9, []), (7.1, ["appeal_too_late"])])
    async def test_later_than_five_working_days_it_is(
        self, bench: NotifierBench, days: float, reasons: list[str]
    ) -> None:
        await closed_late(bench)  # on a Monday at 17:00
        await bench.pass_time(days=days)
        assert (await ask(bench, "appeal")).reasons == reasons

    async def test_while_the_case_is_open_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=5)
        assert (await ask(bench, "appeal")).reasons == ["not_requestable"]

    async def test_by_anybody_but_its_department_it_is(self, bench: NotifierBench) -> None:
        await closed_late(bench)
        assert (await ask(bench, "appeal", acting=DISPATCHER)).reasons == ["wrong_role"]
        assert (await ask(bench, "appeal", department="police")).reasons == ["not_the_lead"]
