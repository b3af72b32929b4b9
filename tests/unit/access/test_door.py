"""The door: nobody comes in who was not proven, and nobody further than their scopes."""

import inspect
from datetime import timedelta
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.params import Depends

from schemas.scopes import Scope
from services.access import door, pace
from services.access.actor import Actor
from services.access.door import ASKED, WHOEVER, Doorkeeper, Doors, asks
from services.access.tokens import new_token
from services.kit.clock import system_clock
from tests.support.keys import TOKEN, bearing, doorkeeper, key
from tests.support.web import app_of

ANYWHERE = ("192.0.2.7", 4711)
HERE = ("127.0.0.1", 4711)


def routes() -> APIRouter:
    api = APIRouter(responses=ASKED)

    @api.get("/cases")
    def cases(actor: Annotated[Actor, asks(Scope.CASES_READ)]) -> str:
        return actor.id

    @api.post("/reports")
    async def reports(actor: Annotated[Actor, asks(Scope.REPORTS_WRITE)]) -> str:
        return actor.id

    @api.get("/metrics")
    def metrics() -> str:
        return "metrics"

    @api.get("/health/live")
    def live() -> str:
        return "live"

    return api


def app(keeper: Doorkeeper) -> FastAPI:
    http = app_of(routes(), is_guarded=False)
    http.add_middleware(Doors, keeper=keeper)
    return http


def client(keeper: Doorkeeper, *, at: tuple[str, int] = ANYWHERE) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app(keeper), raise_app_exceptions=False, client=at)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def challenge(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.headers["WWW-Authenticate"]


class TestStranger:
    @pytest.mark.parametrize("path", ["/cases", "/metrics", "/docs", "/openapi.json", "/nowhere"])
    async def test_is_asked_who_they_are(self, path: str) -> None:
        async with client(doorkeeper()) as http:
            answer = await http.get(path)
        assert answer.status_code == 401
        assert challenge(answer) == 'Bearer realm="tongxin"'

    async def test_may_ask_whether_the_service_lives(self) -> None:
        async with client(doorkeeper()) as http:
            assert (await http.get("/health/live")).text == '"live"'

    @pytest.mark.parametrize("given", ["Basic eDp5", "Bearer", "bearer ", "", "Bearer  x y", TOKEN])
    async def test_is_nobody_by_another_header(self, given: str) -> None:
        async with client(doorkeeper()) as http:
            answer = await http.get("/cases", headers={"Authorization": given})
        assert answer.status_code == 401

    async def test_has_no_body_read(self) -> None:
        async with client(doorkeeper()) as http:
            answer = await http.post("/reports", content=b"x" * 2_000_000)
        assert answer.status_code == 401

    async def test_is_told_to_slow_down(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pace, "STRANGERS_AT_ONCE", 3)
        monkeypatch.setattr(pace, "STRANGERS_A_SECOND", 0.001)
        keeper = doorkeeper()
        async with client(keeper) as http:
            answers = [await http.get("/cases", headers=bearing(new_token())) for _ in range(4)]
            assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
            assert int(answers[-1].headers["Retry-After"]) >= 1
            known = await http.get("/cases", headers=bearing())
        assert known.status_code == 200
        async with client(keeper, at=("192.0.2.8", 1)) as http:
            assert (await http.get("/cases")).status_code == 401

    async def test_has_one_pace_for_a_whole_household(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pace, "STRANGERS_AT_ONCE", 2)
        monkeypatch.setattr(pace, "STRANGERS_A_SECOND", 0.001)
        keeper, answers = doorkeeper(), []
        for address in ("2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:3::", "2001:db8:1:3::"):
            async with client(keeper, at=(address, 1)) as http:
                answers.append((await http.get("/cases")).status_code)
        assert answers == [401, 401, 429, 401]


class TestKey:
    async def test_is_let_in_and_named(self) -> None:
        async with client(doorkeeper(key(name="hotline"))) as http:
            answer = await http.get("/cases", headers=bearing())
        assert (answer.status_code, answer.json()) == (200, "key:hotline")

    async def test_is_told_which_scope_it_lacks(self) -> None:
        async with client(doorkeeper(key(scopes=(Scope.CASES_READ,)))) as http:
            answer = await http.post("/reports", headers=bearing())
        assert answer.status_code == 403
        assert 'error="insufficient_scope", scope="reports.write"' in challenge(answer)
        assert "reports.write" in answer.json()["title"]

    async def test_is_told_when_it_is_over(self) -> None:
        over = key(expires_at=system_clock() - timedelta(days=1))
        async with client(doorkeeper(over)) as http:
            answer = await http.get("/cases", headers=bearing())
        assert answer.status_code == 401
        assert "has expired" in answer.json()["title"]
        assert 'error="invalid_token"' in challenge(answer)

    async def test_that_asks_too_often_is_told_to_wait(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door, "REQUESTS_AT_ONCE", 2)
        monkeypatch.setattr(door, "REQUESTS_A_SECOND", 0.001)
        other = new_token()
        keeper = doorkeeper(key(), key(other, id="anotherone", name="other"))
        async with client(keeper) as http:
            answers = [await http.get("/cases", headers=bearing()) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]
            assert (await http.get("/cases", headers=bearing(other))).status_code == 200

    @pytest.mark.parametrize(("scopes", "status"), [((Scope.METRICS_READ,), 200), ((), 403)])
    async def test_reads_metrics_by_a_scope(self, scopes: tuple[Scope, ...], status: int) -> None:
        async with client(doorkeeper(key(scopes=scopes))) as http:
            assert (await http.get("/metrics", headers=bearing())).status_code == status


class TestThisMachine:
    @pytest.mark.parametrize("path", ["/metrics", "/docs", "/openapi.json"])
    @pytest.mark.parametrize("at", [HERE, ("::1", 1)], ids=["v4", "v6"])
    async def test_may_look_after_itself(self, path: str, at: tuple[str, int]) -> None:
        async with client(doorkeeper(), at=at) as http:
            assert (await http.get(path)).status_code == 200

    async def test_is_asked_for_everything_else(self) -> None:
        async with client(doorkeeper(), at=HERE) as http:
            assert (await http.get("/cases")).status_code == 401

    @pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
    async def test_is_not_who_asks_through_its_proxy(self, header: str) -> None:
        async with client(doorkeeper(), at=HERE) as http:
            assert (await http.get("/metrics", headers={header: "x"})).status_code == 401

    async def test_is_held_to_a_key_that_it_brings(self) -> None:
        async with client(doorkeeper(), at=HERE) as http:
            answer = await http.get("/metrics", headers=bearing(new_token()))
        assert answer.status_code == 401


class TestRoute:
    @pytest.mark.parametrize("asked", [asks(Scope.CASES_READ), WHOEVER])
    def test_asks_without_a_thread(self, asked: Depends) -> None:
        # A function that is no coroutine costs a change of threads with each request.
        assert inspect.iscoroutinefunction(asked.dependency)

    async def test_without_a_door_before_it_lets_nobody_in(self) -> None:
        transport = httpx.ASGITransport(
            app=app_of(routes(), is_guarded=False), raise_app_exceptions=False
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            assert (await http.get("/cases", headers=bearing())).status_code == 401

    async def test_takes_whom_something_else_proved(self) -> None:
        zhang = doorkeeper()._register.actor_of(TOKEN, now=system_clock())
        assert isinstance(zhang, Actor)

        async def session(request: httpx.Request) -> Actor | None:
            return zhang if request.headers.get("cookie") == "session" else None

        keeper = Doorkeeper(
            doorkeeper()._register,
            clock=system_clock,
            provers=(session,),  # type: ignore[arg-type] # both requests have headers
        )
        async with client(keeper) as http:
            assert (await http.get("/cases", headers={"Cookie": "session"})).status_code == 200
            assert (await http.get("/cases", headers={"Cookie": "none"})).status_code == 401
