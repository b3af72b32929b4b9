"""Every answer says what a browser may do with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.kit.http.security_headers import HEADERS
from services.kit.process.runtime import build_runtime
from services.kit.process.standard_routes import add_operations
from services.router.settings import RouterSettings
from tests.support.web import app_of, talking_to

OWASP = {
    *("cache-control", "content-security-policy", "cross-origin-opener-policy"),
    *("cross-origin-resource-policy", "permissions-policy", "referrer-policy"),
    *("strict-transport-security", "x-content-type-options", "x-frame-options"),
    "x-permitted-cross-domain-policies",
}
"""What the OWASP Secure Headers Project names; the embedder policy is for pages that embed."""


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    database = f"sqlite+aiosqlite:///{tmp_path}/router.sqlite"
    http = app_of()
    add_operations(http, build_runtime(RouterSettings(database_url=database)), asyncapi=dict)

    @http.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    @http.get("/known")
    def known() -> str:
        return "known"

    return http


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with talking_to(app) as found:
        yield found


class TestAnswer:
    def test_has_what_owasp_names(self) -> None:
        assert {name.lower() for name in HEADERS} == OWASP

    @pytest.mark.parametrize(
        ("path", "status"),
        [("/known", 200), ("/nowhere", 404), ("/metrics", 200), ("/broken", 500)],
    )
    async def test_has_every_header(
        self, client: httpx.AsyncClient, path: str, status: int
    ) -> None:
        answer = await client.get(path)
        assert answer.status_code == status
        assert dict(HEADERS).items() <= _as_named(answer).items()

    async def test_to_a_stranger_has_them_too(self, app: FastAPI) -> None:
        async with talking_to(app, token="") as client:
            answer = await client.get("/known")
        assert answer.status_code == 401
        assert dict(HEADERS).items() <= _as_named(answer).items()

    async def test_that_is_a_page_says_itself_what_it_loads(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get("/docs")
        assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"

    async def test_says_nothing_of_what_serves_it(self, client: httpx.AsyncClient) -> None:
        assert not {"server", "x-powered-by"} & (await client.get("/known")).headers.keys()


def _as_named(answer: httpx.Response) -> dict[str, str]:
    return {name: answer.headers.get(name, "") for name in HEADERS}
