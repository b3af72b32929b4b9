"""Pages that change by themselves: lists, cases, who else looks, and what is typed meanwhile."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from schemas.events.assignment import CaseAssigned
from schemas.events.case import CaseRegistered
from schemas.events.charge import CaseAnnotated
from schemas.roles import ActingRole
from services.desk.store import people
from services.desk.use_cases.lasting import sign_out
from tests.pages.conftest import Opens
from tests.support.browser.checks import Checks
from tests.support.browser.launched import View
from tests.support.browser.served_desk import ServedDesk
from tests.support.desk import described
from tests.support.desk_files import photo
from tests.support.desk_town import AFTERNOON
from tests.support.live import tell
from tests.support.notifier import assigned, case_of, merged, registered
from tests.support.shown import DeskBench

PARTY = "urban-management"
TO_SIGN = "/cases?unsigned=true"
NEW = f"#case-{case_of('new')}"

WATCHED = """() => {
  const { dataset } = document.documentElement;
  const channel = new BroadcastChannel("tongxin-live");
  channel.onmessage = ({ data }) => { dataset.heard += ` ${data.kind}`; };
  window.read = [];
  const asked = window.fetch;
  window.fetch = (...what) => { read.push(Date.now()); return asked(...what); };
}"""
"""Keeps what a page hears, and when it read itself, by its own clock."""


def arrived(report: str = "new") -> tuple[CaseRegistered, CaseAssigned]:
    """Return what is told of a case that comes to a department."""
    return registered(report=report, at=AFTERNOON), assigned(report=report, at=AFTERNOON)


@pytest.fixture
def bench(desk: ServedDesk) -> DeskBench:
    """Return the desk as one that hears what happens."""
    return DeskBench(desk.desk.database, now=AFTERNOON)


async def handler_at(page: Page, desk: ServedDesk, path: str) -> None:
    """Show a page to a handler, who can tell whether it was loaded again."""
    await desk.sign_in(page, ActingRole.HANDLER, department=PARTY)
    await page.goto(f"{desk.url}{path}")
    await page.evaluate("window.stays = true")


async def was_never_left(page: Page) -> bool:
    """Tell whether a page is still the one that was loaded first."""
    stays: bool = await page.evaluate("window.stays === true")
    return stays


async def two_ticked(page: Page, desk: ServedDesk, bench: DeskBench) -> tuple[Locator, Locator]:
    """Tick two cases that nobody has, `here` and `gone`, and return their rows."""
    for report in ("here", "gone"):
        await tell(bench, registered(report=report, at=AFTERNOON))
    await desk.sign_in(page, ActingRole.SHIFT_LEAD)
    await page.goto(f"{desk.url}/cases?unheld=true")
    await page.evaluate("window.stays = true")
    here, gone = (page.locator(f"#case-{case_of(one)}") for one in ("here", "gone"))
    for row in (here, gone):
        await row.locator(".pick").click()
    return here, gone


class TestList:
    async def test_shows_a_new_case_and_its_counts_without_reload(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await handler_at(page, desk, TO_SIGN)
        count = page.locator("[aria-current] .count")
        await expect(count).to_have_text("4")
        await tell(bench, *arrived())
        await expect(page.locator(NEW)).to_be_visible()
        await expect(count).to_have_text("5")
        await expect(page.locator("#news-told")).to_have_text("新来 1 件")
        await expect(page.locator("#found li").first).to_have_id(NEW[1:])
        assert await was_never_left(page)

    async def test_lets_go_what_somebody_else_has_now(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await handler_at(page, desk, TO_SIGN)
        row = page.locator(f"#case-{case_of('8')}")
        await expect(row).to_be_visible()
        await tell(bench, assigned("police", report="8", round_=2, at=AFTERNOON))
        await expect(row).to_have_count(0)
        assert await was_never_left(page)

    async def test_moves_nothing_while_somebody_types(
        self, page: Page, desk: ServedDesk, bench: DeskBench, checked: Checks
    ) -> None:
        await handler_at(page, desk, TO_SIGN)
        title = await page.title()
        await page.locator("input[name=text]").fill("井盖")
        await tell(bench, *arrived())
        news = page.get_by_role("button", name="新来 1 件 · 显示")
        await expect(news).to_be_visible()
        await expect(page).to_have_title(f"(1) {title}")
        assert await checked(page) == []
        await expect(page.locator(NEW)).to_have_count(0)
        await expect(page.locator("input[name=text]")).to_have_value("井盖")
        await expect(page.locator("input[name=text]")).to_be_focused()
        await news.click()
        await expect(page.locator(NEW)).to_be_visible()
        await expect(news).to_be_hidden()
        await expect(page).to_have_title(title)

    async def test_keeps_what_is_ticked_whatever_comes_of_it(
        self, page: Page, desk: ServedDesk, bench: DeskBench, checked: Checks
    ) -> None:
        here, _ = await two_ticked(page, desk, bench)
        ticked = page.locator("#ticked")
        await expect(ticked).to_have_text("已选 2 件")
        await tell(bench, merged("81", into="here", at=AFTERNOON))
        await tell(bench, assigned(report="gone", at=AFTERNOON))
        await tell(bench, registered(report="new", at=AFTERNOON))
        await expect(here.locator(".mark")).to_contain_text("2 人反映")
        await expect(ticked).to_have_text("已选 2 件，其中 1 件已不在此页")
        await page.get_by_role("button", name="新来 1 件 · 显示").click()
        await expect(page.locator(NEW)).to_be_visible()
        await expect(ticked).to_have_text("已选 2 件，其中 1 件已不在此页")
        assert await checked(page) == []
        assert await was_never_left(page)

    async def test_sent_for_many_follows_until_nothing_waits(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await two_ticked(page, desk, bench)
        await page.locator("[name=kind]").select_option("case.annotate")
        await page.get_by_role("button", name="所选案件").click()
        await page.locator("[name=note]").fill("一并巡查")
        await page.get_by_role("button", name="提交 2 件").click()
        result = page.locator("#result")
        await expect(result).to_contain_text("可以离开此页")
        await page.evaluate("window.stays = true")
        acting = {"person": "shift_lead", "roles": ["shift_lead"], "door": "desk"}
        for report in ("here", "gone"):
            said = {"case_id": case_of(report), "at": AFTERNOON, "note": "一并巡查"}
            fact = CaseAnnotated.model_validate(said | {"acting": acting}, strict=False)
            await tell(bench, fact)
        await expect(result.locator("dd").first).to_have_text("2")
        await expect(result).not_to_contain_text("可以离开此页")
        assert await was_never_left(page)

    async def test_tells_how_long_still_as_time_passes(self, page: Page, desk: ServedDesk) -> None:
        await page.clock.install()
        await handler_at(page, desk, TO_SIGN)
        row = page.locator(f"#case-{case_of('8')} .clock b")
        before = await row.inner_text()
        desk.desk.clock.pass_by(timedelta(minutes=10))
        await page.clock.run_for(61_000)
        await expect(row).not_to_have_text(before)
        assert await was_never_left(page)

    async def test_is_kept_by_one_stream_in_seven_tabs(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await handler_at(page, desk, TO_SIGN)
        tabs = [page]
        for _ in range(6):
            tabs.append(await page.context.new_page())
            await tabs[-1].goto(f"{desk.url}{TO_SIGN}")
        await tell(bench, *arrived())
        for tab in tabs:
            await expect(tab.locator(NEW)).to_be_visible()
        assert desk.hub.listening == 1
        await page.close()  # it held the stream: another one takes over
        await tell(bench, *arrived("newer"))
        for tab in tabs[1:]:
            await expect(tab.locator(f"#case-{case_of('newer')}")).to_be_visible()

    async def test_remembers_that_a_sound_is_wanted(self, page: Page, desk: ServedDesk) -> None:
        await handler_at(page, desk, TO_SIGN)
        bell = page.get_by_role("button", name="新案提示音")
        await expect(bell).to_have_attribute("aria-pressed", "false")
        await bell.click()
        await page.reload()
        await expect(bell).to_have_attribute("aria-pressed", "true")


class TestConnection:
    async def test_that_is_lost_is_told_and_comes_back(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await handler_at(page, desk, TO_SIGN)
        note = page.locator("#live")
        await page.context.set_offline(True)
        await expect(note).to_contain_text("失去联系")
        await tell(bench, *arrived())
        await page.context.set_offline(False)
        await expect(page.locator(NEW)).to_be_visible()
        await expect(note).to_be_hidden()
        assert await was_never_left(page)

    async def test_outlives_a_new_server(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await handler_at(page, desk, TO_SIGN)
        note = page.locator("#live")
        await desk.stop()
        await expect(note).to_contain_text("失去联系")
        await tell(bench, *arrived())
        await desk.start()
        await expect(page.locator(NEW)).to_be_visible()
        await expect(note).to_be_hidden()
        assert await was_never_left(page)

    async def test_ends_with_the_session_and_says_how_to_sign_in(
        self, page: Page, desk: ServedDesk, bench: DeskBench, checked: Checks
    ) -> None:
        await handler_at(page, desk, TO_SIGN)
        note = page.locator("#live")
        [cookie] = await page.context.cookies()
        await sign_out(str(cookie.get("value")), identity=desk.desk.identity)
        await expect(note).to_contain_text("已退出登录")
        link = note.get_by_role("link", name="重新登录")
        await expect(link).to_have_attribute("href", "/sign-in?next=/cases%3Funsigned%3Dtrue")
        assert await checked(page) == []
        desk.forget_who_is_signed_in()
        await desk.sign_in(page, ActingRole.HANDLER, department=PARTY)
        await tell(bench, *arrived())
        await expect(page.locator(NEW)).to_be_visible()
        await expect(note).to_be_hidden()
        assert await was_never_left(page)


class TestRights:
    async def test_that_were_taken_are_told_and_nothing_is_read_anew(
        self, page: Page, desk: ServedDesk, bench: DeskBench, checked: Checks
    ) -> None:
        await desk.sign_in(page, ActingRole.SUPERVISOR)
        await page.goto(f"{desk.url}/overview")
        await page.evaluate(WATCHED)
        async with desk.desk.database.write() as conn:
            before = await people.person_of(conn, "supervisor")
            handles = described("supervisor", ActingRole.HANDLER)
            await people.save(conn, handles, before=before, now=desk.desk.clock())
        await tell(bench, *arrived())
        note = page.locator("#live")
        await expect(note).to_contain_text("无权查看")
        assert await checked(page) == []
        read = await page.evaluate("read.length")
        await tell(bench, *arrived("newer"))
        await page.context.set_offline(True)
        await expect(page.locator("html")).to_have_attribute(
            "data-heard", re.compile("changed.*down")
        )
        await expect(note).to_contain_text("无权查看")
        assert await page.evaluate("read.length") == read


class TestOverview:
    async def test_counts_anew_and_rests_also_after_a_lost_connection(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await page.clock.install()
        await desk.sign_in(page, ActingRole.SUPERVISOR)
        await page.set_viewport_size({"width": 1024, "height": 400})
        await page.goto(f"{desk.url}/overview")
        await page.evaluate(WATCHED)
        came = page.locator("#days ~ .wide tbody tr").first.get_by_role("link").first
        before = int(await came.inner_text())
        await came.focus()
        assert (scrolled := await page.evaluate("scrollY")) > 0
        await tell(bench, *arrived())
        await expect(came).to_have_text(str(before + 1))
        note = page.locator("#live")
        await page.context.set_offline(True)
        await page.clock.run_for(5_000)
        await expect(note).to_contain_text("失去联系")
        await tell(bench, *arrived("newer"))
        await page.context.set_offline(False)
        await expect(page.locator("html")).to_have_attribute("data-heard", re.compile(r"\bup\b"))
        await page.clock.run_for(10_000)
        await expect(came).to_have_text(str(before + 2))
        await expect(note).to_be_hidden()
        await expect(came).to_be_focused()
        assert await page.evaluate("scrollY") == scrolled
        rests = [after - one for one, after in pairwise(await page.evaluate("read"))]
        assert min(rests) > 9_000  # the page looks at the clock a moment before it is watched


class TestCase:
    async def test_changes_around_what_is_typed_which_outlives_a_reload(
        self, page: Page, desk: ServedDesk, bench: DeskBench, checked: Checks
    ) -> None:
        await handler_at(page, desk, f"/cases/{case_of('8')}")
        await page.locator("summary", has_text="退单").click()
        reason = page.locator("details[open] [name=reason]")
        await reason.fill("不归我们管")
        await tell(bench, merged("81", into="8", at=AFTERNOON))
        await expect(page.locator("#head .mark")).to_contain_text("2 人反映")
        await expect(page.locator(".moved")).to_contain_text("有新进展")
        assert await checked(page) == []
        await expect(reason).to_have_value("不归我们管")
        await expect(reason).to_be_focused()
        assert await was_never_left(page)
        await page.reload()
        await expect(reason).to_have_value("不归我们管")

    async def test_leaves_nothing_that_was_typed_after_signing_out(
        self, page: Page, desk: ServedDesk
    ) -> None:
        typed, path = await page.context.new_page(), f"/cases/{case_of('8')}"
        for tab in (page, typed):
            await handler_at(tab, desk, path)
            await tab.locator("summary", has_text="退单").click()
            await tab.locator("details[open] [name=reason]").fill("不归我们管")
        await page.goto(f"{desk.url}/me")
        await page.get_by_role("button", name="退出").click()
        for tab in (page, typed):
            await tab.wait_for_url("**/signed-out")
            assert await tab.evaluate("sessionStorage.length") == 0
        desk.forget_who_is_signed_in()

    async def test_keeps_what_was_typed_as_a_session_ends_for_who_typed_it_alone(
        self, page: Page, desk: ServedDesk
    ) -> None:
        path = f"/cases/{case_of('8')}"
        reason = page.locator("details[open] [name=reason]")
        await handler_at(page, desk, path)
        await page.locator("summary", has_text="退单").click()
        await reason.fill("不归我们管")
        [cookie] = await page.context.cookies()
        await sign_out(str(cookie.get("value")), identity=desk.desk.identity)
        await page.goto(f"{desk.url}{path}")
        await expect(page).to_have_url(re.compile("/sign-in"))
        desk.forget_who_is_signed_in()
        await handler_at(page, desk, path)
        await expect(reason).to_have_value("不归我们管")
        await desk.sign_in(page, ActingRole.SHIFT_LEAD)
        await page.goto(f"{desk.url}{path}")
        assert await page.evaluate("sessionStorage.length") == 0

    async def test_leaves_open_what_somebody_opened(
        self, page: Page, desk: ServedDesk, bench: DeskBench
    ) -> None:
        await handler_at(page, desk, f"/cases/{case_of('8')}")
        mine = FilePayload(name="a.jpg", mimeType="image/jpeg", buffer=photo())
        await page.locator(".bring input[type=file]").set_input_files(mine)
        await page.locator(".bring button").click()
        await page.locator(".shelf summary").click()
        await tell(bench, merged("81", into="8", at=AFTERNOON))
        await expect(page.locator("#head .mark")).to_contain_text("2 人反映")
        await page.get_by_role("button", name="撤下").click()
        await expect(page.locator(".shelf")).to_have_count(0)

    async def test_keeps_which_photos_were_chosen_through_a_reload(
        self, page: Page, desk: ServedDesk
    ) -> None:
        await handler_at(page, desk, f"/cases/{case_of('2')}")
        await page.locator("summary", has_text="办结").click()
        choice = page.locator("details[open] .choice").first
        await choice.locator("summary").click()
        await choice.locator("input").nth(1).check()
        await page.reload()
        await expect(choice.locator("input").nth(1)).to_be_checked()
        await expect(choice.locator("input:checked")).to_have_count(1)

    async def test_forgets_what_was_typed_once_it_was_sent(
        self, page: Page, desk: ServedDesk
    ) -> None:
        await handler_at(page, desk, f"/cases/{case_of('8')}")
        await page.locator("summary", has_text="退单").click()
        form = page.locator("details[open] form")
        await form.locator("[name=reason]").fill("不归我们管")
        assert await page.evaluate("sessionStorage.length") == 1
        await form.get_by_role("button", name="退单").click()
        await page.wait_for_url("**said=*")
        assert await page.evaluate("sessionStorage.length") == 0

    async def test_names_whoever_else_looks_at_it(self, opens: Opens, desk: ServedDesk) -> None:
        path = f"/cases/{case_of('8')}"
        mine, theirs = await opens(View()), await opens(View())
        await handler_at(mine, desk, path)
        await desk.sign_in(theirs, ActingRole.SUPERVISOR)
        await expect(mine.locator("#others")).to_be_hidden()
        await theirs.goto(f"{desk.url}{path}")
        await expect(mine.locator("#others")).to_have_text("supervisor by name 也在查看此案")
        await expect(theirs.locator("#others")).to_contain_text("handler-urban-management by name")
        await theirs.goto(f"{desk.url}/cases?open=true")
        await expect(mine.locator("#others")).to_be_hidden()
        assert await was_never_left(mine)
