"""A case that nobody could categorise: somebody is asked what it is, by a clock of its own."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from schemas.events.case import CaseEscalated
from schemas.events.charge import CaseCorrected
from schemas.events.triage import TriageRequested
from schemas.vocabulary import EscalationTrigger, Urgency
from services.notifier.domain.clocks import TimerKind
from services.notifier.store.tables import FollowUp
from services.notifier.use_cases.recounting import recount
from tests.support.notifier import LI_WEI, NotifierBench, Told, assigned, case_of, registered

OWNER = "urban-management"
ACCEPTOR = "supervision/acceptor"


async def unnamed(bench: NotifierBench, **changes: Any) -> Told:
    """Report what nobody can name on a Monday at noon; it goes to the owner of last resort."""
    told = await bench.tell(registered("E9999", triage=True, **changes))
    await offer(bench)
    return told


async def offer(bench: NotifierBench, *, round_: int = 1, category: str = "E9999") -> None:
    """Offer the case to somebody who has all the time there is."""
    slow: dict[str, Any] = {"limit_text": "90 ND", "sign_seconds": 10**6}
    await bench.tell(assigned(OWNER, round_=round_, category=category, at=bench.now, **slow))


async def correct(bench: NotifierBench, **fields: Any) -> Told:
    said = {"acting": LI_WEI | {"roles": ["acceptor"]}, "reason": "the road gave way"} | fields
    return await bench.read(bench.command("case.correct", **said))


async def turn(client: httpx.AsyncClient) -> tuple[str, str | None, str]:
    found = (await client.get(f"/cases/{case_of()}")).json()["case"]["late_now"]
    return found["who"], found["person"], found["clock"]


def recipients(told: Told, template: str) -> list[str]:
    return [notice.recipient for notice in told.notices(template)]


class TestCaseThatNobodyCouldCategorise:
    async def test_is_somebodys_to_name_within_two_working_hours(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        told = await unnamed(bench)
        [asked] = told.facts(TriageRequested)
        # Noon is a break: the two hours pass from 14:00 on.
        assert (asked.person, asked.triage_by - bench.now) == ("acceptor", timedelta(hours=4))
        assert recipients(told, "triage") == [ACCEPTOR]
        assert await turn(client) == ("supervision", "acceptor", "triage")

    async def test_is_named_within_minutes_where_a_word_tells_of_danger(
        self, bench: NotifierBench
    ) -> None:
        told = await unnamed(bench, urgency=Urgency.EMERGENCY)
        [asked] = told.facts(TriageRequested)
        assert asked.triage_by - bench.now == timedelta(minutes=5)

    async def test_goes_up_for_as_long_as_nobody_says_what_it_is(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await unnamed(bench)
        # At 16:00, after two and after four working hours more.
        for hours, level, head in [
            (4, 1, "street-lead"),
            (2, 2, "district-lead"),
            (18, 3, "centre-head"),
        ]:
            assert (await bench.pass_time(hours=hours - 0.1)).messages == []
            told = await bench.pass_time(hours=0.1)
            [raised] = told.facts(CaseEscalated)
            assert (raised.trigger, raised.level) == (EscalationTrigger.TRIAGE_LATE, level)
            assert recipients(told, "triage_late") == [f"supervision/{head}"]
            assert await turn(client) == ("supervision", head, "triage")
        for hours in (24, 24, 24):
            told = await bench.pass_time(hours=hours)
            assert (told.kinds, recipients(told, "triage_late")) == (
                [],
                ["supervision/centre-head"],
            )

    async def test_goes_up_though_it_is_assigned_after_its_time(self, bench: NotifierBench) -> None:
        """After an outage the news are read before the clocks are looked at."""
        await bench.tell(registered("E9999", triage=True))
        bench.now += timedelta(hours=5)
        await offer(bench)
        [raised] = (await bench.pass_time(hours=0)).facts(CaseEscalated)
        assert raised.trigger is EscalationTrigger.TRIAGE_LATE

    @pytest.mark.parametrize("category", ["E0112", "E9999"])
    async def test_is_named_by_a_correction(
        self, bench: NotifierBench, client: httpx.AsyncClient, category: str
    ) -> None:
        """That it is none of the others is an answer, too."""
        await unnamed(bench)
        [corrected] = (await correct(bench, category=category)).facts(CaseCorrected)
        assert (corrected.category, corrected.changed) == (category, ("category",))
        await offer(bench, round_=2, category=category)
        found = (await client.get(f"/cases/{case_of()}")).json()["case"]
        assert (found["triage"], found["triage_by"]) == (False, None)
        assert await turn(client) == (OWNER, None, "sign")
        assert (await correct(bench, category=category)).reasons == ["nothing_to_change"]
        assert recipients(await bench.pass_time(hours=5), "triage_late") == []

    async def test_waits_for_its_name_while_other_things_are_corrected(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await unnamed(bench)
        await correct(bench, urgency="U")
        await offer(bench, round_=2)
        assert await turn(client) == ("supervision", "acceptor", "triage")
        assert recipients(await bench.pass_time(hours=4), "triage_late") == [
            "supervision/street-lead"
        ]

    async def test_needs_no_name_once_somebody_is_at_work(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await unnamed(bench)
        await bench.say(OWNER, "accepted", "started")
        assert await turn(client) == (OWNER, None, "handling")
        assert recipients(await bench.pass_time(hours=5), "triage_late") == []
        await bench.say(OWNER, "done")
        assert TimerKind.TRIAGE not in await bench.timers()

    async def test_waits_for_its_name_while_nobody_has_it(self, bench: NotifierBench) -> None:
        await unnamed(bench)
        await bench.say(OWNER, "declined")
        told = await bench.pass_time(hours=4)
        assert (told.kinds, recipients(told, "triage_late")) == ([], [ACCEPTOR])


class TestCaseOfBeforeThereWasAClock:
    async def test_is_asked_about_when_the_notifier_starts(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E9999", triage=True))
        async with bench.database.write() as conn:
            await conn.execute(update(FollowUp).values(triage_by=None, watcher=None))
        stage = "notifier.cases"
        assert await recount(bench.database, plan=bench.plan, stage=stage, now=bench.now) == 1
        told = await bench.pass_time(seconds=5)
        [asked] = told.facts(TriageRequested)
        assert (asked.person, recipients(told, "triage")) == ("acceptor", [ACCEPTOR])
        assert (await bench.timers())["triage"] == asked.triage_by
        assert await recount(bench.database, plan=bench.plan, stage=stage, now=bench.now) == 0
