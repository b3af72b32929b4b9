"""Commands of those without Kafka."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from schemas.events.commands import COMMAND
from services.commands.case import told
from services.notifier.http.commands import commands_router
from services.notifier.http.door import Parts
from tests.support.notifier import COMMAND_KEY, LI_WEI, NotifierBench, case_of, merged, registered
from tests.support.published import Log
from tests.support.structured import structured
from tests.support.web import app_of, talking_to

NOTE = {"kind": "case.annotate", "note": "call first", "acting": LI_WEI}


class TestKey:
    @pytest.mark.parametrize(
        "given",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            f"Bearer {COMMAND_KEY}x",
            f"Bearer {COMMAND_KEY[:-1]}",
            f"Bearer {COMMAND_KEY.upper()}",
            f"Basic {COMMAND_KEY}",
            COMMAND_KEY,
            "Bearer \u00e9",
        ],
    )
    async def test_that_is_missing_or_wrong_lets_nobody_in(
        self, bench: NotifierBench, client: httpx.AsyncClient, log: Log, given: str | None
    ) -> None:
        await bench.tell(registered())
        del client.headers["Authorization"]
        headers = httpx.Headers(None if given is None else {b"Authorization": given.encode()})
        answer = await client.post(f"/cases/{case_of()}/commands", json=NOTE, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "key" in answer.json()["title"]
        assert COMMAND_KEY not in answer.text
        assert log.messages == []

    async def test_that_was_never_set_lets_nobody_in(self, bench: NotifierBench, log: Log) -> None:
        door = Parts(
            database=bench.database, publisher=log, plan=lambda: bench.plan, clock=lambda: bench.now
        )
        async with talking_to(app_of(commands_router(door, key=""))) as client:
            for key in ("", "Bearer", "Bearer x"):
                headers = {"Authorization": key}
                path = f"/cases/{case_of()}/commands"
                answer = await client.post(path, json=NOTE, headers=headers)
                assert answer.status_code == 401
                assert "set TONGXIN_COMMAND_KEY" in answer.json()["title"]

    async def test_is_shown_in_the_description_of_the_door(self, client: httpx.AsyncClient) -> None:
        described = (await client.get("/openapi.json")).json()
        door = described["paths"]["/cases/{case_id}/commands"]["post"]
        assert "401" in door["responses"]
        assert door["security"] == [{"command key": []}]
        assert "security" not in described["paths"]["/cases/{case_id}/feedback"]["post"]


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
        assert story["story"][-1]["data"]["acting"] == LI_WEI
        assert "Note: call first (Li Wei)" in "\n".join(told(story))

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
            ({"acting": {"roles": []}}, "acting.person"),
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
