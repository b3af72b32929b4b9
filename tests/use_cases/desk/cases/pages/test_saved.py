"""Lists that somebody keeps under a name: theirs alone, of known filters, counted a little."""

import re
from html import unescape

import httpx
import pytest

from schemas.roles import ActingRole
from services.access.actor import Actor
from services.desk.domain.saved_views import LONGEST_VIEW_NAME, MOST_VIEWS
from services.desk.pages import saved_tabs
from services.desk.store import saved
from tests.support.desk_town import HOSTILE, asked, page_of, sent
from tests.support.shown import SUPERVISOR, DeskBench, person

HANDLER = person(ActingRole.HANDLER, departments=["urban-management"])
DELETE = {"delete": "yes"}
QUERY = "open=true&urgency=G"

pytestmark = pytest.mark.timeout(300)


async def keep(
    town: DeskBench, name: str = "mine to see", query: str = QUERY, actor: Actor = HANDLER
) -> httpx.Response:
    return await sent(town, "/views", {"name": name, "query": query}, actor)


async def kept(town: DeskBench, path: str = "/views", actor: Actor = HANDLER) -> dict[str, str]:
    """Return the lists beside the tabs of somebody, and their counts."""
    text = await page_of(town, path, actor)
    found = re.findall(
        r'class="own-name" title="[^"]*">([^<]*)</span>(?: <b class="count">([^<]*)</b>)?', text
    )
    return {unescape(name): count for name, count in found}


class TestKeeping:
    async def test_has_the_list_beside_the_tabs_with_its_count(self, town: DeskBench) -> None:
        answer = await keep(town, "  一般  案件 ")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/cases?{QUERY}")
        assert [*await kept(town)] == ["一般 案件"]
        shown = await page_of(town, f"/cases?{QUERY}", HANDLER)
        assert "<h1>一般 案件</h1>" in shown
        assert (await kept(town))["一般 案件"] == str(shown.count('<li id="case-'))
        assert await kept(town, actor=SUPERVISOR) == {}

    async def test_leaves_out_which_page_it_is(self, town: DeskBench) -> None:
        answer = await keep(town, query=f"{QUERY}&limit=1&after=nothing&text=")
        assert answer.headers["location"] == f"/cases?{QUERY}"

    @pytest.mark.parametrize(
        "query",
        [
            "https://elsewhere.example/",
            "//elsewhere.example",
            "next=/me",
            "level=nine",
            "text=%00",
            "text=" + "x" * 201,
        ],
    )
    async def test_takes_nothing_but_a_list(self, town: DeskBench, query: str) -> None:
        answer = await keep(town, query=query)
        if answer.status_code == 303:
            assert answer.headers["location"] in {"/cases?", "/cases?text=%00"}
        else:
            assert answer.status_code == 422
            assert await kept(town) == {}

    @pytest.mark.parametrize(
        "name", ["", " ", "x" * (LONGEST_VIEW_NAME + 1), "a\x00b", "\u202eevil", "\x1b[2J"]
    )
    async def test_asks_for_a_name(self, town: DeskBench, name: str) -> None:
        answer = await keep(town, name)
        assert answer.status_code == 422
        assert await kept(town) == {}

    async def test_shows_a_hostile_name_as_text(self, town: DeskBench) -> None:
        name = HOSTILE[:LONGEST_VIEW_NAME]
        await keep(town, name)
        for path in ("/views", f"/cases?{QUERY}"):
            assert "<script>" not in (await asked(town, path, HANDLER)).text
        assert name in await page_of(town, "/views", HANDLER)

    async def test_takes_a_name_once_of_each(self, town: DeskBench) -> None:
        await keep(town)
        again = await keep(town, query="open=true")
        assert again.status_code == 422
        assert "您已有同名列表" in again.text
        assert (await keep(town, actor=SUPERVISOR)).status_code == 303

    async def test_ends_at_twenty(self, town: DeskBench) -> None:
        for number in range(MOST_VIEWS):
            assert (await keep(town, f"list {number}")).status_code == 303
        full = await keep(town, "one more")
        assert full.status_code == 422
        assert "请先删除一个" in full.text
        assert (await sent(town, "/views/7/delete", DELETE, HANDLER)).status_code == 303
        assert (await keep(town, "one more")).status_code == 303
        assert len(await kept(town)) == MOST_VIEWS


class TestDeleting:
    async def test_is_for_whoever_keeps_it(self, town: DeskBench) -> None:
        await keep(town)
        assert (await sent(town, "/views/1/delete", DELETE, SUPERVISOR)).status_code == 404
        assert len(await kept(town)) == 1
        assert (await sent(town, "/views/1/delete", DELETE, HANDLER)).status_code == 303
        assert await kept(town) == {}
        assert (await sent(town, "/views/1/delete", DELETE, HANDLER)).status_code == 404
        assert (await sent(town, "/views/999999999999/delete", DELETE, HANDLER)).status_code == 422


class TestCount:
    async def test_stops(self, town: DeskBench, monkeypatch: pytest.MonkeyPatch) -> None:
        await keep(town, query="open=true")
        monkeypatch.setattr(saved_tabs, "MOST_OF_A_VIEW", 2)
        assert [*(await kept(town)).values()] == ["2+"]

    @pytest.mark.parametrize("query", ["text=路", "open=false", "urgency=G", ""])
    async def test_is_not_made_among_all_that_ever_was(self, town: DeskBench, query: str) -> None:
        await keep(town, query=query)
        assert [*(await kept(town)).values()] == [""]

    async def test_is_of_what_somebody_may_see_now(self, town: DeskBench) -> None:
        await keep(town, query="open=true")
        moved = person(ActingRole.HANDLER, departments=["market"])
        assert [*(await kept(town, actor=moved)).values()] == ["0"]

    async def test_of_a_filter_that_is_gone_breaks_nothing(self, town: DeskBench) -> None:
        async with town.database.write() as conn:
            await saved.keep(conn, 1, person=HANDLER.id, name="old", query="gone=1")
        assert await kept(town) == {"old": ""}
