"""Commands of those without Kafka."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from schemas.events.commands import COMMAND
from services.commands.case import told
from tests.support.notifier import LI_WEI, NotifierBench, case_of, merged, registered
from tests.support.published import Log
from tests.support.structured import structured

NOTE = {"kind": "case.annotate", "note": "call first"}


class TestDoor:
    async def test_lets_nobody_in_without_a_key(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered())
        del client.headers["Authorization"]
        answer = await client.post(f"/cases/{case_of()}/commands", json=NOTE)
        assert answer.status_code == 401
        assert log.messages == []

    async def test_is_described_with_what_it_asks(self, client: httpx.AsyncClient) -> None:
        described = (await client.get("/openapi.json")).json()
        for path in ("commands", "feedback"):
            door = described["paths"][f"/cases/{{case_id}}/{path}"]["post"]
            assert {"401", "403", "429"} <= door["responses"].keys()
            assert door["security"]
            told = json.dumps(door["requestBody"])
            assert '"acting"' not in told


class TestCommand:
    async def test_is_taken_and_told(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered())
        answer = await client.post(f"/cases/{case_of()}/commands", json=NOTE)
        assert answer.status_code == 202
        assert answer.json() == {
            "case_id": str(case_of()),
            "command_id": COMMAND.validate_json(log.messages[0].value or b"").command_id,
            "kind": "case.annotate",
            "decided_at": f"/cases/{case_of()}",
        }
        [message] = log.messages
        assert (message.topic, message.key) == ("commands.v1", str(case_of()))
        record = bench.record(
            message.topic, key=message.key, value=message.value or b"", headers=message.headers
        )
        assert (await bench.read(record)).kinds == ["case.annotated"]
        story = (await client.get(f"/cases/{case_of()}")).json()
        acting = story["story"][-1]["data"]["acting"]
        assert (acting["person"], acting["door"]) == ("key:first", "http")
        assert "shift_lead" in acting["roles"]
        assert "Note: call first (key:first)" in "\n".join(told(story))

    async def test_under_a_key_is_one(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered())
        for key, note in (("k", "a"), ("k", "a"), ("k", "b"), (None, "a"), (None, "a")):
            bench.now += timedelta(seconds=1)
            headers = {} if key is None else {"Idempotency-Key": key}
            path = f"/cases/{case_of()}/commands"
            await client.post(path, json=NOTE | {"note": note}, headers=headers)
        ids = [COMMAND.validate_json(m.value or b"").command_id for m in log.messages]
        assert ids[0] == ids[1]
        assert len({*ids}) == 4

    async def test_may_be_a_structured_cloud_event(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered())
        headers = {"Content-Type": "application/cloudevents+json"}
        event = structured("case.annotate", NOTE)
        url = f"/cases/{case_of()}/commands"
        assert (await client.post(url, json=event, headers=headers)).status_code == 202
        wrong = await client.post(url, json=event | {"type": "feedback.given"}, headers=headers)
        assert [error["field"] for error in wrong.json()["errors"]] == ["type"]
        assert len(log.messages) == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": "case.close"}, "kind"),
            ({"kind": ["case.annotate"]}, "kind"),
            ({"acting": None}, "acting"),
            ({"acting": LI_WEI}, "acting"),
            ({"note": ""}, "note"),
            ({"command_id": ""}, "command_id"),
        ],
    )
    async def test_that_is_wrong_is_not_taken(
        self,
        bench: NotifierBench,
        client: httpx.AsyncClient,
        log: Log,
        changes: dict[str, Any],
        field: str,
    ) -> None:
        await bench.tell(registered())
        answer = await client.post(f"/cases/{case_of()}/commands", json=NOTE | changes)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert log.messages == []

    async def test_of_nothing_that_is_known_is_not_taken(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered(), merged("2"))
        unknown = await client.post(f"/cases/{case_of('3')}/commands", json=NOTE)
        joined = await client.post(f"/cases/{case_of('2')}/commands", json=NOTE)
        assert (unknown.status_code, joined.status_code) == (404, 422)
        assert str(case_of()) in joined.text
        assert log.messages == []

    async def test_is_not_lost_silently_when_the_log_is_away(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log
    ) -> None:
        await bench.tell(registered())
        log.is_down = True
        assert (await client.post(f"/cases/{case_of()}/commands", json=NOTE)).status_code == 503
