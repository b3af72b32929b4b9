"""Cases over HTTP: lists and whole ones, for whoever was proven at the door, and nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from schemas.scopes import Scope
from services.access.actor import Actor
from services.desk.http.cases import cases_router
from services.desk.store import views
from tests.support.followed import FollowedBench
from tests.support.hostile import each_parameter
from tests.support.notifier import NOON, assigned, case_of, merged, registered
from tests.support.proven import proven
from tests.support.shown import SUPERVISOR, DeskBench, key
from tests.support.web import app_of, talking_to

LEAD = "urban-management"

pytestmark = pytest.mark.timeout(300)


def app(desk: DeskBench, actor: Actor | None) -> FastAPI:
    """Return the desk's routes as somebody asks them who was proven, or nobody."""
    routes: APIRouter = cases_router(desk.database, clock=lambda: desk.now)
    http = app_of(routes, is_guarded=False)
    return http if actor is None else proven(http, actor)


@asynccontextmanager
async def asking(
    desk: DeskBench, actor: Actor | None = SUPERVISOR
) -> AsyncIterator[httpx.AsyncClient]:
    async with talking_to(app(desk, actor), token="") as client:
        yield client


async def got(desk: DeskBench, path: str, actor: Actor | None = SUPERVISOR, **query: Any) -> Any:  # noqa: ANN401 - JSON
    async with asking(desk, actor) as client:
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with a case that is late by its limit five hours from now."""
    await bench.tell(registered(description="消防通道被占"), merged("9"), assigned(LEAD, "police"))
    await bench.say("police", "done")  # refused: nobody has signed
    return bench


class TestDoor:
    @pytest.mark.parametrize("path", ["/cases", f"/cases/{case_of()}"])
    async def test_lets_nobody_in_who_was_not_proven(self, desk: DeskBench, path: str) -> None:
        async with asking(desk, actor=None) as client:
            assert (await client.get(path)).status_code == 401

    @pytest.mark.parametrize("path", ["/cases", f"/cases/{case_of()}"])
    async def test_asks_for_the_scope(self, desk: DeskBench, path: str) -> None:
        stranger = replace(key(), scopes=frozenset({Scope.REPORTS_WRITE}))
        async with asking(desk, stranger) as client:
            assert (await client.get(path)).status_code == 403


class TestList:
    async def test_tells_what_is_late_when_it_is_asked(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        [case] = (await got(desk, "/cases"))["cases"]
        assert (case["state"], case["overdue"], case["joined"]) == ("assigned", False, 1)
        assert known.now == NOON
        desk.now += timedelta(hours=5)
        [case] = (await got(desk, "/cases", overdue=True, text="消防"))["cases"]
        assert case["overdue"] is True

    async def test_says_until_when_all_that_was_told_is_shown(self, desk: DeskBench) -> None:
        assert (await got(desk, "/cases"))["as_of"] is None
        async with desk.database.write() as conn:
            await views.save_seen(conn, {0: NOON, 1: NOON - timedelta(seconds=9)})
        assert (await got(desk, "/cases"))["as_of"] == "2026-01-05T03:59:51Z"

    async def test_goes_on_after_a_page(self, bench: FollowedBench, desk: DeskBench) -> None:
        await bench.tell(*(registered(report=str(n), at=NOON + timedelta(n)) for n in range(3)))
        first = await got(desk, "/cases", limit=2)
        rest = await got(desk, "/cases", limit=2, after=first["next"])
        ids = [case["case_id"] for case in (*first["cases"], *rest["cases"])]
        assert ids == [str(case_of(str(n))) for n in (2, 1, 0)]
        assert rest["next"] is None

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"after": "x"}, "after"),
            ({"state": "x"}, "state"),
            ({"limit": 201}, "limit"),
            ({"no": 1}, "no"),
            ({"text": "x" * 201}, "text"),
        ],
        ids=["after", "state", "limit", "unknown", "text"],
    )
    async def test_names_what_is_wrong(self, desk: DeskBench, query: Any, field: str) -> None:  # noqa: ANN401 - any query
        async with asking(desk) as client:
            answer = await client.get("/cases", params=query)
        assert answer.status_code == 422
        assert field in str(answer.json()["errors"])


@pytest.mark.usefixtures("known")
class TestWholeCase:
    async def test_has_its_story_and_what_was_told(self, desk: DeskBench) -> None:
        found = await got(desk, f"/cases/{case_of()}")
        told = [line["type"] for line in found["story"]]
        assert told[:3] == ["case.registered", "case.merged", "case.assigned"]
        assert all(line["text_en"] and line["text_zh"] for line in found["story"])
        assert [one["source_id"] for one in found["followers"]] == ["9"]
        assert [part["department"] for part in found["case"]["parts"]] == [LEAD, "police"]
        assert [one["reason"] for one in found["refusals"]] != []
        assert found["notices"] != []

    async def test_is_found_by_a_report_that_joined(self, desk: DeskBench) -> None:
        found = await got(desk, f"/cases/{case_of('9')}")
        assert (found["asked_for"], found["case"]["case_id"]) == (str(case_of("9")), str(case_of()))

    async def test_shows_a_source_what_is_its_own(self, desk: DeskBench) -> None:
        found = await got(desk, f"/cases/{case_of()}", key(sources=["hotline-12345"]))
        recipients = {one["recipient"].partition("/")[0] for one in found["notices"]}
        assert recipients <= {"report:hotline-12345"}
        assert (found["refusals"], found["work_orders"]) == ([], [])

    async def test_is_not_there_for_who_may_not_see_it(self, desk: DeskBench) -> None:
        async with asking(desk, key(departments=["court"])) as client:
            assert (await client.get(f"/cases/{case_of()}")).status_code == 404
            assert (await client.get(f"/cases/{case_of('9')}")).status_code == 404


@pytest.mark.usefixtures("known")
class TestHostileValues:
    @pytest.mark.parametrize(
        "actor", [SUPERVISOR, key(departments=["police", LEAD])], ids=["all", "own"]
    )
    async def test_are_answered(self, desk: DeskBench, actor: Actor) -> None:
        answers = await each_parameter(app(desk, actor), known={"case_id": str(case_of())})
        assert len({one.status for one in answers}) > 1
        assert [one for one in answers if not one.is_sound] == []
