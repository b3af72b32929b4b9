"""The pages of the plan in use and of health: what they say, whatever file and processes say."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typing_extensions import override

from schemas.roles import ActingRole
from schemas.topics import SERVICES
from services.desk.pages.admin.administration import Installation
from services.desk.settings import DeskSettings, peers_in
from services.desk.store import views
from services.desk.use_cases import asking
from tests.support.administrating import no_service, seen_by
from tests.support.desk import Desk
from tests.support.desk_pages import an_installation
from tests.support.desk_town import HOSTILE, asked, pages_app
from tests.support.notifier import PLAN_FILE
from tests.support.shown import DeskBench, person
from tests.support.web import talking_to

ADMINISTRATOR = person(ActingRole.ADMINISTRATOR, id_="admin")
NO_SERVICE = no_service({"status": "not ready", "missing": {"broker": 1}}, status=503)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shown(desk: Desk) -> DeskBench:
    """Return the pages of a desk that has read nothing yet."""
    return DeskBench(desk.database, now=datetime(2026, 11, 28, 9, tzinfo=UTC))


async def page(desk: DeskBench, path: str, installation: Installation | None = None) -> str:
    """Return what an administrator sees, without entities."""
    return await seen_by(ADMINISTRATOR, desk, path, installation=installation)


class TestWhoMay:
    @pytest.mark.parametrize("path", ["/plan-in-use", "/processes"])
    async def test_is_the_administrator_alone(self, shown: DeskBench, path: str) -> None:
        for role in ActingRole:
            answer = await asked(shown, path, person(role))
            may = role is ActingRole.ADMINISTRATOR
            assert (answer.status_code, "您无权" in answer.text) == (
                (200, False) if may else (403, True)
            )


class TestPlan:
    async def test_says_its_version_and_nothing_against_it(self, shown: DeskBench) -> None:
        shown.now = datetime(2026, 6, 1, tzinfo=UTC)
        found = await page(shown, "/plan-in-use")
        assert (shown.plan.version in found, shown.plan.title_zh in found) == (True, True)
        assert ("未被采用" in found, "没有问题" in found) == (False, True)

    async def test_warns_of_a_year_without_holidays(self, shown: DeskBench) -> None:
        shown.now += timedelta(days=800)
        found = await page(shown, "/plan-in-use")
        assert ("assumed" in found, "提醒" in found) == (True, True)

    async def test_says_that_the_file_is_not_what_is_used(
        self, shown: DeskBench, tmp_path: Path
    ) -> None:
        file = tmp_path / "plan.toml"
        file.write_bytes(PLAN_FILE.read_bytes() + b"# another version")
        found = await page(shown, "/plan-in-use", an_installation(file))
        assert ("未被采用" in found, shown.plan.version in found) == (True, True)

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\x00", b"[", f'title = "{HOSTILE}"\n["{HOSTILE}"]\n'.encode()]
    )
    async def test_shows_what_is_wrong_with_the_file(
        self, shown: DeskBench, tmp_path: Path, content: bytes
    ) -> None:
        file = tmp_path / "plan.toml"
        file.write_bytes(content)
        found = await page(shown, "/plan-in-use", an_installation(file))
        assert ("未被采用" in found, "错误" in found) == (True, True)

    async def test_says_that_the_file_is_gone(self, shown: DeskBench, tmp_path: Path) -> None:
        found = await page(shown, "/plan-in-use", an_installation(tmp_path / "none"))
        assert ("方案文件无法读取" in found, str(tmp_path) in found) == (True, False)

    async def test_says_which_sources_have_a_key_and_what_came_last(self, shown: DeskBench) -> None:
        found = await page(shown, "/plan-in-use")
        assert found.count("没有密钥 · 尚无案件") == len(shown.plan.sources)
        form = {"name": "line", "scope.reports.read": "1", "source.hotline-12345": "1", "days": "1"}
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        async with talking_to(pages_app(shown, ADMINISTRATOR), token="") as browser:
            await browser.post("/new-key", data=form, headers=headers)
        found = await page(shown, "/plan-in-use")
        assert found.count("没有密钥") == len(shown.plan.sources) - 1
        assert 'href="/keys/line"' in found


class TestHealth:
    async def test_tells_of_each_process_what_it_says(self, shown: DeskBench) -> None:
        found = await page(shown, "/processes")
        assert [found.count(one) for one in ("正常", "未就绪", "无应答")] == [2, 1, 1]
        told = ("尚未分到分区", "1 秒内没有回答", "Connection refused")
        assert [one in found for one in told] == [True, True, True]
        assert "正在读取案件" in found

    @pytest.mark.parametrize("answer", NO_SERVICE.values(), ids=NO_SERVICE)
    async def test_takes_no_other_program_for_a_service(
        self, shown: DeskBench, answer: httpx.Response
    ) -> None:
        found = await page(shown, "/processes", an_installation(health=lambda _: answer))
        assert found.count("该地址由其他程序应答") == len(SERVICES) - 1

    async def test_shows_a_reason_as_it_was_written(self, shown: DeskBench) -> None:
        told = {"status": "not ready", "missing": {HOSTILE: HOSTILE}}
        answer = httpx.Response(503, json=told)
        found = await page(shown, "/processes", an_installation(health=lambda _: answer))
        assert found.count(HOSTILE) == 2 * (len(SERVICES) - 1)

    async def test_waits_for_nobody_who_does_not_answer(
        self, shown: DeskBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asking, "PEER_SECONDS", 0.01)

        class Silent(httpx.AsyncByteStream):
            @override
            async def __aiter__(self) -> AsyncIterator[bytes]:
                await asyncio.Event().wait()
                yield b""

        found = await page(
            shown,
            "/processes",
            an_installation(health=lambda _: httpx.Response(200, stream=Silent())),
        )
        assert found.count("秒内没有回答") == len(SERVICES) - 1

    async def test_says_how_far_what_is_shown_is_behind(self, shown: DeskBench) -> None:
        async with shown.database.write() as conn:
            await views.save_seen(conn, {0: shown.now - timedelta(minutes=7)})
        assert "落后 7 分" in await page(shown, "/processes")


class TestPeers:
    def test_are_those_of_one_machine_unless_told(self) -> None:
        found = [one.service for one in peers_in(DeskSettings().peers)]
        assert found == ["intake", "router", "notifier"]

    @pytest.mark.parametrize(
        "text",
        [
            "intake",
            "intake=",
            "mail=http://here:1",
            "intake=file:///etc/passwd",
            "intake=http://name:secret@here",
            "intake=http://here/path",
            "intake=http://here?x=1",
            " ".join(["intake=http://here:1"] * 101),
        ],
    )
    def test_are_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="must be"):
            DeskSettings(peers=text)
