"""The pages of keys and sessions: made, shown once, rotated, revoked, ended; and who did it."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import httpx
import pytest

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.access.tokens import hmac_of
from services.desk.domain.keys import Key
from services.desk.store import audit, keys
from tests.support.desk import BROWSER, SECRET, Desk
from tests.support.desk_town import HOSTILE, asked, page_of, sent
from tests.support.shown import DeskBench, person

ADMINISTRATOR = person(ActingRole.ADMINISTRATOR, id_="admin")
HOTLINE = {
    "name": "hotline",
    "scope.reports.write": "true",
    "source.hotline-12345": "true",
    "days": "90",
}
SHOWN = re.compile(r"tx_live_[A-Za-z0-9]+")

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shown(desk: Desk) -> DeskBench:
    """Return the pages of a desk that one administrator is known to."""
    await desk.add("admin", ActingRole.ADMINISTRATOR)
    return DeskBench(desk.database, now=desk.clock())


async def make(desk: DeskBench, **changes: str) -> httpx.Response:
    return await sent(desk, "/new-key", HOTLINE | changes, ADMINISTRATOR)


async def act(desk: DeskBench, name: str = "hotline", **given: str) -> httpx.Response:
    return await sent(desk, f"/keys/{name}", given, ADMINISTRATOR)


async def tokens(desk: DeskBench, name: str = "hotline") -> list[Key]:
    async with desk.database.read() as conn:
        return await keys.tokens_of(conn, name, most=10)


async def deeds(desk: DeskBench, about: str) -> list[tuple[str, str]]:
    async with desk.database.read() as conn:
        return [(one.deed, one.by.id) for one in await audit.entries(conn, most=50, about=about)]


class TestMaking:
    async def test_shows_the_token_this_once(self, shown: DeskBench) -> None:
        answer = await make(shown)
        [token] = SHOWN.findall(answer.text)
        [key] = await tokens(shown)
        assert key.token_hmac == hmac_of(token, SECRET.encode())
        assert key.asked.expires_at == shown.now + timedelta(days=90)
        assert ({*key.asked.scopes}, {*key.asked.sources}) == (
            {Scope.REPORTS_WRITE},
            {"hotline-12345"},
        )
        assert await deeds(shown, "key:hotline") == [("key_made", "admin")]
        assert "no-store" in answer.headers["cache-control"]
        for path in ("/keys", "/keys/hotline", "/audit", "/keys?ended=true"):
            page = await page_of(shown, path, ADMINISTRATOR)
            assert (token in page, key.token_hmac in page) == (False, False)

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"name": "two words"}, "<b>名称</b> 格式不对"),
            ({"name": HOSTILE}, "格式不对"),
            ({"days": "-1"}, "<b>有效天数</b> 须为范围内的整数"),
            ({"days": "١"}, "<b>有效天数</b> 须为范围内的整数"),
            ({"days": "9" * 200}, "<b>有效天数</b> 须为范围内的整数"),
            ({"scope.everything": "true"}, "<b>权限</b> 须为所列选项之一"),
            ({"source.x": "true"}, "<b>来源</b> 须为所列选项之一"),
            ({"scope.answers.write": "true"}, "<b>单位</b> 须填写"),
            ({"everywhere": "true"}, "已选全部时"),
        ],
    )
    async def test_in_vain_says_why_and_keeps_what_was_typed(
        self, shown: DeskBench, given: dict[str, str], told: str
    ) -> None:
        answer = await make(shown, **given)
        text = unescape(answer.text)
        assert (answer.status_code, told in text, "tx_live_" in text) == (422, True, False)
        assert 'name="source.hotline-12345" value="true" checked' in text
        assert await tokens(shown, given.get("name", "hotline")) == []

    async def test_twice_makes_one(self, shown: DeskBench) -> None:
        await make(shown)
        answer = await make(shown)
        assert (answer.status_code, SHOWN.findall(answer.text)) == (422, [])
        assert len(await tokens(shown)) == 1


class TestRotating:
    async def test_lets_the_one_before_work_for_the_overlap(self, shown: DeskBench) -> None:
        [old] = SHOWN.findall((await make(shown)).text)
        answer = await act(shown, do="rotate", days="3")
        [new] = SHOWN.findall(answer.text)
        assert new != old
        ends = {one.token_hmac: one.asked.expires_at for one in await tokens(shown)}
        assert ends[hmac_of(old, SECRET.encode())] == shown.now + timedelta(days=3)
        assert ends[hmac_of(new, SECRET.encode())] == shown.now + timedelta(days=90)
        assert ("key_rotated", "admin") in await deeds(shown, "key:hotline")

    @pytest.mark.parametrize("days", ["", "91", "seven", "0x1"])
    async def test_for_no_such_overlap_changes_nothing(self, shown: DeskBench, days: str) -> None:
        await make(shown)
        answer = await act(shown, do="rotate", days=days)
        assert (answer.status_code, "须为范围内的整数" in answer.text) == (422, True)
        assert len(await tokens(shown)) == 1


class TestRevoking:
    async def test_ends_every_token(self, shown: DeskBench) -> None:
        await make(shown)
        await act(shown, do="rotate", days="3")
        answer = await act(shown, do="revoke")
        assert answer.headers["location"] == "/keys/hotline?done=key_revoked"
        assert [one.is_live(shown.now) for one in await tokens(shown)] == [False, False]
        assert "hotline" not in await page_of(shown, "/keys", ADMINISTRATOR)
        assert "hotline" in await page_of(shown, "/keys?ended=true", ADMINISTRATOR)
        page = await page_of(shown, "/keys/hotline", ADMINISTRATOR)
        assert ("已吊销" in page, 'name="do"' in page) == (True, False)

    async def test_of_none_is_refused(self, shown: DeskBench) -> None:
        assert (await act(shown, "nobody", do="revoke")).status_code == 404
        assert (await asked(shown, "/keys/nobody", ADMINISTRATOR)).status_code == 404
        await make(shown)
        assert (await act(shown, do="unheard")).status_code == 422


class TestList:
    async def test_goes_on_by_name(self, shown: DeskBench) -> None:
        for n in range(101):
            await make(shown, name=f"k{n:03}")
        first = await page_of(shown, "/keys", ADMINISTRATOR)
        assert ("k099" in first, "k100" in first) == (True, False)
        assert "k100" in await page_of(shown, "/keys?after=k099", ADMINISTRATOR)


class TestSessions:
    async def test_are_everybodys_with_half_an_address(self, shown: DeskBench, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        token = await desk.let_in("wang", ActingRole.HANDLER)
        page = await page_of(shown, "/open-sessions", ADMINISTRATOR)
        assert ("li by name" in page, "wang by name" in page) == (True, True)
        assert (BROWSER.address in page, "192.0.2.*" in page, token in page) == (False, True, False)
        one = await page_of(shown, "/open-sessions?person=wang", ADMINISTRATOR)
        assert ("li by name" in one, "wang by name" in one) == (False, True)

    async def test_end_one_by_one(self, shown: DeskBench, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        page = await page_of(shown, "/open-sessions", ADMINISTRATOR)
        [named] = re.findall(r'name="session" value="([^"]+)"', page)
        await sent(shown, "/open-sessions", {"session": named}, ADMINISTRATOR)
        answer = await sent(shown, "/open-sessions", {"session": named}, ADMINISTRATOR)
        page = await page_of(shown, answer.headers["location"], ADMINISTRATOR)
        assert ("没有会话" in page, "会话已结束" in page) == (True, True)
        assert ("sessions_ended", "admin") in await deeds(shown, "li")
        assert [deed for deed, _ in await deeds(shown, "li")].count("sessions_ended") == 1

    async def test_that_are_over_are_not_there(self, shown: DeskBench, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        shown.now += timedelta(minutes=31)
        assert "没有会话" in await page_of(shown, "/open-sessions", ADMINISTRATOR)


class TestAudit:
    async def test_goes_on_and_meets_nothing_twice(self, shown: DeskBench, desk: Desk) -> None:
        for n in range(60):
            await desk.add(f"p{n:02}", ActingRole.HANDLER)
        found: list[str] = []
        path: str | None = "/audit"
        while path is not None:
            page = await page_of(shown, path, ADMINISTRATOR)
            found += re.findall(r'</b> <a href="/people/(\S+)">', page)
            more = re.search(r'href="(/audit\?[^"]*after=[^"]+)"', page)
            path = None if more is None else more[1]
        assert sorted(found) == sorted(["admin", *(f"p{n:02}" for n in range(60))])

    async def test_says_who_gave_a_command_on_the_machine(self, shown: DeskBench) -> None:
        assert "本机命令 操作" in await page_of(shown, "/audit?about=admin", ADMINISTRATOR)

    async def test_takes_nobody_for_the_machine_by_a_name(self, shown: DeskBench) -> None:
        who = replace(ADMINISTRATOR, id="local", name="this machine")
        await sent(shown, "/new-key", HOTLINE, who)
        page = await page_of(shown, "/audit?about=key:hotline", ADMINISTRATOR)
        assert ("this machine (local) 操作" in page, "本机命令" in page) == (True, False)

    async def test_of_no_such_page_is_refused(self, shown: DeskBench) -> None:
        assert (await asked(shown, "/audit?after=x", ADMINISTRATOR)).status_code == 422
