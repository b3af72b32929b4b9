"""A case that was taken for another one: somebody in charge says what it is, how urgent, where."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from schemas.events.case import CaseEscalated
from schemas.events.case_file import CaseFiled
from schemas.events.charge import CaseCorrected
from schemas.events.refusals import CommandRefused
from services.kit.sql.declaring import table_of
from services.notifier.store import case_files, reading
from services.notifier.store.tables import Delivery
from tests.support.notifier import LI_WEI, NotifierBench, Told, assigned, case_of, registered
from tests.support.sources import ROOT

LEAD = "urban-management"
REASON = "the road gave way"
PAGE = ROOT / "docs" / "a-case-went-to-the-wrong-department.md"
PLACE = {"grid": "36011100300101", "address": "湖滨东路122号"}


async def correct(bench: NotifierBench, **fields: Any) -> Told:
    return await bench.read(bench.command("case.correct", **({"reason": REASON} | fields)))


async def place(bench: NotifierBench) -> dict[str, Any]:
    async with bench.database.read() as conn:
        return (await case_files.kept_of(conn, [case_of()]))[case_of()].scene.place


class TestCaseOfAnotherCategory:
    async def test_is_what_somebody_says_with_the_urgency_of_it(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        told = await correct(bench, category="E0505")
        [fact] = told.facts(CaseCorrected)
        collapse = bench.plan.category("E0505")
        assert (fact.category, fact.urgency, fact.changed) == (
            "E0505",
            collapse.urgency,
            ("category", "urgency"),
        )
        assert (fact.title_zh, fact.class_code) == (collapse.title_zh, collapse.class_)
        found = await bench.case()
        assert (found["state"], found["category"], found["title_en"]) == (
            "returned",
            "E0505",
            collapse.title_en,
        )
        assert (found["urgency"], found["level"]) == ("E", 1)
        assert await bench.timers() == {}

    async def test_stands_in_the_story_with_who_said_it_and_why(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await correct(bench, category="E0505")
        async with bench.database.read() as conn:
            line = (await reading.story(conn, case_of()))[-1]
        assert line["text_en"].startswith("Corrected (category, urgency): ")
        assert line["text_en"].endswith(
            f"taken from Urban management enforcement brigade: {REASON} (Li Wei)"
        )
        assert line["text_zh"].startswith("更正(类别、紧急程度):")

    async def test_is_told_of_as_late_where_its_limit_ran_out_a_moment_before(
        self, bench: NotifierBench
    ) -> None:
        """The next round may go on with the same clock, and nobody would hear that it is over."""
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        bench.now += timedelta(hours=5)
        told = await correct(bench, category="E0505")
        assert told.kinds[:2] == ["case.escalated", "case.corrected"]
        [late] = told.facts(CaseEscalated)
        assert (late.trigger, (await bench.case())["overdue_at"]) == ("overdue", late.due_by)

    async def test_is_told_to_everybody_who_is_at_it(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD, "police"))
        told = await correct(bench, category="E0505")
        assert {n.recipient for n in told.notices("corrected")} == {
            f"department:{LEAD}",
            "department:police",
        }

    async def test_is_closed_by_the_rule_of_what_it_is(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        assert (await bench.case())["must_check"] is False
        await correct(bench, category="E0505")
        await bench.tell(assigned(LEAD, round_=2, category="E0505"))
        assert (await bench.case())["must_check"] is True
        told = await bench.say(LEAD, "accepted", "started", "done", round_=2)
        assert told.kinds[-1] == "check.requested"

    async def test_needs_no_triage_any_more(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E9999", triage=True), assigned(LEAD, category="E9999"))
        await correct(bench, category="E0112")
        assert (await bench.case())["triage"] is False

    async def test_is_that_also_in_its_file(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await correct(bench, category="E0113", place=PLACE)
        await bench.tell(assigned(LEAD, round_=2))
        told = await bench.say(LEAD, "accepted", "started", "done", round_=2)
        filed = told.facts(CaseFiled)
        assert [(f.category, f.place.grid) for f in filed] == [("E0113", PLACE["grid"])]

    async def test_is_that_also_in_the_work_order_of_a_webhook(self, bench: NotifierBench) -> None:
        police = bench.plan.department("police")
        hooked = police.model_copy(update={"webhook": "https://police.example/hook"})
        departments = {**bench.plan.departments, "police": hooked}
        bench.plan = bench.plan.model_copy(update={"departments": departments})
        await bench.tell(registered(), assigned(LEAD))
        await correct(bench, category="E0128", place=PLACE)
        await bench.tell(assigned("police", round_=2, category="E0128"))
        async with bench.database.read() as conn:
            [body] = await conn.scalars(select(table_of(Delivery).c.body))
        order = json.loads(body)["data"]["work_order"]
        assert (order["category"], order["place"]) == ("E0128", PLACE)
        assert order["title_zh"] == bench.plan.category("E0128").title_zh


class TestCaseOfAnotherUrgency:
    async def test_keeps_its_level_when_it_is_less_urgent(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0505"), assigned(LEAD, category="E0505"))
        [fact] = (await correct(bench, urgency="G")).facts(CaseCorrected)
        assert (fact.category, fact.changed) == ("E0505", ("urgency",))
        found = await bench.case()
        assert (found["urgency"], found["level"]) == ("G", 1)

    async def test_wins_over_the_one_of_another_category(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        [fact] = (await correct(bench, category="E0505", urgency="G")).facts(CaseCorrected)
        assert (fact.urgency, fact.changed) == ("G", ("category",))


class TestCaseElsewhere:
    async def test_is_there_from_now_on(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        [fact] = (await correct(bench, place=PLACE)).facts(CaseCorrected)
        assert fact.changed == ("place",)
        assert await place(bench) == PLACE

    async def test_may_be_said_in_the_batch_that_registers_it(self, bench: NotifierBench) -> None:
        await bench.read(
            bench.news(registered()),
            bench.news(assigned(LEAD)),
            bench.command("case.correct", place=PLACE, category="E0505", reason=REASON),
        )
        assert await place(bench) == PLACE
        assert (await bench.case())["category"] == "E0505"


class TestCorrectionBetweenTwoAssignments:
    async def test_waits_for_the_router(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        assert (await correct(bench, urgency="E")).messages == []
        assert (await bench.tell(assigned(LEAD))).kinds == ["case.corrected"]


class TestRefusedCorrection:
    @pytest.mark.parametrize(
        ("fields", "reason", "field"),
        [
            (
                {"category": "E0505", "acting": LI_WEI | {"roles": ["handler"]}},
                "wrong_role",
                "acting.roles",
            ),
            ({"category": "X1"}, "unknown_category", "category"),
            ({"place": {"grid": "1"}}, "unknown_grid", "place.grid"),
            ({"place": {"address": "somewhere"}}, "unknown_grid", "place.grid"),
            ({"category": "E0112", "urgency": "G"}, "nothing_to_change", None),
            ({}, "nothing_to_change", None),
        ],
    )
    async def test_names_the_field_and_changes_nothing(
        self, bench: NotifierBench, fields: dict[str, Any], reason: str, field: str | None
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        before, timers = await bench.case() | {"lines": 0}, await bench.all_timers()
        told = await correct(bench, **fields)
        [refusal] = told.facts(CommandRefused)
        assert (refusal.reason, refusal.field, told.kinds) == (reason, field, [])
        assert await bench.case() | {"lines": 0} == before
        assert await bench.all_timers() == timers

    async def test_of_a_case_that_is_done_says_what_is_possible(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        [refusal] = (await correct(bench, urgency="E")).facts(CommandRefused)
        assert (refusal.reason, refusal.state) == ("wrong_state", "closed")


class TestPage:
    async def test_shows_a_correction_that_holds(self, bench: NotifierBench) -> None:
        [_, found] = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
        command = json.loads(found)
        fields = {name: said for name, said in command.items() if name not in {"kind", "case_id"}}
        await bench.tell(registered(), assigned(LEAD))
        assert (await bench.read(bench.command(command["kind"], **fields))).kinds == [
            "case.corrected"
        ]
        for reason in ("unknown_category", "unknown_grid", "nothing_to_change"):
            assert f"`{reason}`" in PAGE.read_text()
