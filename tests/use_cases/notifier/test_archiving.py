"""Closed cases are archived by time; then nothing can happen to them any more."""

from datetime import timedelta

import httpx
from sqlalchemy import text

from schemas.events.case_file import CaseFiled
from schemas.events.ending import CaseArchived
from schemas.events.refusals import CommandRefused
from schemas.vocabulary import REPORTERS, SUPERVISION
from services.notifier.handlers import STAGE
from services.notifier.store import archiving
from services.notifier.store.walk import BEFORE_ALL
from services.notifier.use_cases.archiving import archive_due
from tests.support.notifier import LI_WEI, NotifierBench, Told, assigned, case_of, registered

LEAD = "urban-management"
SHIFT_LEAD = LI_WEI | {"roles": ["shift_lead"]}


async def closed(bench: NotifierBench, *reports: str) -> None:
    """Let there be closed cases."""
    for report in reports:
        await bench.tell(
            registered(report=report, at=bench.now),
            assigned(LEAD, report=report, at=bench.now),
        )
        await bench.say(LEAD, "accepted", "started", "done", report=report)


async def sweep(bench: NotifierBench, *, days: float) -> Told:
    """Let days pass, look for cases to archive, and let their timers fire."""
    bench.now += timedelta(days=days)
    await archive_due(bench.database, plan=bench.plan, stage=STAGE, now=bench.now)
    return await bench.pass_time(seconds=1)


class TestClosedCase:
    async def test_is_archived_when_the_plans_days_are_over(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await closed(bench, "1")
        assert (await sweep(bench, days=29)).messages == []
        told = await sweep(bench, days=1)
        [fact] = told.facts(CaseArchived)
        assert (told.kinds, fact.at - fact.closed_at >= timedelta(days=30)) == (
            ["case.archived"],
            True,
        )
        [filed] = told.facts(CaseFiled)
        assert (filed.state, filed.closed_result) == ("archived", "dealt with")
        assert told.notices() == []
        found = (await client.get(f"/cases/{case_of()}")).json()["case"]
        assert found["state"] == "archived"
        assert (await sweep(bench, days=400)).messages == []

    async def test_can_come_to_nothing_then_and_says_so(self, bench: NotifierBench) -> None:
        await closed(bench, "1")
        await sweep(bench, days=31)
        assert (await bench.say(SUPERVISION, "reopen")).reasons == ["wrong_state"]
        [refusal] = (await bench.say(REPORTERS, "reopen")).refusals
        assert (refusal.state, refusal.allowed) == ("archived", ())
        assert refusal.message_zh.startswith("案件当前状态为已归档")
        for kind in ("case.annotate", "case.unsupervise"):
            told = await bench.read(bench.command(kind, reason="r", acting=SHIFT_LEAD))
            [refused] = told.facts(CommandRefused)
            assert (refused.reason, refused.state, refused.allowed) == (
                "wrong_state",
                "archived",
                (),
            )

    async def test_is_not_archived_once_it_is_open_again(self, bench: NotifierBench) -> None:
        await closed(bench, "1")
        bench.now += timedelta(days=31)
        await archive_due(bench.database, plan=bench.plan, stage=STAGE, now=bench.now)
        assert (await bench.say(SUPERVISION, "reopen")).kinds[0] == "case.reopened"
        assert "case.archived" not in (await bench.pass_time(seconds=1)).kinds

    async def test_waits_for_other_days_under_another_plan(self, bench: NotifierBench) -> None:
        await closed(bench, "1")
        bench.now += timedelta(days=31)
        await archive_due(bench.database, plan=bench.plan, stage=STAGE, now=bench.now)
        limits = bench.plan.limits.model_copy(update={"archive_after": timedelta(days=60)})
        bench.plan = bench.plan.model_copy(update={"limits": limits})
        assert (await bench.pass_time(seconds=1)).messages == []
        assert (await sweep(bench, days=30)).kinds == ["case.archived"]

    async def test_is_archived_once_however_often_it_is_looked_for(
        self, bench: NotifierBench
    ) -> None:
        await closed(bench, "1", "2")
        bench.now += timedelta(days=31)
        for _ in range(2):
            await archive_due(bench.database, plan=bench.plan, stage=STAGE, now=bench.now)
        assert (await bench.pass_time(seconds=1)).kinds == ["case.archived"] * 2
        assert (await sweep(bench, days=0)).messages == []


class TestSweep:
    async def test_goes_on_where_a_portion_ended(self, bench: NotifierBench) -> None:
        await closed(bench, "1", "2", "3")
        bench.now += timedelta(days=31)
        async with bench.database.read() as conn:
            first = await archiving.closed_until(conn, bench.now, after=BEFORE_ALL)
            place = (first[0].closed_at, first[0].case_id)
            rest = await archiving.closed_until(conn, bench.now, after=place)
        assert [one.case_id for one in rest] == [one.case_id for one in first[1:]]

    async def test_reads_an_index_that_archived_cases_are_not_in(
        self, bench: NotifierBench
    ) -> None:
        async with bench.database.read() as conn:
            if conn.dialect.name != "sqlite":
                return
            plan = await conn.execute(
                text(
                    "EXPLAIN QUERY PLAN SELECT case_id FROM follow_up "
                    "WHERE state IN ('closed', 'force_closed') AND closed_at <= '2026-01-01' "
                    "ORDER BY closed_at, case_id LIMIT 200"
                )
            )
            assert "ix_follow_up_closed" in str(plan.all())
