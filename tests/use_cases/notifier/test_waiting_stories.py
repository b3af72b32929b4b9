"""Stories of cases that wait (domain handbook, part 5, scenarios 8, 9 and 11), told to the end."""

from datetime import datetime
from typing import Any

import httpx

from schemas.events.case import CaseEscalated, CaseReminded
from schemas.events.refusals import CommandRefused
from schemas.events.requests import CaseSuspended, SuspensionEnded
from schemas.lifecycle import CaseState
from services.commands.case import told_clocks
from tests.support.notifier import NotifierBench, assigned, case_of, registered, the_plan
from tests.support.requesting import LEAD, ask, decide, go_to, granted, standing


def local(text: str) -> datetime:
    """Return an instant by the plan's clock on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=the_plan().timezone)


async def clocks(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/cases/{case_of()}/clocks")).json()
    return found


class TestSeasonalRepair:
    """A road that broke in January is mended when the frost is over."""

    async def frozen(self, bench: NotifierBench) -> None:
        """Let the work rest from Tuesday, 15:00, when 12 of 40 working hours are used."""
        bench.now = local("2026-01-05 09:00")
        await bench.tell(
            registered("E0113", at=bench.now),
            assigned(category="E0113", at=bench.now, limit_text="5 WD"),
        )
        await bench.say(LEAD, "accepted", "started")
        await go_to(bench, local("2026-01-06 12:00"))
        reason = "the ground is frozen"
        asked = await ask(bench, "suspension", until="2026-03-02T08:00:00+08:00", reason=reason)
        assert [n.recipient for n in asked.notices()] == ["supervision"]
        await go_to(bench, local("2026-01-06 15:00"))
        [suspended] = (await decide(bench, asked)).facts(CaseSuspended)
        assert suspended.left_seconds == 28 * 3600

    async def test_waits_for_spring_and_goes_on_where_it_stood(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await self.frozen(bench)

        # Spring Festival, weekends and nights pass, and nobody is late.
        assert (await go_to(bench, local("2026-03-01 23:59"))).kinds == []
        found = await clocks(client)
        assert not any(move["late"] for move in found["moves"])
        assert found["moves"][-1]["who"] == "notifier"

        # On the date it goes on by itself, with what was left.
        [ended] = (await go_to(bench, local("2026-03-02 08:00"))).facts(SuspensionEnded)
        assert (ended.left_seconds, ended.due_by) == (28 * 3600, local("2026-03-05 12:00"))
        [limit] = (await clocks(client))["handling"]
        [rest] = limit["rests"]
        assert rest["why"] == "suspension.approved"
        assert "the ground is frozen" in rest["text_en"]
        assert datetime.fromisoformat(rest["until"]) == local("2026-03-02 08:00")
        first, second = limit["runs"]
        assert first["used_after_seconds"] == second["used_before_seconds"] == 12 * 3600

    async def test_is_not_extended_once_it_is_overdue(self, bench: NotifierBench) -> None:
        await self.frozen(bench)
        await go_to(bench, local("2026-03-02 08:00"))
        [_] = (await go_to(bench, local("2026-03-05 10:00"))).facts(CaseReminded)
        [_] = (await go_to(bench, local("2026-03-05 12:00"))).facts(CaseEscalated)
        [refusal] = (await ask(bench, "extension")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("is_overdue", "what")

    async def test_is_shown_on_a_terminal_in_both_languages(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(limit_text="8 UH"))
        await bench.say(LEAD, "accepted", "started")
        await granted(bench, "extension")
        await granted(bench, "suspension")
        lines = [*told_clocks(await clocks(client))]
        assert any("停表 stands: 挂账至" in line and "Suspended until" in line for line in lines)
        assert any("延期 extended: " in line for line in lines)
        assert any("extension by wang.fang" in line for line in lines)
        assert any("suspension.approved" in line for line in lines)
        assert any("挂账 to let it go on: notifier" in line for line in lines)


class TestCorrectedAfterAPause:
    """Taken for exposed refuse with 4 WH, it turns out to be dumped rubble with 5 WD."""

    async def paused(self, bench: NotifierBench) -> None:
        bench.now = local("2026-01-05 09:00")
        await bench.tell(
            registered("E0110", at=bench.now),
            assigned(category="E0110", at=bench.now, limit_text="4 WH"),
        )
        await bench.say(LEAD, "accepted", "started")
        await go_to(bench, local("2026-01-05 10:00"))
        await granted(bench, "suspension", until="2026-01-19T08:00:00+08:00")
        await go_to(bench, local("2026-01-19 08:00"))
        await go_to(bench, local("2026-01-19 09:00"))

    async def test_loses_no_pause_to_another_limit(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await self.paused(bench)
        command = bench.command("case.correct", category="E0111", reason="it is rubble")
        assert (await bench.read(command)).kinds == ["case.corrected"]
        await bench.tell(assigned(round_=2, category="E0111", at=bench.now, limit_text="5 WD"))
        case = await standing(bench)
        # Counted from its beginning without the pause it would be due on the day it went on.
        assert case.due_by == local("2026-01-26 09:00")
        assert case.overdue_at is None
        before, after = (await clocks(client))["handling"]
        assert (before["limit"], before["used_seconds"]) == ("4 WH", 2 * 3600)
        pause, taken = before["rests"]
        assert (pause["why"], taken["why"]) == ("suspension.approved", "case.corrected")
        assert pause["until"] == before["runs"][1]["since"]
        assert (after["limit"], after["used_seconds"], after["rests"]) == ("5 WD", 0, [])

    async def test_loses_no_pause_to_a_limit_that_goes_on(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await self.paused(bench)
        command = bench.command("case.correct", urgency="U", reason="children play there")
        assert (await bench.read(command)).kinds == ["case.corrected"]
        await bench.tell(
            assigned(round_=2, category="E0110", at=bench.now, limit_text="4 WH", resumes=True)
        )
        case = await standing(bench)
        # One hour before the pause and one after it are used, two are left.
        assert case.due_by == local("2026-01-19 11:00")
        [limit] = (await clocks(client))["handling"]
        assert (limit["used_seconds"], limit["left_seconds"]) == (2 * 3600, 2 * 3600)

    async def test_has_no_second_suspension(self, bench: NotifierBench) -> None:
        await self.paused(bench)
        command = bench.command("case.correct", category="E0111", reason="it is rubble")
        await bench.read(command)
        await bench.tell(assigned(round_=2, category="E0111", at=bench.now, limit_text="5 WD"))
        await bench.say(LEAD, "accepted", "started", round_=2)
        assert (await ask(bench, "suspension")).reasons == ["used_up"]


class TestAppealedOverrun:
    """The pipe was not there, so the department was late; it was not its fault."""

    async def test_changes_the_league_table_and_not_the_fact(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(limit_text="4 UH"))
        await bench.say(LEAD, "accepted", "started")
        await bench.pass_time(hours=6)
        told = await bench.say(LEAD, "done")
        assert told.kinds[-1] == "case.closed"

        await bench.pass_time(days=1)
        asked = await ask(bench, "appeal", reason="the supplier had no pipe")
        assert (await decide(bench, asked)).kinds == ["appeal.approved"]

        case = await standing(bench)
        assert case.state is CaseState.CLOSED
        assert case.overdue_at is not None
        assert case.exempt_at == bench.now
        [request] = (await clocks(client))["requests"]
        assert (request["what"], request["outcome"], request["late"]) == (
            "appeal",
            "appeal.approved",
            False,
        )
        assert (await clocks(client))["handling"][0]["colour"] == "red"
