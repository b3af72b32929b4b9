"""A refusal as a page to browsers, and the language of what follows."""

import asyncio
from html import unescape
from typing import Any, Final

import httpx
import pytest

from schemas.roles import ActingRole
from services.desk.http.form import FORM
from services.desk.pages import words
from services.desk.pages.language import Language
from services.desk.pages.refusals import name_of
from services.desk.pages.rendering import ASSETS, ICON
from services.desk.pages.start import FAVICON
from services.kit.http.problems import Refused, unreachable
from services.kit.records import Fault
from tests.support.desk_town import asked, pages_app, sent
from tests.support.shown import SUPERVISOR, DeskBench, person
from tests.support.web import talking_to

SECRET: Final = "what-nobody-outside-reads"  # noqa: S105 - of nobody
FORMS: Final = {"Content-Type": FORM}


class TestRefusal:
    async def test_of_who_is_not_signed_in_leads_to_the_door(self, desk: DeskBench) -> None:
        answer = await asked(desk, "/cases?text=%E4%BA%95&open=true", None)
        way = "/sign-in?next=%2Fcases%3Ftext%3D%25E4%25BA%2595%26open%3Dtrue"
        assert (answer.status_code, answer.headers["location"]) == (303, way)

    async def test_of_data_stays_a_problem(self, desk: DeskBench) -> None:
        answer = await asked(desk, "/cases", None, accept="*/*")
        assert (answer.status_code, answer.json()["status"]) == (401, 401)

    async def test_is_a_page_that_says_so(self, desk: DeskBench) -> None:
        answer = await asked(desk, "/cases", person(ActingRole.OPERATOR))
        assert (answer.status_code, "您无权" in answer.text) == (403, True)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        answer = await asked(desk, "/cases/no-uuid")
        assert (answer.status_code, "填写内容有误" in answer.text) == (422, True)
        answer = await asked(desk, "/nowhere")
        assert (answer.status_code, "没有此页" in answer.text) == (404, True)

    @pytest.mark.parametrize(
        ("refused", "status", "told"),
        [
            (Refused(429, "slow down", retry=7), 429, "请 7 秒后再试"),
            (unreachable("The log"), 503, "暂时不可用"),
            (Refused(418, "tea", errors=[Fault("pot", "is <b>short</b>")]), 418, "请求有误"),
        ],
        ids=["pace", "away", "unforeseen"],
    )
    async def test_keeps_what_a_client_goes_by(
        self, desk: DeskBench, refused: Refused, status: int, told: str
    ) -> None:
        async with talking_to(pages_app(desk, SUPERVISOR, fault=refused), token="") as browser:
            answer = await browser.get("/broken", headers={"Accept": "text/html"})
        assert (answer.status_code, told in answer.text) == (status, True)
        assert answer.headers.get("retry-after", "7") in {"7", "5", "1"}
        assert "<b>short" not in answer.text


STATUSES: Final[dict[int, dict[str, Any]]] = {
    404: {"method": "GET", "url": "/nowhere"},
    405: {"method": "DELETE", "url": "/cases"},
    413: {"method": "POST", "url": "/language", "content": b"x" * 3_000_000, "headers": FORMS},
    414: {"method": "GET", "url": f"/cases?text={'x' * 20_000}"},
    415: {
        "method": "POST",
        "url": "/language",
        "content": b"x",
        "headers": {"Content-Type": "a/b"},
    },
    421: {"method": "GET", "url": "/cases", "headers": {"Host": "evil.example"}},
    500: {"method": "GET", "url": "/broken"},
    503: {"method": "GET", "url": "/broken"},
}
"""Requests that no page's own handler refuses, by what is answered."""
FAULTS: Final = {500: ArithmeticError(SECRET), 503: asyncio.CancelledError()}
"""What is behind `/broken`."""


class TestOutsideOfHandlers:
    @pytest.mark.parametrize("status", STATUSES)
    async def test_is_a_page_in_the_readers_language_to_a_browser_and_a_problem_to_others(
        self, desk: DeskBench, status: int
    ) -> None:
        asks = STATUSES[status]
        http = pages_app(desk, SUPERVISOR, fault=FAULTS.get(status))
        transport = httpx.ASGITransport(http, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:

            async def answered(accept: str, language: str) -> httpx.Response:
                headers = {**asks.get("headers", {}), "Accept": accept}
                headers["Accept-Language"] = language
                return await browser.request(**asks | {"headers": headers})

            for language in Language:
                told = words.say(language, f"refused.{status}")
                answer = await answered("text/html", language)
                assert (answer.status_code, told in unescape(answer.text)) == (status, True)
                assert f'<html lang="{language.tag}">' in answer.text
                assert SECRET not in answer.text
                assert "TONGXIN_" not in answer.text
                assert "default-src 'none'; style-src" in answer.headers["content-security-policy"]
            data = await answered("application/json", "zh")
            assert (data.status_code, data.json()["status"]) == (status, status)

    @pytest.mark.parametrize("status", [404, 405, 413, 421, 429, 500, 503])
    def test_has_a_sentence_of_its_own(self, status: int) -> None:
        assert name_of(status) == f"refused.{status}"


class TestLanguage:
    async def test_is_kept_and_leads_back(self, desk: DeskBench) -> None:
        answer = await sent(desk, "/language", {"language": "en", "next": "/cases?open=true"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/cases?open=true")
        assert answer.headers["set-cookie"].startswith("tongxin-language=en; HttpOnly; Max-Age=")

    @pytest.mark.parametrize("leads_to", ["//evil.example", "https://evil.example", "\\\\evil"])
    async def test_leads_nowhere_else(self, desk: DeskBench, leads_to: str) -> None:
        answer = await sent(desk, "/language", {"language": "en", "next": leads_to})
        assert answer.headers["location"].startswith("/")
        assert not answer.headers["location"].startswith("//")

    @pytest.mark.parametrize("language", ["", "fr", "en\r\nx: y"])
    async def test_that_is_not_here_is_refused(self, desk: DeskBench, language: str) -> None:
        assert (await sent(desk, "/language", {"language": language})).status_code == 422


class TestAssets:
    async def test_are_kept_for_good_under_the_address_of_their_content(
        self, desk: DeskBench
    ) -> None:
        for asset in ASSETS:
            answer = await asked(desk, asset.path, None, accept="*/*")
            assert (answer.status_code, answer.content) == (200, asset.content)
            assert "immutable" in answer.headers["cache-control"]

    async def test_have_an_icon_where_browsers_look_for_one(self, desk: DeskBench) -> None:
        answer = await asked(desk, FAVICON, None, accept="image/*")
        assert (answer.status_code, answer.content) == (200, ICON.content)
        assert answer.headers["content-type"] == "image/svg+xml"
