"""Who answers what at the desk, and that nobody speaks past another."""

import pytest

from schemas.roles import OF_A_PART, ActingRole, answers_of
from schemas.scopes import Scope, scopes_of
from schemas.vocabulary import Role, assignment_id_for
from tests.support.answering import HELPER, HELPING, LEAD, LI, OTHER, WANG, Door, faults, handler
from tests.support.notifier import case_of
from tests.support.shown import key, person

NOTE = {"kind": "case.annotate", "note": "call her first"}

pytestmark = pytest.mark.timeout(300)


class TestParty:
    async def test_of_one_who_belongs_to_two_is_said(self, door: Door) -> None:
        both = handler(departments=[LEAD, HELPER])
        assert faults(await door.said("accepted", both)) == ["party"]
        for party in (LEAD, HELPER):
            taken = await door.said("accepted", both, party=party)
            assert taken.json()["party"] == party
        assert [m.topic for m in door.log.messages] == [
            f"feedback.{LEAD}.v1",
            f"feedback.{HELPER}.v1",
        ]

    async def test_is_ones_own(self, door: Door) -> None:
        refused = await door.said("accepted", party=HELPER)
        assert (refused.status_code, HELPER in refused.json()["title"]) == (403, True)
        assert door.log.messages == []

    async def test_is_none_of_who_belongs_to_none(self, door: Door) -> None:
        nobodys = person(ActingRole.HANDLER, ActingRole.DISPATCHER)
        assert (await door.said("accepted", nobodys)).status_code == 403

    async def test_that_left_the_plan_answers_no_more(self, door: Door) -> None:
        departments = {c: d for c, d in door.bench.desk.plan.departments.items() if c != LEAD}
        door.bench.desk.plan = door.bench.desk.plan.model_copy(update={"departments": departments})
        assert faults(await door.said("accepted", party=LEAD)) == ["party"]
        assert (await door.said("accepted")).status_code == 403


class TestPermission:
    @pytest.mark.parametrize("role", ActingRole)
    async def test_is_a_role_a_membership_and_a_part(self, door: Door, role: ActingRole) -> None:
        parts = {LEAD: Role.LEAD, HELPER: Role.CO_HANDLER, OTHER: None, "supervision": None}
        cells = [(p, word, roles) for p in parts for word, roles in answers_of(p).items()]
        for party, word, roles in cells:
            actor = person(role, departments=[party])
            answer = await door.said(word, actor)
            scoped = Scope.ANSWERS_WRITE in scopes_of([role])
            part = parts[party]
            has_part = party == "supervision" or (part is not None and word in OF_A_PART[part])
            if not scoped or role not in roles:
                expected = {403}
            elif party == OTHER:
                expected = {404}
            else:
                expected = {202} if has_part else {403}
            assert {answer.status_code} == expected, (party, word, answer.text)

    async def test_of_who_may_only_read_is_refused_with_the_reason(self, door: Door) -> None:
        refused = await door.said("accepted", person(ActingRole.EVALUATOR, departments=[LEAD]))
        assert (refused.status_code, refused.json()["title"]) == (
            403,
            "You lack the scope answers.write.",
        )
        collector = person(ActingRole.COLLECTOR, departments=[LEAD])
        refused = await door.said("accepted", collector)
        assert refused.json()["title"] == (
            f"None of your roles says accepted for {LEAD}: that is for department or handler."
        )

    async def test_needs_a_part_also_of_who_sees_all(self, door: Door) -> None:
        seeing = person(ActingRole.HANDLER, ActingRole.DISPATCHER, departments=[OTHER])
        refused = await door.said("accepted", seeing)
        assert (refused.status_code, OTHER in refused.json()["title"]) == (403, True)

    async def test_is_for_the_assignment_of_ones_own_department(self, door: Door) -> None:
        theirs = str(assignment_id_for(case_of(), 1, HELPER))
        assert (await door.said("accepted", assignment_id=theirs)).status_code == 403
        own = str(assignment_id_for(case_of(), 1, LEAD)).upper()
        assert (await door.said("accepted", assignment_id=own)).status_code == 202

    async def test_ends_with_the_part(self, door: Door) -> None:
        await door.follows("declined")
        assert (await door.said("accepted")).status_code == 404

    async def test_of_a_key_is_its_office(self, door: Door) -> None:
        bound = key(departments=[LEAD])
        assert (await door.said("accepted", bound)).status_code == 403


class TestSeen:
    async def test_lets_nobody_speak_past_what_another_said(self, door: Door) -> None:
        seen = (await door.case())["case"]["lines"]
        assert "assignment.accepted" in await door.follows("accepted", LI, seen=seen)
        refused = await door.said("declined", seen=seen)
        assert refused.status_code == 409
        told = refused.json()
        assert told["lines"] == seen + 1
        (change,) = told["changes"]
        assert (change["number"], change["person"]) == (seen + 1, "li.wei")
        assert "(li.wei)" in change["text_en"]
        assert "li.wei" in change["text_zh"]
        assert door.log.messages == []
        again = await door.said("progress", seen=told["lines"])
        assert again.status_code == 202

    async def test_holds_for_commands_too(self, door: Door) -> None:
        seen = (await door.case())["case"]["lines"]
        async with door.asked_by(WANG) as client:
            path = f"/cases/{case_of()}/commands"
            assert (await client.post(path, json=NOTE | {"seen": seen})).status_code == 202
            await door.bench.say(HELPER, "accepted")
            refused = await client.post(path, json=NOTE | {"seen": seen})
            assert refused.status_code == 409
            assert (await client.post(path, json=NOTE)).status_code == 202

    async def test_tells_what_a_clock_or_a_system_did(self, door: Door) -> None:
        seen = (await door.case())["case"]["lines"]
        await door.bench.say(LEAD, "accepted")
        (change,) = (await door.said("declined", seen=seen)).json()["changes"]
        assert (change["type"], change["person"]) == ("assignment.accepted", None)
        await door.bench.pass_time(hours=5)
        types = [c["type"] for c in (await door.said("done", seen=seen)).json()["changes"]]
        assert types[0] == "assignment.accepted"
        assert len(types) > 1

    async def test_passes_over_what_one_did_oneself_and_not_over_others(self, door: Door) -> None:
        seen = (await door.case())["case"]["lines"]
        await door.follows("accepted")
        assert (await door.said("started", seen=seen)).status_code == 202
        door.log.messages.clear()
        await door.follows("accepted", HELPING)
        changes = (await door.said("started", seen=seen)).json()["changes"]
        assert [change["person"] for change in changes] == ["zhao.min"]

    async def test_of_a_line_that_the_desk_does_not_have_yet_is_no_fault(self, door: Door) -> None:
        assert (await door.said("accepted", seen=10**30)).status_code == 202
