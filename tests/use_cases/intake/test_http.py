"""Reports over HTTP: all or nothing, in the log before they are accepted."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from aiokafka.errors import KafkaTimeoutError
from sqlalchemy import select

from schemas.events.incident import IncidentReport
from services.access.report_links import ReportLinks
from services.intake.app import build_app
from services.intake.domain.closure import Closure
from services.intake.http.reports import MEDIA_TYPES, reports_router
from services.intake.migrations import HISTORY
from services.intake.settings import IntakeSettings
from services.intake.store.tables import IdempotencyKey
from services.intake.sweeps import forgetting
from services.intake.use_cases.submissions import Door
from services.kit.sql.database import Database
from services.kit.sql.declaring import table_of
from tests.support.databases import Place
from tests.support.intake import (
    NOON,
    FakePublisher,
    closed,
    event_in,
    recorded,
    report,
    report_data,
)
from tests.support.report_links import ADDRESS, NO_LINKS, links_of, path_of, plan_with
from tests.support.structured import structured
from tests.support.web import app_of, talking_to


class Desk:
    """A client of intake's routes, and what stands behind them."""

    def __init__(self, database: Database, links: ReportLinks = NO_LINKS) -> None:
        self.database = database
        self.publisher = FakePublisher()
        self.now = NOON
        door = Door(publisher=self.publisher, database=database, clock=self.clock)
        self._client = talking_to(
            app_of(reports_router(door, links=links), media_types=MEDIA_TYPES)
        )

    def clock(self) -> datetime:
        return self.now

    async def post(
        self, body: object, *, key: str | None = None, media_type: str = "application/json"
    ) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": media_type}
        headers |= {} if key is None else {"Idempotency-Key": key}
        return await self._client.post("/reports", content=raw, headers=headers)

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def errors(self, body: object) -> list[tuple[int | None, str]]:
        """Post what is not valid; returns index and field of each error."""
        answer = await self.post(body)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert self.publisher.messages == []
        assert all(error["reason"] for error in answer.json()["errors"])
        return [(error["index"], error["field"]) for error in answer.json()["errors"]]


@pytest.fixture
async def desk(place: Place) -> AsyncIterator[Desk]:
    async with place.opened(HISTORY) as database:
        yield Desk(database)


class TestPostedReport:
    async def test_is_in_the_log_when_it_is_accepted(self, desk: Desk) -> None:
        answer = await desk.post(report_data(1))

        assert answer.status_code == 202
        case_id = str(report(1).case_id)
        assert answer.json() == {
            "accepted": [{"source": "hotline-12345", "id": "1", "case_id": case_id}]
        }
        (message,) = desk.publisher.messages
        event = event_in(message)
        assert (message.topic, message.key) == ("incident-reports.v1", "hotline-12345/1")
        assert (event.id, event.type) == (report(1).case_id, "incident.reported")
        assert event.source == "/upstreams/hotline-12345"
        assert IncidentReport.model_validate_json(event.data) == report(1)

    async def test_may_come_in_a_list_that_keeps_its_order(self, desk: Desk) -> None:
        answer = await desk.post([report_data(n) for n in (3, 1, 2)])

        assert [one["id"] for one in answer.json()["accepted"]] == ["3", "1", "2"]
        assert [message.key.rpartition("/")[2] for message in desk.publisher.messages] == [
            "3",
            "1",
            "2",
        ]


class TestStatusPage:
    async def test_is_handed_to_who_reports_and_kept_nowhere(self, place: Place) -> None:
        async with place.opened(HISTORY) as database:
            desk = Desk(database, links_of(plan_with()))
            answers = [await desk.post([report_data(1)], key="k") for _ in range(2)]
            pages = [one["status_page"] for a in answers for one in a.json()["accepted"]]
            assert pages == [f"{ADDRESS}{path_of('1')}"] * 2
            async with database.read() as conn:
                kept = (await conn.execute(select(table_of(IdempotencyKey)))).mappings().one()
        assert path_of("1") not in str({**kept})


class TestCloudEvent:
    @staticmethod
    def event(number: int, **changes: object) -> dict[str, object]:
        return structured(IncidentReport.type, report_data(number), **changes)

    async def test_brings_a_report(self, desk: Desk) -> None:
        answer = await desk.post(self.event(1), media_type="application/cloudevents+json")

        assert [one["id"] for one in answer.json()["accepted"]] == ["1"]
        assert event_in(desk.publisher.messages[0]).id == report(1).case_id

    async def test_may_come_in_a_batch(self, desk: Desk) -> None:
        batch = [self.event(1), self.event(2)]
        answer = await desk.post(batch, media_type="application/cloudevents-batch+json")

        assert [one["id"] for one in answer.json()["accepted"]] == ["1", "2"]

    async def test_that_is_wrong_is_told_its_attribute(self, desk: Desk) -> None:
        batch = [self.event(1), self.event(2, type="else"), 7]
        answer = await desk.post(batch, media_type="application/cloudevents-batch+json")

        assert answer.status_code == 422
        assert (answer.json()["errors"][0]["index"], answer.json()["errors"][0]["field"]) == (
            1,
            "type",
        )


class TestInvalidReport:
    async def test_is_told_its_fields(self, desk: Desk) -> None:
        data = report_data(channel="pigeon", reported_at="2026-03-02T12:00:00", media=["ftp://x"])

        assert await desk.errors(data) == [(0, "channel"), (0, "reported_at"), (0, "media.0")]

    async def test_keeps_the_whole_list_out(self, desk: Desk) -> None:
        bad = report_data(2, place={})

        assert await desk.errors([report_data(1), bad, "x"]) == [(1, "place"), (2, "value")]

    @pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'{"a":1,"a":2}', b"\xff"])
    async def test_is_anything_that_is_no_sound_json(self, desk: Desk, body: bytes) -> None:
        assert await desk.errors(body) == [(None, "value")]

    async def test_is_an_empty_list(self, desk: Desk) -> None:
        assert await desk.errors([]) == [(None, "value")]

    async def test_is_one_too_large_for_the_stage(self, desk: Desk) -> None:
        link = "https://x/" + "\x01" * 1990

        assert await desk.errors(report_data(1, media=[link] * 20, description="\x01" * 4000)) == [
            (0, "value")
        ]


class TestId:
    @pytest.mark.parametrize(
        "id_",
        ["a/b", "/", "a//b", "a/", " a ", "%2F", "a?b#c", "...", "a..b", "井盖", "a\\b"],
    )
    async def test_that_is_taken_can_be_asked_for(self, desk: Desk, id_: str) -> None:
        assert (await desk.post(report_data(1, id=id_))).status_code == 202
        await recorded(desk.database, [report(1, id=id_)])

        answer = await desk.get(f"/reports/hotline-12345/{quote(id_, safe='')}")

        assert (answer.status_code, answer.json()["id"]) == (200, id_)

    @pytest.mark.parametrize(
        "id_", ["a\nb", "\x1b[2J", "a\x85", "a\u2028b", "\x7f", ".", "..", "../x", "a/./b", "a/.."]
    )
    async def test_that_no_url_or_line_can_name_is_refused(self, desk: Desk, id_: str) -> None:
        assert await desk.errors(report_data(1, id=id_)) == [(0, "id")]


class TestTooMuch:
    async def test_in_number_is_refused(self, desk: Desk) -> None:
        answer = await desk.post([1] * 501)

        assert answer.status_code == 413
        assert "501" in answer.json()["title"]


class TestIdempotencyKey:
    async def test_gets_the_same_answer_without_publishing_again(self, desk: Desk) -> None:
        first = await desk.post(report_data(1), key="k")
        second = await desk.post(report_data(1), key="k")

        assert (second.status_code, second.content) == (202, first.content)
        assert len(desk.publisher.messages) == 1

    async def test_with_another_body_is_refused(self, desk: Desk) -> None:
        await desk.post(report_data(1), key="k")

        answer = await desk.post(report_data(2), key="k")

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
        assert len(desk.publisher.messages) == 1

    async def test_is_free_again_after_a_failure(self, desk: Desk) -> None:
        desk.publisher.fault = KafkaTimeoutError()
        await desk.post(report_data(1), key="k")
        desk.publisher.fault = None

        answer = await desk.post(report_data(1), key="k")

        assert answer.status_code == 202
        assert len(desk.publisher.messages) == 1

    async def test_belongs_to_its_first_body_before_the_log_hears_of_it(self, desk: Desk) -> None:
        entered = desk.publisher.hold()
        first = asyncio.create_task(desk.post(report_data(1), key="k"))
        await entered.wait()

        other = await desk.post(report_data(2), key="k")
        again = asyncio.create_task(desk.post(report_data(1), key="k"))
        desk.publisher.release()

        assert other.status_code == 422
        assert (await first).status_code == 202
        assert (await again).content == (await first).content
        assert {message.key for message in desk.publisher.messages} == {"hotline-12345/1"}

    async def test_stays_with_its_body_when_the_log_was_away(self, desk: Desk) -> None:
        desk.publisher.fault = KafkaTimeoutError()
        assert (await desk.post(report_data(1), key="k")).status_code == 503
        desk.publisher.fault = None

        assert (await desk.post(report_data(2), key="k")).status_code == 422
        assert (await desk.post(report_data(1), key="k")).status_code == 202
        assert len(desk.publisher.messages) == 1

    @pytest.mark.parametrize("turn", range(3))
    async def test_has_one_body_of_many_that_come_at_once(self, desk: Desk, turn: int) -> None:
        posted = [desk.post(report_data(n), key=f"k-{turn}") for n in range(8)]

        statuses = sorted(answer.status_code for answer in await asyncio.gather(*posted))

        assert statuses == [202] + [422] * 7
        assert len(desk.publisher.messages) == 1

    async def test_is_forgotten_after_a_day(self, desk: Desk) -> None:
        await desk.post(report_data(1), key="k")
        sweep = forgetting(desk.database, clock=desk.clock)
        desk.now = NOON + timedelta(hours=23)
        await sweep()
        kept = await desk.post(report_data(2), key="k")
        desk.now = NOON + timedelta(hours=25)
        await sweep()

        forgotten = await desk.post(report_data(2), key="k")

        assert (kept.status_code, forgotten.status_code) == (422, 202)

    @pytest.mark.parametrize("key", ["", "k" * 129])
    async def test_has_1_to_128_characters(self, desk: Desk, key: str) -> None:
        answer = await desk.post(report_data(1), key=key)

        assert answer.status_code == 422
        assert desk.publisher.messages == []


class TestBrokerTrouble:
    @pytest.mark.parametrize("fault", [KafkaTimeoutError(), TimeoutError(), ConnectionError()])
    async def test_is_told_with_when_to_come_again(self, desk: Desk, fault: Exception) -> None:
        desk.publisher.fault = fault

        answer = await desk.post(report_data(1))

        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"


class TestStatus:
    async def test_tells_what_became_of_a_report(self, desk: Desk) -> None:
        first, second = report(1), report(2, id="a/b")
        await recorded(desk.database, [first, second])

        answer = await desk.get("/reports/hotline-12345/a/b")

        assert answer.json() == {
            "source": "hotline-12345",
            "id": "a/b",
            "case_id": str(second.case_id),
            "outcome": "merged",
            "primary_id": str(first.case_id),
            "refusal": None,
            "promised_by": "2026-03-02T10:00:00Z",
            "ended_at": None,
            "ended_as": None,
            "ended_why": None,
            "ended_into": None,
            "status_page": None,
        }

    async def test_of_a_case_has_no_other_case(self, desk: Desk) -> None:
        await recorded(desk.database, [report(1)])

        answer = (await desk.get("/reports/hotline-12345/1")).json()

        assert (answer["outcome"], answer["primary_id"]) == ("registered", None)

    async def test_says_how_its_case_ended_and_why(self, desk: Desk) -> None:
        await recorded(desk.database, [report(1)])
        withdrawn = Closure(
            case_id=report(1).case_id,
            closed_at=NOON,
            sequence=3,
            ended_as="withdrawn",
            why="settled",
        )
        assert await closed(desk.database, withdrawn) == []
        answer = (await desk.get("/reports/hotline-12345/1")).json()
        assert (answer["outcome"], answer["ended_as"], answer["ended_why"]) == (
            "registered",
            "withdrawn",
            "settled",
        )
        assert datetime.fromisoformat(answer["ended_at"]) == NOON

    async def test_of_a_case_that_goes_on_again_says_nothing_of_an_end(self, desk: Desk) -> None:
        await recorded(desk.database, [report(1)])
        case_id = report(1).case_id
        ended = Closure(case_id=case_id, closed_at=NOON, sequence=3, ended_as="closed", why="done")
        await closed(desk.database, ended, Closure(case_id=case_id, closed_at=None, sequence=4))
        answer = (await desk.get("/reports/hotline-12345/1")).json()
        assert (answer["ended_as"], answer["ended_at"], answer["ended_why"]) == (None, None, None)

    async def test_of_an_unknown_report_is_404(self, desk: Desk) -> None:
        answer = await desk.get("/reports/hotline-12345/1")

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


class TestApp:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> IntakeSettings:
        return IntakeSettings(database_url=f"sqlite+aiosqlite:///{tmp_path}/intake.sqlite")

    def test_shows_the_report_s_schema(self, settings: IntakeSettings) -> None:
        document = build_app(settings).openapi()

        post = document["paths"]["/reports"]["post"]
        one, many = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
        assert set(one["required"]) == {"source", "id", "channel", "reported_at", "place"}
        assert many["maxItems"] == 500
        assert "$ref" not in json.dumps(post["requestBody"])
        assert {"202", "413", "422", "503"} <= post["responses"].keys()

    def test_follows_the_plan_of_its_settings(self, settings: IntakeSettings) -> None:
        routes = build_app(settings).openapi()["paths"]

        assert {"/reports", "/reports/{source}/{id}", "/health/ready"} <= routes.keys()

    def test_has_a_port_and_a_database_of_its_own(self) -> None:
        settings = IntakeSettings()

        assert settings.http_port == 8001
        assert settings.database_url == "sqlite+aiosqlite:///.tongxin/intake.sqlite"
