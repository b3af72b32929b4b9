"""`/docs` in a network that reaches nobody else."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Query
from typing_extensions import override

from services.kit.http.openapi import body_schema
from tests.support.web import app_of, talking_to


class Page(HTMLParser):
    """What a page loads or leads to, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words = ""
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]

    @override
    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter()

    @router.get("/things/{id}")
    async def thing(id: str, colour: Annotated[str, Query(max_length=7)] = "") -> str:  # noqa: A002 - as a route names it
        """Tell about a <b>thing</b>."""
        return id + colour

    @router.post("/things", openapi_extra=body_schema({"type": "object", "title": "A thing"}))
    async def take() -> None:
        """Take a thing."""

    async with talking_to(app_of(router, is_guarded=False)) as found:
        yield found


class TestPage:
    async def test_names_no_host_but_its_own(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/docs")
        page = Page(answer.text)
        assert answer.headers["content-type"].startswith("text/html")
        assert page.links == ["openapi.json", "asyncapi.json", "metrics"]
        assert not {"script", "link", "img", "iframe"} & page.tags
        assert set(re.findall(r"[a-z]+://[^/\s']+", answer.text)) == {"http://localhost"}
        assert "default-src 'none'" in answer.headers["content-security-policy"]

    async def test_shows_each_operation_and_how_to_call_it(self, client: httpx.AsyncClient) -> None:
        words = Page((await client.get("/docs")).text).words
        for told in (
            *(
                "GET /things/{id}",
                "Tell about a <b>thing</b>.",
                "colour",
                "maxLength",
                "Take a thing.",
            ),
            *(
                "curl 'http://localhost/things/{id}' -H \"Authorization: Bearer $TONGXIN_KEY\"",
                "A thing",
                "Validation Error",
                "Take a thing.",
            ),
            "curl -X POST 'http://localhost/things' -H \"Authorization: Bearer $TONGXIN_KEY\" -H",
        ):
            assert told in words

    async def test_is_the_only_one(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/redoc")).status_code == 404
        assert (await client.get("/openapi.json")).json()["paths"].keys() == {
            "/things",
            "/things/{id}",
        }
