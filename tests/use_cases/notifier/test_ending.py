"""Cases that end unclosed: dismissed by somebody in charge, or withdrawn by their reporter."""

from typing import Any

import httpx
import pytest

from schemas.events.case_file import CaseFiled
from schemas.events.ending import CaseDismissed, CaseWithdrawn
from schemas.events.refusals import CommandRefused, FeedbackRefused
from schemas.vocabulary import REPORTERS
from services.commands.case import told as lines_of
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

LEAD, HELP = "urban-management", "police"
ACCEPTOR = LI_WEI | {"roles": ["acceptor"]}
GIVEN_UP = ["case.dismissed", "case.withdrawn"]


async def dismiss(bench: NotifierBench, **fields: Any) -> Told:
    said = {"reason": "nothing is there", "acting": ACCEPTOR}
    return await bench.read(bench.command("case.dismiss", **(said | fields)))


async def withdraw_for(bench: NotifierBench, **fields: Any) -> Told:
    said = {"reason": "settled between neighbours", "acting": ACCEPTOR}
    return await bench.read(bench.command("case.withdraw", **(said | fields)))


async def withdraw(bench: NotifierBench) -> Told:
    return await bench.say(REPORTERS, "withdraw", reason="settled between neighbours")


async def state_of(bench: NotifierBench) -> str:
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of())
    assert found is not None
    return str(found["state"])


class TestDismissedCase:
    async def test_is_taken_from_everybody_and_says_who_and_why(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), merged("2"), assigned(LEAD, HELP))
        await bench.say(LEAD, "accepted", "started")
        told = await dismiss(bench)
        [fact] = told.facts(CaseDismissed)
        assert (told.kinds, fact.department, await state_of(bench)) == (
            ["case.dismissed"],
            LEAD,
            "not_accepted",
        )
        assert {n.recipient for n in told.notices("taken_back")} == {
            f"department:{LEAD}",
            f"department:{HELP}",
        }
        reporters = {f"report:hotline-12345/{number}" for number in (1, 2)}
        assert {n.recipient for n in told.notices("dismissed")} == reporters
        assert "nothing is there" in told.notices("dismissed")[0].text_zh
        assert await bench.timers() == {}
        assert (await bench.say(LEAD, "done")).reasons == ["not_yours"]
        assert (await bench.say(HELP, "accepted")).reasons == ["not_yours"]

    async def test_has_its_end_in_its_file_and_its_story(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD, HELP))
        [filed] = (await dismiss(bench)).facts(CaseFiled)
        assert (filed.state, filed.closed_result) == ("not_accepted", "nothing is there")
        assert {part.status for part in filed.parts} == {"revoked"}
        found = (await client.get(f"/cases/{case_of()}")).json()
        assert found["case"]["late_now"] is None
        assert "撤销立案,由城管执法队收回:nothing is there(Li Wei)" in "\n".join(lines_of(found))
        clocks = (await client.get(f"/cases/{case_of()}/clocks")).json()
        assert all(move["until"] is not None for move in clocks["moves"])

    @pytest.mark.parametrize("words", [(), ("accepted",), ("accepted", "started")])
    async def test_may_be_in_hand(self, bench: NotifierBench, words: tuple[str, ...]) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, *words)
        assert (await dismiss(bench)).kinds == ["case.dismissed"]

    async def test_that_somebody_wants_to_know_of_is_told_there(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        said: dict[str, Any] = {
            "supervised_for": "the mayor",
            "acting": LI_WEI | {"roles": ["supervisor"]},
        }
        await bench.read(bench.command("case.supervise", reason="radio", **said))
        [notice] = (await dismiss(bench)).notices("supervised_ended")
        assert (notice.audience, "the mayor" in notice.text_en) == ("supervisor", True)

    async def test_can_come_to_nothing_else(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await dismiss(bench)
        await bench.pass_time(days=400)
        for kind in ("case.annotate", "case.dismiss"):
            told = await bench.read(bench.command(kind, reason="r", acting=ACCEPTOR))
            [refusal] = told.facts(CommandRefused)
            assert (refusal.reason, refusal.state, refusal.allowed) == (
                "wrong_state",
                "not_accepted",
                (),
            )
        assert (await bench.say(REPORTERS, "reopen")).reasons == ["wrong_state"]

    async def test_that_another_report_joined_meanwhile_says_so(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await dismiss(bench)
        told = await bench.tell(merged("2"))
        assert [n.template for n in told.notices()] == ["joined", "joined_in_vain"]
        assert "nothing is there. If it is still there, report it anew" in told.notices()[1].text_en


class TestWithdrawnCase:
    async def test_is_withdrawn_by_its_reporter(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD, HELP))
        told = await withdraw(bench)
        [fact] = told.facts(CaseWithdrawn)
        assert (told.kinds, fact.reason) == (["case.withdrawn"], "settled between neighbours")
        assert sorted(n.template for n in told.notices()) == [
            "taken_back",
            "taken_back",
            "withdrawn",
        ]
        assert (await state_of(bench), await bench.timers()) == ("withdrawn", {})

    async def test_is_withdrawn_by_somebody_on_his_behalf(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        [fact] = (await withdraw_for(bench)).facts(CaseWithdrawn)
        assert fact.acting is not None
        assert fact.acting.person == "Li Wei"

    @pytest.mark.parametrize("category", ["E0506", "P0402"])
    async def test_is_none_that_may_harm_others(self, bench: NotifierBench, category: str) -> None:
        """Flooding is an emergency, a fallen tree is said by the plan to threaten others."""
        await bench.tell(registered(category), assigned(LEAD, category=category))
        assert (await withdraw(bench)).reasons == ["threatens_others"]
        assert (await withdraw_for(bench)).reasons == ["threatens_others"]
        assert await state_of(bench) == "assigned"

    async def test_is_none_that_others_reported_too(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), merged("2"), assigned(LEAD))
        assert (await withdraw(bench)).reasons == ["others_reported"]
        assert (await withdraw_for(bench)).reasons == ["others_reported"]

    async def test_is_none_that_others_reported_in_the_same_moment(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        said = bench.answer(REPORTERS, "withdraw", reason="settled")
        assert (await bench.read(said, bench.news(merged("2")))).reasons == ["others_reported"]

    async def test_was_signed_for_by_nobody(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted")
        [refusal] = (await withdraw(bench)).facts(FeedbackRefused)
        assert (refusal.reason, refusal.state, refusal.allowed) == ("wrong_state", "accepted", ())
        assert (await withdraw_for(bench)).reasons == ["wrong_state"]


class TestEndBetweenTwoAssignments:
    """The router is about to assign: its offer comes first, and is then taken back."""

    async def test_waits_for_the_offer(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        assert (await withdraw(bench)).messages == []
        told = await bench.tell(assigned(LEAD))
        assert told.kinds == ["case.withdrawn"]
        assert [n.template for n in told.notices()] == ["offered", "taken_back", "withdrawn"]

    async def test_waits_where_a_department_declined(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "declined")
        assert (await dismiss(bench)).messages == []
        assert (await bench.tell(assigned(HELP, round_=2))).kinds == ["case.dismissed"]

    async def test_is_refused_when_it_never_comes(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        await withdraw(bench)
        await dismiss(bench)
        told = await bench.pass_time(minutes=10)
        assert [(r.reason, r.state) for r in told.refusals] == [("wrong_state", "registered")] * 2

    async def test_takes_back_the_part_of_a_co_handler_that_is_offered_late(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        wanted = {"department": HELP, "reason": "a crowd"}
        await bench.read(bench.command("case.add_co_handler", **wanted))
        await dismiss(bench)
        assert (await bench.say(HELP, "accepted")).messages == []
        found = (await client.get(f"/cases/{case_of()}")).json()
        assert [part["status"] for part in found["parts"]] == ["revoked"]


class TestRefusedEnd:
    @pytest.mark.parametrize("kind", ["case.dismiss", "case.withdraw"])
    @pytest.mark.parametrize("role", ["dispatcher", "supervisor", "handler", "nobody"])
    async def test_takes_an_acceptor_or_a_shift_lead(
        self, bench: NotifierBench, kind: str, role: str
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        acting = LI_WEI | {"roles": [role]}
        [refusal] = (await bench.read(bench.command(kind, reason="r", acting=acting))).refusals
        assert (refusal.reason, refusal.field) == ("wrong_role", "acting.roles")
        assert "shift lead" in refusal.message_en

    async def test_of_work_that_is_said_to_be_done(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0304"), assigned(LEAD, category="E0304"))
        await bench.say(LEAD, "accepted", "started", "done")
        assert (await dismiss(bench)).reasons == ["wrong_state"]

    @pytest.mark.parametrize("reason", ["", None, "x" * 2_001])
    @pytest.mark.parametrize("kind", ["case.dismiss", "case.withdraw"])
    def test_without_a_reason_is_no_command(
        self, bench: NotifierBench, kind: str, reason: str | None
    ) -> None:
        with pytest.raises(Exception, match="reason"):
            bench.reader.decode(bench.command(kind, reason=reason, acting=ACCEPTOR))

    async def test_by_a_department_is_not_its_word(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        for party in (LEAD, "supervision"):
            told = await bench.say(party, "withdraw", reason="r")
            assert told.reasons == ["not_your_word"]
