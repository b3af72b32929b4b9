"""Cases of which somebody wants to know, until that is lifted (督办)."""

from typing import Any

import httpx
import pytest

from schemas.events.case_file import CaseFiled
from schemas.events.charge import CaseSupervised, CaseUnsupervised
from schemas.events.refusals import CommandRefused
from services.commands.case import told as lines_of
from tests.support.notifier import LI_WEI, NotifierBench, Told, assigned, case_of, registered

LEAD = "urban-management"
SHIFT_LEAD = LI_WEI | {"roles": ["shift_lead"]}
MAYOR = "Mayor Zhang"


async def supervise(bench: NotifierBench, **fields: Any) -> Told:
    said = {"supervised_for": MAYOR, "reason": "on the radio", "acting": SHIFT_LEAD}
    return await bench.read(bench.command("case.supervise", **(said | fields)))


async def lift(bench: NotifierBench, **fields: Any) -> Told:
    said = {"reason": "it is over", "acting": SHIFT_LEAD}
    return await bench.read(bench.command("case.unsupervise", **(said | fields)))


class TestMark:
    async def test_says_who_wants_to_know_and_tells_the_lead(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), registered(report="2"), assigned(LEAD))
        told = await supervise(bench)
        [fact] = told.facts(CaseSupervised)
        assert (told.kinds, fact.supervised_for) == (["case.supervised"], MAYOR)
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("supervised", f"department:{LEAD}")
        story = (await client.get(f"/cases/{case_of()}")).json()
        assert story["case"]["supervised_for"] == MAYOR
        text = "\n".join(lines_of(story))
        assert f"督办 {MAYOR} wants to know of it" in text
        assert f"{MAYOR} wants to know of it: on the radio (Li Wei)" in text

    async def test_changes_no_state_and_no_clock(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        timers = await bench.all_timers()
        before = (await client.get(f"/cases/{case_of()}")).json()["case"]
        await supervise(bench)
        after = (await client.get(f"/cases/{case_of()}")).json()["case"]
        assert after == before | {"supervised_for": MAYOR}
        assert await bench.all_timers() == timers

    async def test_stays_with_the_next_department_and_is_told_at_the_end(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await supervise(bench)
        await bench.say(LEAD, "declined")
        await bench.tell(assigned("police", round_=2))
        told = await bench.say("police", "accepted", "started", "done", round_=2)
        [notice] = told.notices("supervised_closed")
        assert (notice.audience, MAYOR in notice.text_en) == ("supervisor", True)
        assert [filed.supervised_for for filed in told.facts(CaseFiled)] == [MAYOR]

    async def test_may_be_made_while_nobody_has_the_case(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        told = await supervise(bench)
        assert (told.kinds, told.notices()) == (["case.supervised"], [])


class TestLifting:
    async def test_takes_the_mark_away(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await supervise(bench)
        told = await lift(bench)
        [fact] = told.facts(CaseUnsupervised)
        assert (told.kinds, fact.supervised_for) == (["case.unsupervised"], MAYOR)
        assert [n.template for n in told.notices()] == ["unsupervised"]
        found = (await client.get(f"/cases/{case_of()}")).json()["case"]
        assert found["supervised_for"] is None
        told = await bench.say(LEAD, "accepted", "started", "done")
        assert told.notices("supervised_closed") == []

    async def test_is_possible_of_a_closed_case(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await supervise(bench)
        await bench.say(LEAD, "accepted", "started", "done")
        assert (await lift(bench)).kinds == ["case.unsupervised"]


class TestRefused:
    async def test_marks_name_the_rule_and_change_nothing(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        assert (await supervise(bench, acting=LI_WEI)).reasons == ["wrong_role"]
        assert (await lift(bench)).reasons == ["not_supervised"]
        await supervise(bench)
        [refusal] = (await supervise(bench, supervised_for="another")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("supervised_already", "supervised_for")
        assert MAYOR in refusal.message_zh

    async def test_mark_of_a_closed_case_says_what_is_possible(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        [refusal] = (await supervise(bench)).facts(CommandRefused)
        assert (refusal.reason, refusal.allowed) == (
            "wrong_state",
            ("case.annotate", "case.unsupervise", "case.request"),
        )

    @pytest.mark.parametrize("for_whom", ["", " ", "a\nb", "x" * 101, None])
    def test_mark_for_nobody_is_no_command(
        self, bench: NotifierBench, for_whom: str | None
    ) -> None:
        record = bench.command("case.supervise", supervised_for=for_whom, reason="r")
        with pytest.raises(Exception, match="supervised_for"):
            bench.reader.decode(record)
