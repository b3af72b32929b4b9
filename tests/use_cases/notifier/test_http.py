"""Cases over HTTP, and answers of those without Kafka."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest

from schemas.events.feedback import FEEDBACK
from schemas.vocabulary import assignment_id_for
from services.commands.case import told
from services.kit.records import Record
from services.notifier.store.files import load_files
from tests.support.notifier import (
    NotifierBench,
    assigned,
    case_of,
    merged,
    registered,
    rejected,
)
from tests.support.published import Log

LEAD = "urban-management"


class TestStory:
    async def test_says_that_nobody_could_categorise_it(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered("E9999", triage=True))
        story = (await client.get(f"/cases/{case_of()}")).json()
        assert story["case"]["triage"] is True
        assert "(E9999, G, triage)" in "".join(told(story))

    async def test_tells_everything_in_order(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered("E0304"), assigned("housing", "police", category="E0304"))
        await bench.tell(merged("2"))
        await bench.say("housing", "done")
        bench.now += timedelta(hours=3)
        found = (await client.get(f"/cases/{case_of()}")).json()
        assert found["case"]["state"] == "assigned"
        assert found["case"]["late_now"] == {
            "who": "housing",
            "person": None,
            "clock": "sign",
            "until": "2026-01-05T06:00:00Z",
            "late": True,
        }
        assert [p["department"] for p in found["parts"]] == ["housing", "police"]
        assert [f["source_id"] for f in found["followers"]] == ["2"]
        assert [line["type"] for line in found["story"]] == [
            "case.reported",
            "case.registered",
            "case.assigned",
            "case.merged",
            "feedback.refused",
        ]
        assert found["story"][2]["data"]["why"]["rule"] == "default:E0304"
        assert found["story"][4]["data"]["reason"] == "wrong_state"

    async def test_of_a_merged_report_is_its_primarys(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), merged("2"))
        found = (await client.get(f"/cases/{case_of('2')}")).json()
        assert found["asked_for"] == str(case_of("2"))
        assert found["merged_into"] == found["case"]["case_id"] == str(case_of())

    async def test_of_a_rejected_report_is_the_reason(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(rejected())
        found = (await client.get(f"/cases/{case_of()}")).json()
        assert found["rejected"]["reason"] == "outside_district"
        assert found["case"] is None

    async def test_of_an_unknown_case_is_not_found(self, client: httpx.AsyncClient) -> None:
        found = await client.get(f"/cases/{case_of()}")
        assert found.status_code == 404
        assert found.headers["content-type"] == "application/problem+json"


class TestAnswer:
    async def test_of_a_department_finds_its_assignment_and_is_taken(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        url = f"/cases/{case_of()}/feedback"
        body = {"party": LEAD, "kind": "accepted"}
        first = await client.post(url, json=body)
        assert first.status_code == 202
        [message] = log.messages
        assert (message.topic, message.key) == (f"feedback.{LEAD}.v1", str(case_of()))
        told = await bench.read(
            Record(
                topic=message.topic,
                partition=0,
                offset=1,
                key=message.key.encode(),
                value=message.value,
                headers=(),
                timestamp_ms=0,
            )
        )
        assert told.kinds == ["assignment.accepted"]
        bench.now += timedelta(seconds=1)
        again = await client.post(url, json=body)
        assert again.json()["feedback_id"] != first.json()["feedback_id"]
        keyed = {
            (await client.post(url, json=body, headers={"Idempotency-Key": key})).json()[
                "feedback_id"
            ]
            for key in ("k1", "k1", "k2")
        }
        assert len(keyed - {first.json()["feedback_id"]}) == 2

    async def test_with_something_else_to_say_under_a_used_key_is_not_dropped_as_a_repeat(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        ids = []
        for kind in ("accepted", "started", "accepted"):
            answer = await client.post(
                f"/cases/{case_of()}/feedback",
                json={"party": LEAD, "kind": kind},
                headers={"Idempotency-Key": "k"},
            )
            ids.append(answer.json()["feedback_id"])
        assert ids[0] == ids[2] != ids[1]

    async def test_of_two_cases_under_one_key_are_two(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered(), registered(report="2"))
        body = {"party": "supervision", "kind": "reopen", "reason": "not solved"}
        for report in "12":
            url = f"/cases/{case_of(report)}/feedback"
            await client.post(url, json=body, headers={"Idempotency-Key": "same"})
        values = [message.value or b"" for message in log.messages]
        assert len({FEEDBACK.validate_json(value).feedback_id for value in values}) == 2

    async def test_is_said_by_whom_the_key_proves_whatever_its_body_says(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        body: dict[str, Any] = {"party": LEAD, "kind": "accepted"}
        assert (await client.post(f"/cases/{case_of()}/feedback", json=body)).status_code == 202
        acting = FEEDBACK.validate_json(log.messages[0].value or b"").acting
        assert acting is not None
        assert (acting.person, acting.door) == ("key:first", "http")
        body["acting"] = {"person": "Li Wei", "roles": [], "door": "desk"}
        refused = await client.post(f"/cases/{case_of()}/feedback", json=body)
        assert refused.json()["errors"][0]["field"] == "acting"
        assert len(log.messages) == 1

    async def test_keeps_what_was_given(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        body = {
            "party": LEAD,
            "kind": "declined",
            "reason": "not ours",
            "feedback_id": "mine",
            "assignment_id": str(assignment_id_for(case_of(), 1, LEAD)),
        }
        answer = await client.post(f"/cases/{case_of()}/feedback", json=body)
        assert answer.json()["feedback_id"] == "mine"
        assert b"not ours" in (log.messages[0].value or b"")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"party": "nobody", "kind": "accepted"}, "party"),
            ({"party": LEAD, "kind": "check_passed"}, "kind"),
            ({"party": LEAD, "kind": "declined"}, "reason"),
            ({"party": "police", "kind": "accepted"}, "assignment_id"),
            ([], "value"),
        ],
    )
    async def test_that_is_wrong_is_not_taken(
        self,
        bench: NotifierBench,
        client: httpx.AsyncClient,
        log: Log,
        body: Any,  # noqa: ANN401 - any JSON
        field: str,
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        answer = await client.post(f"/cases/{case_of()}/feedback", json=body)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert log.messages == []

    async def test_waits_for_nobody_who_holds_the_case(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        async with bench.database.write() as conn:
            assert await load_files(conn, {case_of()})
            body = {"party": LEAD, "kind": "accepted"}
            answer = await client.post(f"/cases/{case_of()}/feedback", json=body)
        assert answer.status_code == 202

    async def test_may_be_a_structured_cloud_event(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": "1",
            "source": "/lead",
            "type": "feedback.given",
        }
        event["data"] = {"party": LEAD, "kind": "accepted"}
        url = f"/cases/{case_of()}/feedback"
        headers = {"Content-Type": "application/cloudevents+json"}
        assert (await client.post(url, json=event, headers=headers)).status_code == 202
        assert FEEDBACK.validate_json(log.messages[0].value or b"").kind == "accepted"
        wrong = await client.post(url, json=event | {"type": "other"}, headers=headers)
        assert wrong.json()["errors"][0]["field"] == "type"

    async def test_that_is_too_large_is_refused(self, client: httpx.AsyncClient) -> None:
        body = {"party": LEAD, "kind": "progress", "note": "x" * 70_000}
        answer = await client.post(f"/cases/{case_of()}/feedback", json=body)
        assert answer.status_code == 413

    async def test_about_a_merged_report_names_its_primary(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), merged("2"))
        body = {"party": "reporters", "kind": "reopen", "reason": "not solved"}
        answer = await client.post(f"/cases/{case_of('2')}/feedback", json=body)
        assert answer.status_code == 422
        assert str(case_of()) in answer.text

    async def test_about_an_unknown_case_is_not_found(self, client: httpx.AsyncClient) -> None:
        unknown = uuid5(UUID(int=0), "x")
        body = {"party": "reporters", "kind": "reopen", "reason": "not solved"}
        assert (await client.post(f"/cases/{unknown}/feedback", json=body)).status_code == 404

    async def test_is_not_lost_silently_when_the_log_is_away(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        log.is_down = True
        body = {"party": LEAD, "kind": "accepted"}
        answer = await client.post(f"/cases/{case_of()}/feedback", json=body)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
