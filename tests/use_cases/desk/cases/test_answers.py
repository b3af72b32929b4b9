"""Answers at the desk: each word, in whose name, once, and what is no answer."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.events.feedback import FEEDBACK
from schemas.vocabulary import Word, assignment_id_for
from services.desk.store import story
from tests.support.answering import (
    HELPER,
    HELPING,
    INSPECTOR,
    LEAD,
    LI,
    NEEDS,
    PATH,
    WANG,
    Door,
    faults,
    handler,
)
from tests.support.followed import FollowedBench
from tests.support.hostile import each_field, each_parameter
from tests.support.notifier import assigned, case_of, registered

pytestmark = pytest.mark.timeout(300)


class TestAnswer:
    async def test_stands_on_the_partys_own_topic_in_the_persons_name(self, door: Door) -> None:
        taken = await door.said("accepted")
        assert taken.status_code == 202
        (message,) = door.log.messages
        said = FEEDBACK.validate_json(message.value or b"")
        assert (message.topic, message.key) == (f"feedback.{LEAD}.v1", str(case_of()))
        assert said.model_dump(mode="json", exclude_none=True) == {
            "kind": "accepted",
            "feedback_id": said.feedback_id,
            "case_id": str(case_of()),
            "assignment_id": str(assignment_id_for(case_of(), 1, LEAD)),
            "at": said.model_dump(mode="json")["at"],
            "acting": {"person": "wang.fang", "roles": ["handler"], "door": "desk"},
        }
        assert said.at == door.bench.now
        assert taken.json() == {
            "case_id": str(case_of()),
            "feedback_id": said.feedback_id,
            "party": LEAD,
            "kind": "accepted",
            "decided_at": f"/cases/{case_of()}",
        }

    async def test_of_each_word_leads_to_what_the_department_wants(self, door: Door) -> None:
        assert "assignment.accepted" in await door.follows("accepted")
        assert "part.changed" in await door.follows("accepted", HELPING)
        assert "case.progressed" in await door.follows("progress")
        assert "handling.started" in await door.follows("started")
        assert "case.blocked" in await door.follows("blocked")
        assert "case.unblocked" in await door.follows("unblocked")
        assert "part.changed" in await door.follows("done", HELPING)
        assert "feedback.submitted" in await door.follows("done")
        told = await door.case()
        lines = [line["text_en"] for line in told["story"]]
        assert sum("(wang.fang)" in line for line in lines) >= 6
        assert sum("(zhao.min)" in line for line in lines) >= 2

    async def test_that_declines_suggests_who_else(self, door: Door) -> None:
        assert "case.returned" in await door.follows("declined")
        async with door.bench.desk.database.read() as conn:
            told = [line["data"] for line in await story.lines(conn, case_of())]
        assert '"suggested_department":"housing"' in told[-1]

    async def test_of_the_supervision_is_whether_it_is_done(self, bench: FollowedBench) -> None:
        await bench.tell(registered("E0506"), assigned(LEAD, category="E0506"))
        door = Door(bench)
        for word in ("accepted", "started", "done"):
            await door.follows(word)
        assert "check.failed" in await door.follows("check_failed", INSPECTOR)
        await bench.pass_time(minutes=1)
        await door.follows("done")
        assert "check.passed" in await door.follows("check_passed", INSPECTOR)
        assert "case.reopened" in await door.follows("reopen", INSPECTOR)

    async def test_that_the_notifier_refuses_is_read_where_the_answer_says(
        self, door: Door
    ) -> None:
        taken = (await door.said("done")).json()
        assert await door.decided() == []
        async with door.asked_by(WANG) as client:
            (refused,) = (await client.get(taken["decided_at"])).json()["refusals"]
        assert (refused["feedback_id"], refused["reason"]) == (taken["feedback_id"], "wrong_state")
        assert refused["allowed"] == ["accepted", "declined"]

    async def test_is_not_taken_while_the_log_is_away(self, door: Door) -> None:
        door.log.is_down = True
        assert (await door.said("accepted")).status_code == 503


class TestDoor:
    async def test_is_described_with_what_it_takes(self, door: Door) -> None:
        described = door.app(WANG).openapi()["paths"]
        for path, ours in (("answers", "feedback_id"), ("commands", "command_id")):
            post = described[f"/cases/{{case_id}}/{path}"]["post"]
            bodies = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
            for body in bodies:
                assert "seen" in body["properties"]
                assert "kind" in body["required"]
                assert not {"acting", "at", "by", "case_id", ours} & body["properties"].keys()
            assert {"403", "404", "409", "413", "422", "503"} <= post["responses"].keys()


class TestOnce:
    async def test_is_one_under_one_key_and_another_with_other_words(self, door: Door) -> None:
        bodies: list[tuple[str | None, dict[str, Any]]] = [
            *(("k", {"note": "a"}), ("k", {"note": "a"}), ("k", {"note": "b"})),
            *((None, {"note": "a"}), (None, {"note": "a"})),
        ]
        ids = []
        for once, fields in bodies:
            door.bench.desk.now += timedelta(seconds=1)
            taken = await door.said("progress", once=once, **fields)
            ids.append(taken.json()["feedback_id"])
        assert ids[0] == ids[1]
        assert len({*ids}) == 4

    async def test_is_two_of_two_people_under_one_key(self, door: Door) -> None:
        ids = [
            (await door.said("accepted", actor, once="k")).json()["feedback_id"]
            for actor in (WANG, LI)
        ]
        assert ids[0] != ids[1]

    async def test_is_taken_again_although_it_has_moved_the_case(self, door: Door) -> None:
        seen = (await door.case())["case"]["lines"]
        assert "assignment.accepted" in await door.follows("accepted", once="k", seen=seen)
        assert await door.follows("accepted", once="k", seen=seen) == []


class TestDesksOwn:
    @pytest.mark.parametrize("name", ["acting", "by", "case_id", "at", "feedback_id"])
    async def test_fields_are_left_out(self, door: Door, name: str) -> None:
        fields: dict[str, Any] = {name: "x"}
        assert faults(await door.said("accepted", **fields)) == [name]
        assert door.log.messages == []


class TestInvalid:
    @pytest.mark.parametrize(
        ("kind", "fields", "field"),
        [
            ("fly", {}, "kind"),
            ("check_passed", {}, "kind"),
            ("withdraw", {}, "kind"),
            ("declined", {"reason": None}, "reason"),
            ("declined", {"reason": " "}, "reason"),
            ("done", {"evidence": [{"link": "x"}]}, "evidence.0.kind"),
            ("accepted", {"assignment_id": "7"}, "assignment_id"),
            ("accepted", {"assignment_id": None}, "assignment_id"),
            ("accepted", {"party": "nobody"}, "party"),
            ("accepted", {"party": "reporters"}, "party"),
            ("accepted", {"party": None}, "party"),
            ("accepted", {"party": [LEAD]}, "party"),
            ("accepted", {"seen": 0}, "seen"),
            ("accepted", {"seen": True}, "seen"),
            ("accepted", {"seen": "3"}, "seen"),
            ("accepted", {"seen": 3.0}, "seen"),
        ],
        ids=str,
    )
    async def test_names_the_field(
        self, door: Door, kind: str, fields: dict[str, Any], field: str
    ) -> None:
        assert faults(await door.said(kind, **fields)) == [field]
        assert door.log.messages == []

    @pytest.mark.parametrize(
        "odd", [b"", b"[]", b"7", b'{"kind":', b'{"kind": "accepted", "kind": "declined"}']
    )
    async def test_is_a_body_that_is_no_object(self, door: Door, odd: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        async with door.asked_by(WANG) as client:
            assert faults(await client.post(PATH, content=odd, headers=headers)) == ["value"]

    async def test_is_a_body_that_is_too_large(self, door: Door) -> None:
        assert (await door.said("progress", note="x" * 70_000)).status_code == 413

    async def test_is_a_key_that_is_too_long(self, door: Door) -> None:
        assert faults(await door.said("accepted", once="k" * 129)) == ["Idempotency-Key"]


class TestHostileValues:
    async def test_are_answered(self, door: Door) -> None:
        http = door.app(handler(departments=[LEAD, HELPER]))
        known = {"case_id": str(case_of())}
        body = {"kind": "done", "party": LEAD, "seen": 1, **NEEDS[Word.DONE]}
        body |= {"assignment_id": str(assignment_id_for(case_of(), 1, LEAD))}
        fields = ("kind", "party", "seen", "assignment_id", "result", "evidence")
        answers = [
            *await each_parameter(http, known=known),
            *await each_field(http, PATH, body, *fields),
        ]
        assert len({one.status for one in answers}) > 1
        assert [one for one in answers if not one.is_sound] == []
