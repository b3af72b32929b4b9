"""A day at the desk of a shift lead, a supervisor, an operator, and an administrator."""

from typing import Final

import pytest
from playwright.async_api import Page, expect

from schemas.roles import ActingRole
from tests.pages.conftest import Opens
from tests.support.browser.checks import Checks
from tests.support.browser.house import House, do, state
from tests.support.browser.launched import View
from tests.support.browser.served_desk import ServedDesk
from tests.support.desk import GOOD
from tests.support.notifier import case_of

CASE: Final = f"/cases/{case_of('1')}"
OTHER: Final = f"/cases/{case_of('2')}"


@pytest.fixture
def desk(house: House) -> ServedDesk:
    """Return the house's desk: it answers until the last page is closed."""
    return house.desk


class TestShiftLead:
    async def test_reassigns_merges_takes_that_back_and_tells_many(
        self, house: House, page: Page, checked: Checks
    ) -> None:
        await house.report("1")
        await house.report("2")
        await house.show(page, CASE, ActingRole.SHIFT_LEAD)
        await do(page, "派给其他部门", department="housing", reason="小区内部道路")
        await expect(page.locator(".parts")).to_contain_text("住")
        await page.goto(f"{house.desk.url}{OTHER}")
        await page.get_by_role("link", name="对比并案").click()
        await page.locator("[name=reason]").fill("同一处垃圾")
        assert await checked(page) == []
        await page.get_by_role("button", name="并案").click()
        await expect(state(page)).to_have_text("已并案")
        await do(page, "解除并案", reason="其实是两处")
        await expect(state(page)).not_to_have_text("已并案")
        await page.goto(f"{house.desk.url}/cases?open=true")
        await page.locator("select[name=kind]").select_option("case.annotate")
        await page.get_by_role("button", name="符合条件的全部案件").click()
        await page.locator("[name=note]").fill("台风过后统一巡查")
        await page.get_by_role("button", name="提交 2 件").click()
        await expect(page.get_by_role("status").locator("dd").first).to_have_text("2")
        assert await checked(page) == []
        await page.goto(f"{house.desk.url}{CASE}")
        await expect(page.locator(".story")).to_contain_text("台风过后统一巡查")


class TestSupervisor:
    async def test_sees_what_is_late_supervises_it_and_prints_it(
        self, house: House, page: Page, checked: Checks
    ) -> None:
        await house.report()
        await house.hears.both.say("urban-management", "accepted", "started")
        await house.pass_time(days=2)
        await house.show(page, "/", ActingRole.SUPERVISOR)
        late = page.locator(".figures .loud a")
        await expect(late).to_contain_text("1")
        await expect(page.locator("tr.late th")).to_have_count(1)
        assert await checked(page) == []
        await late.click()
        await page.locator(f"#case-{case_of()} > a").click()
        await do(page, "督办", supervised_for="区政府", reason="多次反映")
        await expect(page.locator("#head .mark").filter(has_text="督办")).to_be_visible()
        await page.get_by_role("link", name="地图").first.click()
        await page.locator("tr.late td a").first.click()
        await page.locator(f"#case-{case_of()} > a").click()
        await page.get_by_role("link", name="打印档案").click()
        await expect(page.locator("main")).to_contain_text("多次反映")
        assert await checked(page) == []


class TestOperator:
    async def test_takes_a_call_and_reads_the_promise_back(
        self, house: House, page: Page, checked: Checks
    ) -> None:
        await house.show(page, "/report", ActingRole.ACCEPTOR)
        typed = {
            "description": "路口井盖缺失，有人摔倒",
            "place.address": "昌南路 18 号门前",
            "place.grid": "36011100300103",
            "contact.phone": "138 0013 8000",
        }
        for name, text in typed.items():
            await page.locator(f"[name='{name}']").fill(text)
        await page.get_by_role("button", name="先看一看").click()
        promised = await page.locator(".promised").inner_text()
        assert await checked(page) == []
        await page.get_by_role("button", name="立为新案").click()
        await expect(page.locator(".tell .number")).to_contain_text("您的登记号是")
        at = promised.removeprefix("承诺 ").removesuffix(" 前办结")
        await expect(page.locator(".tell")).to_contain_text(f"我们将在 {at} 前办结")
        assert "138" not in await page.content()
        await page.locator("section.card:not(.tell) a").first.click()
        await expect(page.locator(".description")).to_have_text(typed["description"])


class TestAdministrator:
    async def test_lets_somebody_in_and_out_again(
        self, house: House, opens: Opens, checked: Checks
    ) -> None:
        page, theirs = await opens(View()), await opens(View())
        await house.show(page, "/", ActingRole.ADMINISTRATOR)
        await page.get_by_role("link", name="添加人员").click()
        await page.locator("[name=id]").fill("li.wei")
        await page.locator("[name=name]").fill("李伟")
        await page.locator("[name='role.handler']").check()
        await page.locator("[name='department.1']").select_option("fire")
        await page.get_by_role("button", name="添加人员").click()
        await page.locator("summary", has_text="生成一次性链接").click()
        await page.get_by_role("button", name="生成一次性链接").click()
        link = await page.locator(".secret").inner_text()
        assert await checked(page) == []
        await theirs.goto(link)
        for name in ("password", "again"):
            await theirs.locator(f"input[name={name}]").fill(GOOD)
        await theirs.get_by_role("button", name="设置并登录").click()
        await expect(theirs.locator(".account")).to_have_text("李伟")
        await theirs.get_by_role("link", name="本部门").click()
        await page.goto(f"{house.desk.url}/open-sessions?person=li.wei")
        await page.get_by_role("button", name="结束").click()
        await expect(theirs.locator("#live")).to_contain_text("已退出登录")
        await theirs.reload()
        await expect(theirs.get_by_role("heading", name="登录")).to_be_visible()

    async def test_makes_a_key_that_is_shown_once(self, house: House, page: Page) -> None:
        await house.show(page, "/new-key", ActingRole.ADMINISTRATOR)
        await page.locator("[name=name]").fill("hotline")
        await page.locator("[name='scope.cases.read']").check()
        await page.locator("[name='party.fire']").check()
        await page.get_by_role("button", name="新建密钥").click()
        token = await page.locator(".secret").inner_text()
        await page.goto(f"{house.desk.url}/keys/hotline")
        assert token not in await page.content()
