"""A case that nobody will ever solve: closed by two persons, on a legal basis."""

from typing import Any

import pytest

from schemas.events.refusals import CommandRefused
from schemas.events.requests import CaseForceClosed
from schemas.lifecycle import CaseState
from tests.support.notifier import NotifierBench, assigned, registered
from tests.support.requesting import (
    DISPATCHER,
    HANDLER,
    LEAD,
    LEADER,
    SHIFT_LEAD,
    ask,
    being_handled,
    decide,
    granted,
    standing,
    story,
)


class TestForceClose:
    async def test_takes_two_persons_and_a_legal_basis(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        told = await granted(bench, "force_close")
        [fact] = told.facts(CaseForceClosed)
        assert (fact.asked_by, fact.legal_basis, fact.overdue) == (
            "wang.fang",
            "Article 12",
            False,
        )
        case = await standing(bench)
        assert (case.state, case.closed_at) == (CaseState.FORCE_CLOSED, bench.now)
        assert await bench.timers() == {}
        line = (await story(bench))[-1]
        assert line["text_en"].startswith("Force-closed on Article 12, as wang.fang asked")
        assert line["text_en"].endswith("(zhang.wei)")

    async def test_is_told_to_the_reporter_and_to_who_was_at_it(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0506"), assigned(LEAD, "police", category="E0506"))
        told = await granted(bench, "force_close")
        assert {(n.template, n.recipient) for n in told.notices()} == {
            ("force_closed", "report:hotline-12345/1"),
            ("released", f"department:{LEAD}"),
            ("released", "department:police"),
        }

    async def test_may_be_reopened(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "force_close")
        assert (await bench.say("reporters", "reopen")).kinds == ["case.reopened"]
        assert (await standing(bench)).state is CaseState.REOPENED

    async def test_of_a_suspended_case_ends_the_suspension(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await granted(bench, "suspension")
        await granted(bench, "force_close")
        assert await bench.timers() == {}
        assert (await standing(bench)).suspended_until is None

    async def test_of_a_case_that_waits_for_the_router_is_made_then(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned())
        asked = await ask(bench, "force_close", acting=DISPATCHER, department=None)
        await bench.say(LEAD, "declined")
        told = await decide(bench, asked)
        assert (told.kinds, told.reasons) == ([], [])
        told = await bench.tell(assigned("police", round_=2))
        assert told.kinds == ["case.force_closed"]
        assert told.letters == []

    async def test_counts_among_the_closed_ones(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        told = await granted(bench, "force_close")
        assert told.letters == []
        assert bench.counted(
            "tongxin_case_events_total", type="case.force_closed", source_system="hotline-12345"
        )


class TestRefused:
    async def test_without_a_legal_basis_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        [refusal] = (await ask(bench, "force_close", legal_basis=None)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("field_missing", "legal_basis")

    @pytest.mark.parametrize("word", ["accepted", "started", "progress"])
    async def test_by_who_handled_the_case_it_is(self, bench: NotifierBench, word: str) -> None:
        await bench.tell(registered(), assigned())
        for said in ("accepted", "started", "progress"):
            acting = LEADER if said == word else None
            await bench.say(LEAD, said, acting=acting)
        asked = await ask(bench, "force_close")
        [refusal] = (await decide(bench, asked)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("handled_it", "acting.person")
        assert (await decide(bench, asked, acting=SHIFT_LEAD)).kinds == ["case.force_closed"]

    async def test_by_whom_the_part_was_signed_for_it_is(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned("emergency-management", person="zhang.wei"))
        await bench.say("emergency-management", "accepted")
        asked = await ask(bench, "force_close", department="emergency-management")
        assert (await decide(bench, asked)).reasons == ["handled_it"]

    async def test_own_one_of_a_shift_lead_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        asked = await ask(bench, "force_close", acting=SHIFT_LEAD, department=None)
        assert (await decide(bench, asked, acting=SHIFT_LEAD)).reasons == ["own_request"]
        assert (await decide(bench, asked)).kinds == ["case.force_closed"]

    @pytest.mark.parametrize("what", ["force_close", "suspension", "extension"])
    async def test_of_a_closed_case_it_is(self, bench: NotifierBench, what: str) -> None:
        await being_handled(bench)
        await bench.say(LEAD, "done")
        [refusal] = (await ask(bench, what)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("not_requestable", "what")

    async def test_by_a_stranger_it_is(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        stranger: dict[str, Any] = HANDLER | {"roles": []}
        assert (await ask(bench, "force_close", acting=stranger)).reasons == ["wrong_role"]
