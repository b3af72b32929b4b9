"""The house over HTTP alone: reports in, cases read, answers given, operations looked at."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from schemas.roles import ActingRole
from schemas.topics import SERVICES
from schemas.vocabulary import case_id_for
from services.desk.use_cases.accounts import invite
from services.desk.use_cases.people import record
from services.kit.clock import shifted_clock, system_clock
from services.kit.process.settings import database_variable
from services.kit.sql.database import open_database
from services.machine.house import House
from tests.support.asking import asking
from tests.support.command import until
from tests.support.desk import GOOD, described

Json = dict[str, Any]

pytestmark = pytest.mark.kafka

_KPIS = {
    "intake": {"case_events", "reports", "case_intake_rejected", "case_dedup"},
    "router": {
        "routing_decisions",
        "routing_decision_seconds",
        "assignment_offers",
        "duty_unfilled",
        "sequence_gaps",
    },
    "notifier": {
        "case_events",
        "assignment_offers",
        "assignment_ack_seconds",
        "assignment_handling_seconds",
        "case_open",
        "case_overdue",
        "case_triage",
        "case_age_seconds",
        "sla_clock_segments",
        "notification_delivery",
        "sequence_gaps",
    },
    "desk": {"desk_lag_seconds", "desk_sign_ins", "sequence_gaps", "sequence_repeats"},
}
_OF_EVERY_SERVICE = {"plan_reloads", "dead_letters", "outbox_lag_seconds", "consumer_lag"}


class Client:
    """Somebody who knows the house's addresses and nothing else."""

    def __init__(self, house: House, shift: Path, http: httpx.AsyncClient) -> None:
        self._house = house
        self._now = shifted_clock(shift)
        self.http = http

    def report(self, id_: str, *, spot: int = 0, source: str = "http", **changes: Any) -> Json:
        return {
            "source": source,
            "id": id_,
            "channel": "grid_member",
            "reported_at": self._now().isoformat(),
            "place": {"point": {"lat": 28.6862 + spot * 0.0006, "lon": 115.9573}},
            "category": "E0112",
            **changes,
        }

    def url(self, service: str, path: str) -> str:
        return self._house.url(service) + path

    async def post(self, body: Json | list[Json], *, key: str | None = None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.http.post(self.url("intake", "/reports"), json=body, headers=headers)

    async def said(self, case_id: str, party: str, kind: str, **fields: Any) -> httpx.Response:
        path = self.url("notifier", f"/cases/{case_id}/feedback")
        return await self.http.post(path, json={"party": party, "kind": kind, **fields})

    async def get(self, service: str, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(self.url(service, path), params=query)

    async def case_in(self, state: str, case_id: str) -> Json:
        """Return a case's story when it has come to a state."""

        async def found() -> Json:
            story = await self._answered("notifier", f"/cases/{case_id}")
            return story if (story.get("case") or {}).get("state") == state else {}

        return await until(found, told=f"{case_id} {state}")

    async def link_for(self, id_: str, role: ActingRole) -> str:
        """Let a person be known; returns the token of a link that sets their password."""
        database = open_database(self._house.environment[database_variable("desk")])
        try:
            async with database.write() as conn:
                await record(conn, described(id_, role), now=system_clock())
                return await invite(conn, id_, now=system_clock())
        finally:
            await database.close()

    async def decided(self, source: str, id_: str) -> Json:
        """Return what became of a report when intake has decided it."""
        return await self.known("intake", f"/reports/{source}/{id_}")

    async def known(self, service: str, path: str) -> Json:
        """Return what a path tells when it is known there."""
        return await until(partial(self._answered, service, path), told=path)

    async def _answered(self, service: str, path: str) -> Json:
        answer = await self.get(service, path)
        found: Json = answer.json() if answer.is_success else {}
        return found


@pytest.fixture
async def client(house: tuple[House, Path]) -> AsyncIterator[Client]:
    async with asking() as http:
        yield Client(*house, http)


class TestPostedReports:
    async def test_become_cases_and_can_be_followed(self, client: Client) -> None:
        one = await client.post(client.report("one", spot=0))
        assert one.status_code == 202
        case_id = str(case_id_for("http", "one"))
        accepted = [{"source": "http", "id": "one", "case_id": case_id}]
        assert one.json() == {"accepted": accepted}
        many = await client.post([client.report(f"m/{n}", spot=n) for n in (1, 2)])
        assert many.status_code == 202
        assert [a["id"] for a in many.json()["accepted"]] == ["m/1", "m/2"]
        for id_ in ("one", "m/1", "m/2"):
            assert (await client.decided("http", id_))["outcome"] == "registered"
        await client.case_in("assigned", case_id)

    async def test_that_join_a_case_lead_to_it(self, client: Client) -> None:
        await client.post(client.report("first", spot=3))
        await client.decided("http", "first")
        await client.post(client.report("second", spot=3, source="other"))
        told = await client.decided("other", "second")
        primary, merged = str(case_id_for("http", "first")), str(case_id_for("other", "second"))
        assert told.pop("promised_by") is not None
        assert {name: said for name, said in told.items() if said is not None} == {
            "source": "other",
            "id": "second",
            "case_id": merged,
            "outcome": "merged",
            "primary_id": primary,
        }

        story = await client.known("notifier", f"/cases/{merged}")
        assert (story["asked_for"], story["merged_into"]) == (merged, primary)
        assert story["case"]["case_id"] == primary
        assert [f["merged_id"] for f in story["followers"]] == [merged]

    async def test_from_elsewhere_are_rejected_with_a_reason(self, client: Client) -> None:
        nowhere = {"point": {"lat": 1.0, "lon": 1.0}}
        await client.post(client.report("nowhere", place=nowhere))
        assert (await client.decided("http", "nowhere"))["outcome"] == "rejected"
        case_id = case_id_for("http", "nowhere")
        story = await client.known("notifier", f"/cases/{case_id}")
        assert story["case"] is None
        assert story["rejected"]["reason"]
        assert story["rejected"]["message_en"]
        assert story["rejected"]["message_zh"]

    async def test_that_nobody_made_are_not_known(self, client: Client) -> None:
        assert (await client.get("intake", "/reports/http/never")).status_code == 404
        nobody = uuid5(NAMESPACE_URL, "nobody")
        assert (await client.get("notifier", f"/cases/{nobody}")).status_code == 404
        assert (await client.get("router", f"/cases/{nobody}/route")).status_code == 404


class TestInvalidReports:
    async def test_are_refused_with_a_reason_per_field(self, client: Client) -> None:
        bad = client.report("bad", channel="pigeon", place={"point": {"lat": 91, "lon": 0}})
        answer = await client.post([client.report("good with a bad one", spot=5), bad])
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        errors = {(e["index"], e["field"]) for e in answer.json()["errors"]}
        assert errors == {(1, "channel"), (1, "place.point.lat")}
        assert all(e["reason"] for e in answer.json()["errors"])
        await client.post(client.report("after the bad one", spot=5))
        await client.decided("http", "after the bad one")
        assert (await client.get("intake", "/reports/http/good with a bad one")).status_code == 404

    async def test_that_are_no_json_are_refused(self, client: Client) -> None:
        for body in (b"", b"{", b'{"id": 1, "id": 2}', b"[]", b"7", b"\xff", b"[" * 5_000):
            url, headers = client.url("intake", "/reports"), {"Content-Type": "application/json"}
            answer = await client.http.post(url, content=body, headers=headers)
            assert answer.status_code == 422, body
            assert answer.json()["errors"], body


class TestIdempotencyKey:
    async def test_gives_the_same_answer_again_and_refuses_another_body(
        self, client: Client
    ) -> None:
        body = client.report("keyed", spot=6)
        first = await client.post(body, key="k-1")
        again = await client.post(body, key="k-1")
        assert (first.status_code, again.status_code) == (202, 202)
        assert first.content == again.content
        other = await client.post(client.report("keyed otherwise", spot=6), key="k-1")
        assert other.status_code == 422
        assert [e["field"] for e in other.json()["errors"]] == ["Idempotency-Key"]
        assert (await client.post(body, key="")).status_code == 422
        assert (await client.post(body, key="k" * 129)).status_code == 422


class TestAnswersOverHttp:
    async def test_lead_a_case_through_its_whole_life(self, client: Client) -> None:
        await client.post(client.report("life", spot=8, category="E0304", channel="phone"))
        case_id = str(case_id_for("http", "life"))
        await client.case_in("assigned", case_id)
        evidence = [
            {"kind": k, "link": f"https://example.org/{k}"}
            for k in ("before_photo", "after_photo", "report", "receipt")
        ]
        steps: list[tuple[str, str, dict[str, Any], str]] = [
            ("housing", "accepted", {}, "accepted"),
            ("housing", "started", {"by": "crew 7"}, "handling"),
            ("housing", "progress", {"note": "half way"}, "handling"),
            ("housing", "done", {"result": "repaired", "evidence": evidence}, "inspecting"),
            ("supervision", "check_failed", {"reason": "still leaks"}, "rework"),
            ("housing", "done", {"result": "repaired", "evidence": evidence}, "inspecting"),
            ("supervision", "check_passed", {}, "closed"),
            ("reporters", "reopen", {"reason": "leaks again"}, "assigned"),
        ]
        seen = []
        for party, kind, fields, state in steps:
            answer = await client.said(case_id, party, kind, **fields)
            assert answer.status_code == 202, (party, kind, answer.text)
            assert answer.json()["party"] == party
            seen.append((await client.case_in(state, case_id))["case"]["state"])
        story = await client.case_in("assigned", case_id)
        types = [line["type"] for line in story["story"]]
        for told in ("case.registered", "case.progressed", "check.failed", "case.reopened"):
            assert told in types
        assert story["case"]["failures"] == 1
        assert all(line["text_en"] and line["text_zh"] for line in story["story"])
        route = (await client.get("router", f"/cases/{case_id}/route")).json()
        assert [r["department"] for r in route["rounds"]] == ["housing", "housing"]

    async def test_that_are_none_are_refused_with_a_reason_per_field(self, client: Client) -> None:
        await client.post(client.report("spoken of", spot=10))
        case_id = str(case_id_for("http", "spoken of"))
        await client.case_in("assigned", case_id)
        wrong: list[tuple[str, str, dict[str, Any], str]] = [
            ("nobody", "accepted", {}, "party"),
            ("urban-management", "reopen", {}, "kind"),
            ("urban-management", "declined", {}, "reason"),
            ("urban-management", "accepted", {"assignment_id": "7"}, "assignment_id"),
            ("police", "accepted", {}, "assignment_id"),
        ]
        for party, kind, fields, field in wrong:
            answer = await client.said(case_id, party, kind, **fields)
            assert answer.status_code == 422, (party, kind, answer.text)
            assert [e["field"] for e in answer.json()["errors"]] == [field]
        nobody = str(uuid5(NAMESPACE_URL, "nobody"))
        assert (await client.said(nobody, "police", "accepted")).status_code == 404


class TestPersonAtTheDesk:
    async def test_commands_in_the_name_that_signed_in(self, client: Client) -> None:
        await client.post(client.report("noted by a person", spot=9))
        case_id = str(case_id_for("http", "noted by a person"))
        await client.case_in("assigned", case_id)
        address = client.url("desk", "")
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as browser:
            note = {"kind": "case.annotate", "note": "call her first"}
            commands = f"/cases/{case_id}/commands"
            assert (await browser.post(commands, json=note)).status_code == 401
            password = {"password": GOOD, "again": GOOD}
            way = f"/first/{await client.link_for('wang', ActingRole.DISPATCHER)}"
            assert (await browser.post(way, data=password)).status_code == 303
            browser.headers["Origin"] = address
            assert (await browser.post(commands, json=note)).status_code == 202

        async def told() -> list[str]:
            story = (await client.known("notifier", f"/cases/{case_id}"))["story"]
            return [line["text_en"] for line in story if "call her first" in line["text_en"]]

        (line,) = await until(told, told="the note in the story")
        assert line == "Note: call her first (wang)"


class TestListOfCases:
    async def test_can_be_filtered_and_read_page_by_page(self, client: Client) -> None:
        reports = [
            client.report(f"page-{n}", spot=n, source="pages", category="P0402")
            for n in (*range(12),)
        ]
        for report in reports:
            report["place"]["point"]["lon"] = 115.9633
        await client.post(reports)
        ids = {str(case_id_for("pages", f"page-{n}")) for n in range(12)}

        async def shown() -> bool:
            page = await client.get("desk", "/cases", source="pages", state="assigned", limit=200)
            return {case["case_id"] for case in page.json()["cases"]} == ids

        await until(shown, told="12 assigned cases at the desk")
        pages: list[list[str]] = []
        after: dict[str, str] = {}
        while True:
            page = await client.get("desk", "/cases", source="pages", limit=5, **after)
            pages.append([c["case_id"] for c in page.json()["cases"]])
            if page.json()["next"] is None:
                break
            after = {"after": page.json()["next"]}
        assert [len(page) for page in pages] == [5, 5, 2]
        assert {id_ for page in pages for id_ in page} == ids

        async def count(**query: Any) -> int:
            answer = await client.get("desk", "/cases", source="pages", limit=200, **query)
            assert answer.status_code == 200, answer.text
            return len(answer.json()["cases"])

        lead = (await client.get("notifier", f"/cases/{min(ids)}")).json()["case"]["department"]
        assert await count(state="assigned", open=True, party=lead) == 12
        assert await count(party="court") == 0
        assert await count(state="closed") == await count(open=False) == 0
        assert await count(overdue=True) == await count(overran=True) == 0

    async def test_refuses_what_is_no_filter(self, client: Client) -> None:
        for query in ({"after": "x"}, {"watcher": " "}, {"limit": 0}, {"state": "x"}):
            assert (await client.get("desk", "/cases", **query)).status_code == 422

    async def test_adds_up_to_the_summary(self, client: Client) -> None:
        async def agree() -> bool:
            found = (await client.get("desk", "/cases", open=True, limit=200)).json()["cases"]
            summary = (await client.get("desk", "/cases/summary")).json()
            assert summary["open"] == sum(summary["open_by_state"].values())
            assert summary["registered"] == summary["open"] + summary["closed"]
            return bool(summary["open"] == len(found))

        await until(agree, told="as many open cases in the list as in the summary")


class TestOperations:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_say_that_the_service_lives_and_is_ready(
        self, client: Client, service: str
    ) -> None:
        for path, status in (("/health/live", "live"), ("/health/ready", "ready")):
            answer = await client.get(service, path)
            assert (answer.status_code, answer.json()["status"]) == (200, status)

    @pytest.mark.parametrize("service", SERVICES)
    async def test_show_every_metric_as_openmetrics(self, client: Client, service: str) -> None:
        answer = await client.get(service, "/metrics")
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        parsed = text_string_to_metric_families(answer.text)  # type: ignore[no-untyped-call] # untyped there
        families = {family.name for family in parsed}
        wanted = {f"tongxin_{name}" for name in _KPIS[service] | _OF_EVERY_SERVICE}
        assert wanted - families == set()

    @pytest.mark.parametrize("service", SERVICES)
    async def test_describe_the_topics(self, client: Client, service: str) -> None:
        document = (await client.get(service, "/asyncapi.json")).json()
        assert document["asyncapi"].startswith("3.")
        addresses = {channel["address"] for channel in document["channels"].values()}
        assert "cases.v1" in addresses
        assert f"{service}.dead-letters.v1" in addresses

    @pytest.mark.parametrize("service", SERVICES)
    async def test_describe_the_api(self, client: Client, service: str) -> None:
        document = (await client.get(service, "/openapi.json")).json()
        assert "/health/ready" in document["paths"]
