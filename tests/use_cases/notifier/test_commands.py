"""What people command: done and told once, kept until its case is known, or refused."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from schemas.events.charge import CaseAnnotated
from schemas.events.refusals import CommandRefused
from schemas.topics import FEEDBACK_REFUSALS
from services.kit.sql.declaring import table_of
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import reading
from services.notifier.store.tables import FollowUp
from tests.support.notifier import (
    LI_WEI,
    NotifierBench,
    assigned,
    case_of,
    merged,
    registered,
    rejected,
)

LEAD = "urban-management"


async def last_line(bench: NotifierBench) -> dict[str, Any]:
    async with bench.database.read() as conn:
        return {**(await reading.story(conn, case_of()))[-1]}


async def standing(bench: NotifierBench) -> dict[str, Any]:
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of())
    assert found is not None
    return {name: value for name, value in found.items() if name not in {"lines", "own_seq"}}


class TestNote:
    async def test_stands_in_the_story_with_who_wrote_it(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = await bench.read(bench.command())
        [fact] = told.facts(CaseAnnotated)
        assert told.kinds == ["case.annotated"]
        assert fact.acting is not None
        assert (fact.note, fact.acting.person) == ("the owner is abroad", "Li Wei")
        line = await last_line(bench)
        assert (line["actor"], line["party"]) == ("person", "Li Wei")
        assert line["text_en"] == "Note: the owner is abroad (Li Wei)"
        assert line["text_zh"] == "备注:the owner is abroad(Li Wei)"
        assert json.loads(line["data"])["acting"] == LI_WEI
        assert bench.counted("tongxin_commands_total", kind="case.annotate", outcome="taken") == 1

    async def test_changes_nothing_else(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        before, timers = await standing(bench), await bench.all_timers()
        assert [m.topic for m in (await bench.read(bench.command())).messages] == ["cases.v1"]
        assert (await standing(bench), await bench.all_timers()) == (before, timers)

    async def test_is_taken_of_a_closed_case(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        before = await standing(bench)
        assert before["state"] == "closed"
        assert (await bench.read(bench.command())).kinds == ["case.annotated"]
        assert await standing(bench) == before

    async def test_keeps_its_turn_among_answers(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        records = bench.answer(LEAD, "accepted"), bench.command(), bench.answer(LEAD, "started")
        told = await bench.read(*records)
        assert told.kinds == ["assignment.accepted", "case.annotated", "handling.started"]


class TestEarlyCommand:
    async def test_waits_for_its_case_with_early_answers_in_their_order(
        self, bench: NotifierBench
    ) -> None:
        told = await bench.read(
            bench.command(note="first"), bench.answer(LEAD, "accepted"), bench.command(note="third")
        )
        assert told.messages == []
        assert set(await bench.timers()) == {TimerKind.PARKED}
        told = await bench.tell(registered())
        assert [fact.note for fact in told.facts(CaseAnnotated)] == ["first", "third"]
        assert (await bench.tell(assigned(LEAD))).kinds == ["assignment.accepted"]
        assert TimerKind.PARKED not in await bench.timers()

    async def test_that_is_past_has_its_effect_between_the_news_as_it_had_when_it_waited(
        self, bench: NotifierBench
    ) -> None:
        news = bench.news(registered()), bench.news(assigned(LEAD))
        await bench.read_again(news[0], bench.command(), news[1])
        async with bench.database.read() as conn:
            story = await reading.story(conn, case_of())
        kinds = ["case.registered", "case.annotated", "case.assigned"]
        assert [line["type"] for line in story[1:]] == kinds

    async def test_is_told_after_its_case_in_one_batch(self, bench: NotifierBench) -> None:
        told = await bench.read(bench.command(), bench.news(registered()))
        assert told.kinds == ["case.annotated"]
        assert told.refusals == []

    async def test_is_refused_when_its_case_never_comes(self, bench: NotifierBench) -> None:
        await bench.read(bench.command(command_id="mine"))
        [refusal] = (await bench.pass_time(minutes=10)).facts(CommandRefused)
        assert (refusal.reason, refusal.command_id, refusal.state) == ("unknown_case", "mine", None)
        assert (await bench.pass_time(minutes=10)).messages == []

    async def test_of_a_rejected_report_is_refused(self, bench: NotifierBench) -> None:
        await bench.tell(rejected())
        await bench.read(bench.command())
        assert (await bench.pass_time(minutes=10)).reasons == ["unknown_case"]


class TestRefusedCommand:
    async def test_of_a_merged_report_names_the_case_it_joined(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), merged("2"))
        told = await bench.read(bench.command(report="2"))
        [refusal] = told.refusals
        assert refusal.reason == "merged"
        assert str(case_of()) in refusal.message_en
        assert [m.topic for m in told.messages] == [FEEDBACK_REFUSALS]

    async def test_of_an_archived_case_is_told_and_stands_in_the_story(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        await archive(bench, case_of())
        told = await bench.read(bench.command(command_id="late"))
        [refusal] = told.facts(CommandRefused)
        assert told.kinds == []
        assert (refusal.reason, refusal.state, refusal.allowed) == ("wrong_state", "archived", ())
        assert refusal.acting is not None
        assert refusal.acting.person == "Li Wei"
        assert refusal.message_zh == "案件当前状态为已归档,不能备注;可进行:无"
        line = await last_line(bench)
        assert line["text_en"].startswith("Refused add a note: The case is archived")
        assert line["text_en"].endswith("(Li Wei)")
        found = {"kind": "case.annotate", "outcome": "wrong_state"}
        assert bench.counted("tongxin_commands_total", **found) == 1


async def archive(bench: NotifierBench, case_id: UUID) -> None:
    """Let a closed case be archived, which nothing does yet."""
    table = table_of(FollowUp)
    async with bench.database.write() as conn:
        await conn.execute(update(table).where(table.c.case_id == case_id).values(state="archived"))


class TestAnyNote:
    @pytest.mark.parametrize(
        "note",
        [
            "{note} %s {acting.person}",
            "a\nb\t\u2028",
            "\u202eabc",
            "😀" * 2000,
            " . ",
            "'; DROP TABLE case_line; --",
            "\ufffe\uffff",
        ],
    )
    async def test_is_kept_as_it_was_written(self, bench: NotifierBench, note: str) -> None:
        await bench.tell(registered())
        [fact] = (await bench.read(bench.command(note=note))).facts(CaseAnnotated)
        assert fact.note == note
        assert json.loads((await last_line(bench))["data"])["note"] == note
