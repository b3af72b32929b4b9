"""What somebody asks for and another person decides: visible, with a clock, never in silence."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from schemas.events.refusals import CommandRefused
from schemas.events.requests import (
    RequestAskedAgain,
    RequestLapsed,
    RequestRefused,
    RequestSubmitted,
    RequestWithdrawn,
)
from services.commands.case import told as told_of
from services.notifier.domain.clocks import TimerKind
from tests.support.notifier import NotifierBench, case_of
from tests.support.published import Log
from tests.support.requesting import (
    DISPATCHER,
    HANDLER,
    LEAD,
    LEADER,
    SHIFT_LEAD,
    ask,
    being_handled,
    decide,
    id_of,
    standing,
)

HEADS = {1: "street-lead", 2: "district-lead", 3: "centre-head"}
"""Whom the plan names at each level of the supervision."""


class TestRequest:
    async def test_waits_for_all_to_see(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await being_handled(bench)
        [fact] = (await ask(bench, "extension")).facts(RequestSubmitted)
        found = (await client.get(f"/cases/{case_of()}")).json()
        [pending] = found["case"]["requests"]
        assert pending["request_id"] == str(fact.request_id)
        assert (pending["what"], pending["asked_by"], pending["who"], pending["late"]) == (
            "extension",
            "wang.fang",
            "supervision",
            False,
        )
        lines = [*told_of(found)]
        assert any("extension asked for by wang.fang: the pipe" in line for line in lines)

    async def test_waits_no_more_once_decided(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await being_handled(bench)
        await decide(bench, await ask(bench, "extension"))
        found = (await client.get(f"/cases/{case_of()}")).json()
        assert found["case"]["requests"] == []
        assert TimerKind.REQUEST not in await bench.timers()

    async def test_is_among_what_is_possible_as_long_as_it_waits(
        self, bench: NotifierBench
    ) -> None:
        await being_handled(bench)
        decisions = {"case.withdraw_request", "case.approve", "case.refuse"}
        for waits in (False, True):
            resume = bench.command("case.resume", acting=DISPATCHER, reason="it is there")
            [refusal] = (await bench.read(resume)).facts(CommandRefused)
            assert decisions & {*refusal.allowed} == (decisions if waits else set())
            await ask(bench, "extension")

    async def test_stops_no_clock_of_the_department(self, bench: NotifierBench) -> None:
        await being_handled(bench, "4 UH")
        before = await standing(bench)
        await ask(bench, "suspension")
        after = await standing(bench)
        assert (after.clock, after.due_by, after.state) == (
            before.clock,
            before.due_by,
            before.state,
        )

    async def test_is_told_to_who_decides_with_its_id(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        told = await ask(bench, "extension")
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("requested", "supervision")
        assert str(id_of(told)) in notice.text_en

    async def test_that_nobody_decides_is_told_of_again_for_ever(
        self, bench: NotifierBench
    ) -> None:
        await being_handled(bench, "30 ND")
        asked = await ask(bench, "suspension")
        [fact] = asked.facts(RequestSubmitted)
        seen, level = [], 0
        for _ in range(5):
            at = (await bench.timers())[TimerKind.REQUEST]
            told = await bench.pass_time(seconds=(at - bench.now).total_seconds())
            [again] = told.facts(RequestAskedAgain)
            level = min(level + 1, 3)
            [head] = again.heads
            assert head.person == HEADS[level]
            assert {n.recipient for n in told.notices("decide")} == {
                "supervision",
                f"supervision/{head.person}",
            }
            seen.append(again.again_at - bench.now)
            assert again.decide_by == fact.decide_by
        assert sorted(seen) == seen
        assert seen == [timedelta(hours=h) for h in (18, 24, 24, 24, 72)]  # over a weekend
        assert (await decide(bench, asked)).kinds == ["suspension.approved"]

    async def test_is_late_once_its_time_is_over(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await being_handled(bench, "30 ND")
        await ask(bench, "suspension")
        await bench.pass_time(days=2)
        [pending] = (await client.get(f"/cases/{case_of()}")).json()["case"]["requests"]
        assert pending["late"]

    async def test_by_a_dispatcher_needs_no_department(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        told = await ask(bench, "extension", acting=DISPATCHER, department=None)
        assert told.kinds == ["request.submitted"]

    async def test_made_twice_is_one(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        await ask(bench, "extension")
        [refusal] = (await ask(bench, "extension")).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("asked_already", "what")


class TestDoor:
    """The same over HTTP: what has no sense is told with its field at once."""

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"what": "holiday"}, "what"),
            ({"what": None}, "what"),
            ({"reason": ""}, "reason"),
            ({"reason": None}, "reason"),
            ({"until": "soon"}, "until"),
            ({"until": "9999-12-31T00:00:00Z"}, "until"),
            ({"until": "2026-02-01T00:00:00"}, "until"),
            ({"department": "x" * 65}, "department"),
            ({"legal_basis": "x" * 2001}, "legal_basis"),
            ({"acting": HANDLER}, "acting"),  # who acts is proven by the key
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self,
        bench: NotifierBench,
        client: httpx.AsyncClient,
        log: Log,
        changes: dict[str, Any],
        field: str,
    ) -> None:
        await being_handled(bench)
        body = {"kind": "case.request", "what": "extension", "reason": "it is far"}
        said = body | {"department": LEAD} | changes
        given = {name: value for name, value in said.items() if value is not None}
        answer = await client.post(f"/cases/{case_of()}/commands", json=given)
        assert answer.status_code == 422
        assert {fault["field"] for fault in answer.json()["errors"]} == {field}
        assert log.messages == []

    async def test_takes_one_that_has(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await being_handled(bench)
        body = {"kind": "case.request", "what": "extension", "reason": "it is far"}
        answer = await client.post(f"/cases/{case_of()}/commands", json=body | {"department": LEAD})
        assert answer.status_code == 202
        [_] = log.messages


class TestDecision:
    @pytest.mark.parametrize("kind", ["case.approve", "case.refuse"])
    async def test_is_never_of_who_asked(self, bench: NotifierBench, kind: str) -> None:
        await being_handled(bench)
        both = DISPATCHER | {"roles": ["dispatcher", "supervisor"]}
        asked = await ask(bench, "extension", acting=both)
        [refusal] = (await decide(bench, asked, kind, acting=both)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("own_request", "acting.person")
        assert len((await standing(bench)).requests) == 1

    @pytest.mark.parametrize("name", ["Wang.Fang", " wang.fang ", "ｗang.fang"])
    async def test_is_not_of_who_asked_in_another_spelling(
        self, bench: NotifierBench, name: str
    ) -> None:
        await being_handled(bench)
        asked = await ask(bench, "extension")
        told = await decide(bench, asked, acting=LEADER | {"person": name})
        assert told.reasons == ["own_request"]

    @pytest.mark.parametrize("kind", ["case.approve", "case.refuse"])
    async def test_takes_an_office_for_it(self, bench: NotifierBench, kind: str) -> None:
        await being_handled(bench)
        asked = await ask(bench, "extension")
        [refusal] = (await decide(bench, asked, kind, acting=DISPATCHER)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("wrong_role", "acting.roles")
        assert (await decide(bench, asked, kind, acting=SHIFT_LEAD)).reasons == []

    async def test_against_it_is_told_with_its_reason(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        told = await decide(bench, await ask(bench, "extension"), "case.refuse", reason="no need")
        [fact] = told.facts(RequestRefused)
        assert (fact.reason, fact.asked_by, fact.final) == ("no need", "wang.fang", False)
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("request_refused", f"department:{LEAD}")
        assert "no need" in notice.text_en
        assert (await standing(bench)).requests == ()

    async def test_of_an_unknown_request_is_refused(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        asked = await ask(bench, "extension")
        await decide(bench, asked)
        [refusal] = (await decide(bench, asked)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("unknown_request", "request_id")

    @pytest.mark.parametrize("kind", ["case.approve", "case.refuse", "case.request"])
    def test_without_a_reason_is_none(self, bench: NotifierBench, kind: str) -> None:
        fields: dict[str, Any] = {"request_id": str(case_of()), "what": "extension"}
        for reason in ({}, {"reason": ""}, {"reason": 7}):
            record = bench.command(kind, acting=LEADER, **fields, **reason)
            with pytest.raises(Exception, match="reason"):
                bench.reader.decode(record)


class TestRequestThatEnds:
    async def test_because_who_asked_takes_it_back(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        asked = await ask(bench, "extension")
        kind = "case.withdraw_request"
        other = HANDLER | {"person": "somebody.else"}
        [refusal] = (await decide(bench, asked, kind, acting=other)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("not_your_request", "acting.person")
        told = await decide(bench, asked, kind, acting=HANDLER, reason="the pipe is there")
        [_] = told.facts(RequestWithdrawn)
        assert [n.template for n in told.notices()] == ["request_withdrawn"]
        assert (await standing(bench)).requests == ()
        assert (await ask(bench, "extension")).kinds == ["request.submitted"]

    async def test_with_the_case(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        asked = await ask(bench, "extension")
        told = await bench.say(LEAD, "done")
        assert told.kinds[-2:] == ["case.closed", "request.lapsed"]
        assert (await decide(bench, asked)).reasons == ["unknown_request"]
        assert await bench.timers() == {}

    async def test_when_the_lead_changes(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        asked = await ask(bench, "force_close")
        told = await bench.read(
            bench.command("case.reassign", department="police", reason="it is theirs")
        )
        [lapsed] = told.facts(RequestLapsed)
        assert lapsed.reason == "lead_changed"
        assert {n.recipient for n in told.notices("request_lapsed")} == {
            f"department:{LEAD}",
            "supervision",
        }
        assert (await decide(bench, asked)).reasons == ["unknown_request"]

    async def test_when_another_one_is_granted_that_makes_it_pointless(
        self, bench: NotifierBench
    ) -> None:
        await being_handled(bench)
        await ask(bench, "extension")
        told = await decide(bench, await ask(bench, "suspension"))
        assert told.kinds == ["suspension.approved", "request.lapsed"]
