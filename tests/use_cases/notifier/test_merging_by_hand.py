"""Two cases that are one: merged by somebody in charge, and taken apart again."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.events.case_file import CaseFiled
from schemas.events.ending import CaseJoined, CaseLeft, CaseMergedInto, CaseUnmerged
from schemas.events.refusals import CommandRefused
from schemas.vocabulary import REPORTERS
from services.commands.case import told as lines_of
from services.kit.records import Record
from services.kit.stage import timers
from services.notifier.domain.clocks import TimerKind
from services.notifier.handlers import STAGE
from services.notifier.store import reading
from tests.support.notifier import (
    LI_WEI,
    NotifierBench,
    Told,
    assigned,
    case_of,
    merged,
    registered,
)
from tests.support.sources import ROOT

LEAD, HELP = "urban-management", "police"
ACCEPTOR = LI_WEI | {"roles": ["acceptor"]}
PAGE = ROOT / "docs" / "two-cases-are-one.md"


def merge(bench: NotifierBench, report: str = "1", into: str = "2", **fields: Any) -> Record:
    said: dict[str, Any] = {
        "into": str(case_of(into)),
        "reason": "the same pipe",
        "acting": ACCEPTOR,
    }
    return bench.command("case.merge", report=report, **(said | fields))


def merge_into(bench: NotifierBench, into: object) -> Record:
    return bench.command("case.merge", into=into, reason="the same", acting=ACCEPTOR)


def unmerge(bench: NotifierBench, report: str = "1", **fields: Any) -> Record:
    said: dict[str, Any] = {"reason": "another pipe after all", "acting": ACCEPTOR}
    return bench.command("case.unmerge", report=report, **(said | fields))


async def two(bench: NotifierBench, *co_handlers: str) -> None:
    """Let there be two cases that departments have."""
    await bench.tell(registered(), registered(report="2"))
    await bench.tell(assigned(LEAD, *co_handlers), assigned(LEAD, report="2"))


async def look(bench: NotifierBench) -> Told:
    """Let the primary's lane look what was merged into it."""
    return await bench.pass_time(seconds=1)


async def row(bench: NotifierBench, report: str = "1") -> dict[str, Any]:
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of(report))
    assert found is not None
    return found


async def close(bench: NotifierBench, report: str = "2") -> Told:
    return await bench.say(LEAD, "accepted", "started", "done", report=report)


def told_to(told: Told, template: str) -> set[str]:
    return {n.recipient.removeprefix("report:hotline-12345/") for n in told.notices(template)}


class TestMergedCase:
    async def test_is_taken_from_everybody_and_follows_the_other(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await two(bench, HELP)
        await bench.tell(merged("3"))
        told = await bench.read(merge(bench))
        [fact] = told.facts(CaseMergedInto)
        assert (told.kinds, fact.primary_id) == (["case.merged_into"], case_of("2"))
        assert told_to(told, "taken_back") == {f"department:{LEAD}", f"department:{HELP}"}
        assert told_to(told, "merged_into") == {"1", "3"}
        [filed] = told.facts(CaseFiled)
        assert (filed.state, filed.merged_into) == ("merged", case_of("2"))
        assert (await bench.say(LEAD, "accepted")).reasons == ["not_yours"]
        found = (await client.get(f"/cases/{case_of()}")).json()
        assert found["merged_into"] == str(case_of("2"))
        text = "\n".join(lines_of(found))
        assert f"并入 merged into {case_of('2')}" in text
        assert "joined this case" not in text

    async def test_is_told_by_the_primary_a_moment_later(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await two(bench)
        await bench.read(merge(bench))
        told = await look(bench)
        [fact] = told.facts(CaseJoined)
        assert (told.kinds, fact.case_id, fact.merged_id) == (
            ["case.joined"],
            case_of("2"),
            case_of(),
        )
        assert told_to(told, "case_joined") == {f"department:{LEAD}"}
        assert (await look(bench)).messages == []
        found = (await client.get(f"/cases/{case_of('2')}")).json()
        assert [one["merged_id"] for one in found["followers"]] == [str(case_of())]

    @pytest.mark.parametrize("looks", [0, 1])
    async def test_hears_of_the_closing_with_all_who_joined_it(
        self, bench: NotifierBench, looks: int
    ) -> None:
        await two(bench)
        await bench.tell(merged("3"), merged("4", into="2"))
        await bench.read(merge(bench))
        for _ in range(looks):
            await look(bench)
        told = await close(bench)
        assert told_to(told, "closed") == {"1", "2", "3", "4"}
        assert len(told.notices("closed")) == 4
        assert (await look(bench)).notices() == []

    async def test_follows_along_a_chain(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.tell(registered(report="3"), assigned(LEAD, report="3"))
        await bench.read(merge(bench), merge(bench, "2", "3"))
        await look(bench)
        assert told_to(await close(bench, "3"), "closed") == {"1", "2", "3"}

    async def test_is_not_withdrawn_by_the_reporter_of_the_other(
        self, bench: NotifierBench
    ) -> None:
        await two(bench)
        await bench.read(merge(bench))
        await look(bench)
        told = await bench.say(REPORTERS, "withdraw", report="2", reason="settled")
        assert told.reasons == ["others_reported"]

    async def test_waits_for_an_assignment_that_is_on_its_way(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.say(LEAD, "declined")
        assert (await bench.read(merge(bench))).messages == []
        assert (await bench.tell(assigned(HELP, round_=2))).kinds == ["case.merged_into"]


class TestCaseThatIsTakenApart:
    async def test_has_the_rest_of_its_clock(self, bench: NotifierBench) -> None:
        await two(bench, HELP)
        await bench.say(LEAD, "accepted", "started")
        await bench.pass_time(hours=1)
        await bench.read(merge(bench))
        await bench.pass_time(hours=30)
        told = await bench.read(unmerge(bench))
        [fact] = told.facts(CaseUnmerged)
        assert (fact.primary_id, fact.co_handlers) == (case_of("2"), (HELP,))
        assert fact.due_by is not None
        assert (fact.due_by - bench.now).total_seconds() == 3 * 3600
        assert told_to(told, "unmerged") == {"1"}
        assert (await row(bench))["state"] == "returned"
        await bench.tell(assigned(LEAD, HELP, round_=2, resumes=True, at=bench.now))
        assert (await row(bench))["due_by"] == fact.due_by
        assert (await row(bench))["overdue_at"] is None
        told = await bench.say(LEAD, "accepted", "started", "done", round_=2)
        assert told_to(told, "closed") == {"1"}

    async def test_has_its_followers_back(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.tell(merged("3"))
        await bench.read(merge(bench))
        await look(bench)
        told = await bench.read(unmerge(bench))
        assert told_to(told, "unmerged") == {"1", "3"}
        assert told_to(await close(bench), "closed") == {"2"}
        await bench.tell(assigned(LEAD, round_=2, at=bench.now))
        told = await bench.say(LEAD, "accepted", "started", "done", round_=2)
        assert told_to(told, "closed") == {"1", "3"}

    async def test_is_told_by_the_primary(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.read(merge(bench))
        await look(bench)
        await bench.read(unmerge(bench))
        told = await look(bench)
        [fact] = told.facts(CaseLeft)
        assert (told.kinds, fact.merged_id) == (["case.left"], case_of())
        assert told_to(told, "case_left") == {f"department:{LEAD}"}
        assert (await row(bench, "2"))["joined"] == 0

    async def test_before_anybody_looked_leaves_no_trace_at_the_primary(
        self, bench: NotifierBench
    ) -> None:
        await two(bench)
        await bench.read(merge(bench))
        await bench.read(unmerge(bench))
        assert (await look(bench)).kinds == []
        assert told_to(await close(bench), "closed") == {"2"}

    async def test_may_be_merged_into_another_one_then(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.tell(registered(report="3"), assigned(LEAD, report="3"))
        await bench.read(merge(bench))
        await look(bench)
        await bench.read(unmerge(bench))
        await bench.tell(assigned(LEAD, round_=2, at=bench.now))
        await bench.read(merge(bench, into="3"))
        told = await look(bench)
        assert sorted(told.kinds) == ["case.joined", "case.left"]
        assert told_to(await close(bench, "3"), "closed") == {"1", "3"}
        assert told_to(await close(bench, "2"), "closed") == {"2"}

    async def test_is_possible_after_the_primary_was_closed(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.read(merge(bench))
        await close(bench)
        assert (await bench.read(unmerge(bench))).kinds == ["case.unmerged"]


class TestTwoAtOnce:
    async def test_are_not_merged_into_each_other(self, bench: NotifierBench) -> None:
        await two(bench)
        told = await bench.read(merge(bench), merge(bench, "2", "1"))
        assert told.kinds == ["case.merged_into"]
        [refusal] = told.facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("merged_already", "into")

    async def test_are_not_merged_into_each_other_by_two_processes(
        self, bench: NotifierBench
    ) -> None:
        await two(bench)
        both = await asyncio.gather(bench.read(merge(bench)), bench.read(merge(bench, "2", "1")))
        assert sorted(kind for told in both for kind in told.kinds) == ["case.merged_into"]
        assert [reason for told in both for reason in told.reasons] == ["merged_already"]
        assert sorted([(await row(bench))["state"], (await row(bench, "2"))["state"]]) == [
            "assigned",
            "merged",
        ]

    async def test_are_not_merged_in_a_circle(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.tell(registered(report="3"), assigned(LEAD, report="3"))
        await bench.read(merge(bench), merge(bench, "2", "3"))
        told = await bench.read(merge(bench, "3", "1"))
        assert told.reasons == ["merged_already"]
        assert str(case_of("2")) in told.refusals[0].message_en

    async def test_leave_a_report_that_joins_meanwhile_with_its_primary(
        self, bench: NotifierBench
    ) -> None:
        await two(bench)
        await bench.read(merge(bench))
        assert told_to(await bench.tell(merged("3")), "joined") == {"3"}
        assert told_to(await close(bench), "closed") == {"1", "2", "3"}


class TestTwoLanes:
    """The two cases are on partitions that two processes may own."""

    async def test_decide_each_its_own_case(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        news = (registered(report="2"), assigned(LEAD, report="2"))
        await bench.read(*(bench.news(fact)._replace(partition=1) for fact in news))
        assert (await bench.read(merge(bench))).kinds == ["case.merged_into"]
        assert (await look(bench)).kinds == []
        bench.now += timedelta(seconds=1)
        async with bench.database.write() as conn:
            due = await timers.claim_due(conn, stage=STAGE, partitions=[1], now=bench.now)
        [deadline] = [one for one in due if one.kind == TimerKind.MERGED]
        assert deadline.subject == case_of("2")
        told = await bench.fire(deadline)
        assert told.kinds == ["case.joined"]
        assert (await bench.fire(deadline)).kinds == []
        assert (await bench.read(unmerge(bench))).kinds == ["case.unmerged"]
        assert (await bench.fire(deadline)).kinds == ["case.left"]


class TestRefusedMerge:
    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"into": str(case_of("1"))}, "same_case"),
            ({"into": str(UUID(int=9))}, "unknown_primary"),
            ({"into": str(case_of("5"))}, "merged_already"),
            ({"into": str(case_of("6"))}, "primary_ended"),
            ({"into": str(case_of("7"))}, "exercise_and_real"),
        ],
    )
    async def test_names_the_field_and_changes_nothing(
        self, bench: NotifierBench, fields: dict[str, str], reason: str
    ) -> None:
        await two(bench)
        await bench.tell(merged("5", into="2"), registered(report="6"))
        await bench.tell(assigned(LEAD, report="6"), registered(report="7", exercise=True))
        await close(bench, "6")
        before = await row(bench)
        told = await bench.read(merge_into(bench, fields["into"]))
        [refusal] = told.facts(CommandRefused)
        assert (refusal.reason, refusal.field, told.kinds) == (reason, "into", [])
        assert {n: v for n, v in (await row(bench)).items() if n != "lines"} == {
            n: v for n, v in before.items() if n != "lines"
        }
        assert (await look(bench)).kinds == []

    async def test_takes_an_acceptor_or_a_shift_lead(self, bench: NotifierBench) -> None:
        await two(bench)
        for record in (merge(bench, acting=LI_WEI), unmerge(bench, acting=LI_WEI)):
            [refusal] = (await bench.read(record)).facts(CommandRefused)
            assert (refusal.reason, refusal.field) == ("wrong_role", "acting.roles")

    async def test_of_one_that_is_merged_says_what_is_possible(self, bench: NotifierBench) -> None:
        await two(bench)
        await bench.read(merge(bench))
        [refusal] = (await bench.read(merge(bench))).facts(CommandRefused)
        assert (refusal.reason, "case.unmerge" in refusal.allowed) == ("wrong_state", True)
        assert (await bench.read(unmerge(bench, "2"))).reasons == ["wrong_state"]

    @pytest.mark.parametrize("into", [None, "", "x", 7, str(UUID(int=1)) * 2])
    def test_that_names_no_case_is_no_command(self, bench: NotifierBench, into: object) -> None:
        with pytest.raises(Exception, match="into"):
            bench.reader.decode(merge_into(bench, into))


class TestPage:
    """docs/two-cases-are-one.md, step by step."""

    async def test_shows_commands_that_hold(self, bench: NotifierBench) -> None:
        found = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
        first, back = (json.loads(one) for one in found)
        await two(bench)
        fields = {n: v for n, v in first.items() if n not in {"kind", "case_id", "into"}}
        told = await bench.read(bench.command(first["kind"], into=str(case_of("2")), **fields))
        assert told.kinds == ["case.merged_into"]
        assert (await look(bench)).kinds == ["case.joined"]
        fields = {n: v for n, v in back.items() if n not in {"kind", "case_id"}}
        assert (await bench.read(bench.command(back["kind"], **fields))).kinds == ["case.unmerged"]
        assert (await look(bench)).kinds == ["case.left"]

    def test_names_every_reason_of_a_refusal(self) -> None:
        text = PAGE.read_text()
        for reason in (
            *("wrong_role", "same_case", "unknown_primary", "merged_already"),
            *("primary_ended", "exercise_and_real", "wrong_state"),
        ):
            assert f"| `{reason}` |" in text


class TestTimer:
    async def test_of_a_case_that_nothing_is_merged_into_does_nothing(
        self, bench: NotifierBench
    ) -> None:
        await two(bench)
        await bench.read(merge(bench))
        assert TimerKind.MERGED in await bench.timers()
        await look(bench)
        assert TimerKind.MERGED not in await bench.timers()


class TestPrimaryThatIsDismissed:
    async def test_lets_a_case_go_on_that_somebody_takes_apart_from_it(
        self, bench: NotifierBench
    ) -> None:
        await two(bench)
        due_by = (await row(bench))["due_by"]
        await bench.read(merge(bench))
        await look(bench)
        dismiss = {"reason": "nothing is there", "acting": ACCEPTOR}
        told = await bench.read(bench.command("case.dismiss", report="2", **dismiss))
        assert told_to(told, "dismissed") == {"1", "2"}
        assert (await row(bench))["state"] == "merged"
        bench.now += timedelta(hours=1)
        again = await bench.read(unmerge(bench))
        assert again.kinds == ["case.unmerged"]
        await bench.tell(assigned(LEAD, round_=2, at=bench.now, resumes=True))
        assert (await row(bench))["due_by"] == due_by + timedelta(hours=1, seconds=1)
