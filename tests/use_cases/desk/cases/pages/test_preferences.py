"""How somebody wants pages to be: chosen by a form, kept by their browser, and nobody else's."""

import re

import pytest

from schemas.roles import ActingRole
from services.desk.pages.letters import LETTERS
from services.desk.pages.queues import queues_of
from tests.support.desk_town import page_of, pages_app, sent
from tests.support.shown import SUPERVISOR, DeskBench, person
from tests.support.web import talking_to

HANDLER = person(ActingRole.HANDLER, departments=["urban-management"])
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


async def chosen(desk: DeskBench, form: dict[str, str], *, path: str = "/cases?open=true") -> str:
    """Return a page after a choice, as a browser keeps it."""
    async with talking_to(pages_app(desk, HANDLER), token="") as browser:
        answer = await browser.post("/preferences", data=form, headers=BROWSER)
        assert answer.status_code == 303
        return (await browser.get(path, headers=BROWSER)).text


class TestKeys:
    async def test_are_told_and_can_be_switched_off_and_on(self, town: DeskBench) -> None:
        before = await page_of(town, "/shortcuts", HANDLER)
        assert "/static/keys-" in before
        assert 'id="shortcuts"' in before
        off = await chosen(town, {"keys": "off"})
        assert "/static/keys-" not in off
        assert 'id="shortcuts"' not in off
        assert "/static/desk-" in off
        assert "单键操作已关闭。" in await chosen(town, {"keys": "off"}, path="/shortcuts")
        assert "/static/keys-" in await chosen(town, {"keys": "on"})

    async def test_of_lists_are_those_of_who_reads(self, town: DeskBench) -> None:
        page = await page_of(town, "/shortcuts", HANDLER)
        asked = {LETTERS[queue.name] for queue in queues_of(HANDLER)}
        assert {*re.findall(r'data-letter="(.)"', page)} == asked
        assert {*re.findall(r"<kbd>g</kbd> <kbd>(.)</kbd>", page)} == asked

    def test_have_one_letter_for_each_way(self) -> None:
        assert len({*LETTERS.values()}) == len(LETTERS)
        assert {one for one in LETTERS.values() if len(one) != 1 or not one.islower()} == set()


class TestDensity:
    async def test_is_roomy_until_somebody_chooses_the_other(self, town: DeskBench) -> None:
        roomy = await page_of(town, "/cases?open=true", HANDLER)
        assert '<html lang="zh-CN">' in roomy
        assert 'name="density" value="compact"' in roomy
        for path in ("/cases?open=true", "/shortcuts"):
            compact = await chosen(town, {"density": "compact"}, path=path)
            assert '<html lang="zh-CN" class="compact">' in compact
            assert 'name="density" value="comfortable"' in compact


class TestChoice:
    @pytest.mark.parametrize(
        "form", [{}, {"keys": "maybe"}, {"other": "on"}, {"keys": "on", "density": "x" * 500}]
    )
    async def test_that_is_none_is_refused(self, town: DeskBench, form: dict[str, str]) -> None:
        answer = await sent(town, "/preferences", form | {"next": "/"}, HANDLER)
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers

    async def test_leads_back_and_nowhere_else(self, town: DeskBench) -> None:
        form = {"density": "compact", "next": "/cases?open=true"}
        assert (await sent(town, "/preferences", form)).headers["location"] == "/cases?open=true"
        away = form | {"next": "//elsewhere.example"}
        assert (await sent(town, "/preferences", away)).headers["location"] == "/"

    async def test_that_a_browser_made_up_is_none(self, town: DeskBench) -> None:
        async with talking_to(pages_app(town, SUPERVISOR), token="") as browser:
            cookie = {"Cookie": 'tongxin-density="><script>; tongxin-keys=maybe'}
            page = (await browser.get("/cases?open=true", headers=BROWSER | cookie)).text
        assert '"><script>' not in page
        assert "/static/keys-" in page
