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
from services.notifier.metrics import NotifierMetrics
from services.notifier.store.files import load_files
from services.notifier.sweeps import show_gauges
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


async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    found = await client.get("/cases", params=query)
    assert found.status_code == 200, found.text
    return [case["source_id"] for case in found.json()["cases"]]


class TestList:
    async def test_goes_on_page_by_page_newest_first(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        for number in range(5):
            at = bench.now + timedelta(minutes=number // 2)
            await bench.tell(registered(report=str(number), at=at))
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = (await client.get("/cases", params=query)).json()
            seen += [case["source_id"] for case in page["cases"]]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert sorted(seen) == list("01234")
        assert seen[0] == "4"
        assert set(seen[1:3]) == {"2", "3"}

    async def test_is_filtered(self, bench: NotifierBench, client: httpx.AsyncClient) -> None:
        for report in "123":
            await bench.tell(registered(report=report))
        await bench.tell(assigned(LEAD, report="1"), assigned("police", report="2"))
        await bench.say(LEAD, "accepted", "started", "done")
        await bench.pass_time(hours=5)
        assert await listed(client, state="closed") == ["1"]
        assert await listed(client, state="registered") == ["3"]
        assert await listed(client, department="police") == ["2"]
        assert sorted(await listed(client, open="true")) == ["2", "3"]
        assert await listed(client, open="false") == ["1"]
        assert await listed(client, overdue="true") == ["2"]
        assert await listed(client, source="elsewhere") == []

    async def test_of_what_nobody_could_categorise(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(report="1"), registered("E9999", report="2", triage=True))
        assert await listed(client, triage="true") == ["2"]
        assert await listed(client, triage="true", open="false") == []
        assert sorted(await listed(client, triage="false")) == ["1", "2"]
        story = (await client.get(f"/cases/{case_of('2')}")).json()
        assert story["case"]["triage"] is True
        assert "(E9999, G, triage)" in "".join(told(story))

    @pytest.mark.parametrize(
        "query",
        [
            {"after": "x"},
            {"after": "MjAyNnxh"},
            {"limit": 201},
            {"department": "no such department"},
            {"source": "\x00"},
            {"colour": "red"},
        ],
    )
    async def test_says_what_is_wrong_with_a_filter(
        self, client: httpx.AsyncClient, query: dict[str, Any]
    ) -> None:
        answer = await client.get("/cases", params=query)
        assert answer.status_code == 422
        assert next(iter(query)) in answer.text

    async def test_of_a_department_without_cases_is_empty(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered())
        assert await listed(client, department="fire") == []
        assert await listed(client, department="never-there") == []

    async def test_still_has_the_cases_of_a_department_that_left_the_plan(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned("police"))
        left = {code: d for code, d in bench.plan.departments.items() if code != "police"}
        bench.plan = bench.plan.model_copy(update={"departments": left})
        page = (await client.get("/cases", params={"department": "police", "limit": 1})).json()
        assert [case["source_id"] for case in page["cases"]] == ["1"]
        assert await listed(client, department="police", after=page["next"]) == []
        assert await listed(client, department="police", open="false") == []


class TestStory:
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


class TestSummary:
    async def test_adds_up(self, bench: NotifierBench, client: httpx.AsyncClient) -> None:
        await bench.tell(registered(), assigned(LEAD), registered(report="2"), rejected("4"))
        await bench.tell(merged("3"))
        await bench.say(LEAD, "accepted", "started", "done")
        await bench.tell(registered(report="5"), assigned("police", report="5"))
        await bench.pass_time(hours=3)
        assert (await client.get("/cases/summary")).json() == {
            "registered": 3,
            "merged": 1,
            "rejected": 1,
            "dismissed": 0,
            "withdrawn": 0,
            "merged_by_hand": 0,
            "valid": 3,
            "closed": 1,
            "closed_late": 0,
            "exempt": 0,
            "due": 1,
            "closed_share": 1 / 3,
            "closed_of_due": 1.0,
            "in_time_of_due": 1.0,
            "open": 2,
            "open_by_state": {"assigned": 1, "registered": 1},
            "late_now": {},
        }
        metrics = NotifierMetrics(type(bench.registry)())
        await show_gauges(bench.database, metrics=metrics, clock=lambda: bench.now)


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
            ({"party": LEAD, "kind": "declined"}, "declined.reason"),
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
