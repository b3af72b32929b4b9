"""What people ask the router, and what it answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.kit.sql.database import open_database, sqlite_url
from services.router.app import build_app
from services.router.http import routes
from services.router.settings import RouterSettings
from tests.support.keys import key
from tests.support.router import (
    MONDAY_NIGHT,
    MONDAY_NOON,
    PLAN_FILE,
    RouterBench,
    registered,
    returned,
    the_plan,
)
from tests.support.web import app_of, talking_to


@pytest.fixture
async def client(bench: RouterBench) -> AsyncIterator[httpx.AsyncClient]:
    own = routes(plan=lambda: bench.plan, database=bench.database, clock=lambda: MONDAY_NOON)
    async with talking_to(app_of(own)) as found:
        yield found


class TestPlan:
    async def test_tells_who_is_on_duty_now(self, client: httpx.AsyncClient) -> None:
        told = (await client.get("/plan")).json()
        by_code = {department["code"]: department for department in told["departments"]}
        assert [one["id"] for one in by_code["water"]["on_duty"]] == [
            "wa-duty-1",
            "wa-deputy",
            "wa-head",
        ]
        assert (by_code["police"]["tier"], by_code["police"]["on_duty"]) == ("3", [])
        assert told["counts"]["departments"] == len(by_code)


class TestExplanation:
    async def test_decides_a_report_nobody_made(
        self, client: httpx.AsyncClient, bench: RouterBench
    ) -> None:
        question = {
            "category": "P0402",
            "description": "Tree across the road",
            "at": MONDAY_NIGHT.isoformat(),
        }
        told = (await client.post("/plan/explain", json=question)).json()
        assert (told["lead"]["department"], told["why"]["rule"]) == ("fire", "night-tree-on-road")
        assert told["limit_text"] == "2 UH"
        assert told["why"]["plan_version"] == bench.plan.version

    async def test_takes_a_category_nobody_knows_as_other(self, client: httpx.AsyncClient) -> None:
        told = (await client.post("/plan/explain", json={"category": "gone"})).json()
        assert told["lead"]["department"] == "urban-management"


class TestRoute:
    async def test_tells_every_round_and_why(
        self, client: httpx.AsyncClient, bench: RouterBench
    ) -> None:
        [first] = (await bench.tell(registered("S-DISP"))).assigned
        await bench.tell(returned(first, "a matter for the court"))
        told = (await client.get(f"/cases/{first.case_id}/route")).json()
        assert [r["department"] for r in told["rounds"]] == ["grid", "justice"]
        assert told["tried"] == [{"department": "grid", "reason": "a matter for the court"}]
        assert told["rounds"][1]["why"]["passed_over"] == [
            {"candidate": "grid", "reason": "declined: a matter for the court"}
        ]

    async def test_of_an_unknown_case_is_not_found(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/cases/{registered().case_id}/route")
        assert answer.status_code == 404

    async def test_is_told_to_who_has_the_case_and_not_to_who_had_it(
        self, bench: RouterBench
    ) -> None:
        [first] = (await bench.tell(registered("S-DISP"))).assigned
        own = routes(plan=lambda: bench.plan, database=bench.database, clock=lambda: MONDAY_NOON)
        told = []
        for party in ("grid", "justice"):
            theirs = key(scopes=("cases.read",), roles=(), parties=(party,))
            async with talking_to(app_of(own, keys=[theirs])) as client:
                path = f"/cases/{first.case_id}/route"
                told.append((await client.get(path)).status_code)
                if party == "grid":
                    await bench.tell(returned(first, "a matter for the court"))
                    told.append((await client.get(path)).status_code)
        assert told == [200, 404, 200]


class TestApp:
    async def test_answers_before_anything_is_connected(self, tmp_path: Path) -> None:
        settings = RouterSettings(
            plan=PLAN_FILE, database_url=sqlite_url(tmp_path / "router.sqlite")
        )
        async with talking_to(build_app(settings), token="") as client:
            assert (await client.get("/plan")).status_code == 401
            assert (await client.get("/health/ready")).status_code == 503
            metrics = (await client.get("/metrics")).text
            document = (await client.get("/asyncapi.json")).json()
        assert "tongxin_routing_decision_seconds" in metrics
        assert "assignments.v1" in document["channels"]

    async def test_says_that_the_database_is_away(self, tmp_path: Path) -> None:
        nobody_there = f"postgresql+asyncpg://app@/tongxin?host={tmp_path}"
        database = open_database(nobody_there)
        own = routes(plan=the_plan, database=database, clock=lambda: MONDAY_NOON)
        async with talking_to(app_of(own)) as client:
            answer = await client.get(f"/cases/{registered().case_id}/route")
        assert answer.status_code == 503
        assert "The database cannot be reached" in answer.json()["title"]
