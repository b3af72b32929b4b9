"""A case from the call to the resident's page, by those who handle it."""

from typing import Final

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from schemas.roles import ActingRole
from tests.pages.conftest import Opens
from tests.support.browser.checks import Checks
from tests.support.browser.house import House, do, state
from tests.support.browser.launched import View
from tests.support.browser.served_desk import ServedDesk
from tests.support.desk_files import photo
from tests.support.notifier import case_of
from tests.support.report_links import path_of

LEAD: Final = "urban-management"
PHONE: Final = View(width=390, touch=True)
SILENT: Final = View(scripts=False)
CASE: Final = f"/cases/{case_of()}"


@pytest.fixture
def desk(house: House) -> ServedDesk:
    """Return the house's desk: it answers until the last page is closed."""
    return house.desk


def led_alone(house: House, category: str) -> None:
    """Let the plan name nobody who helps with such cases."""
    plan = house.hears.plan
    known = plan.category(category).model_copy(update={"co_handlers": ()})
    categories = {**plan.categories, category: known}
    house.hears.plan = plan.model_copy(update={"categories": categories})


async def finish(page: Page, result: str) -> None:
    """Say that it is done, with a photo from before and one from after."""
    await page.locator("summary", has_text="办结").click()
    form = page.locator("details[open] form")
    for name, colour in (("before_photo", "brown"), ("after_photo", "green")):
        taken = FilePayload(name="1.jpg", mimeType="image/jpeg", buffer=photo(colour=colour))
        await form.locator(f"[type=file][name='evidence.{name}']").set_input_files(taken)
    await form.locator("[name=result]").fill(result)
    await form.locator("button:not([hidden], [name=use])").click()


class TestHandler:
    async def test_works_a_case_through_with_the_police_and_the_resident_reads_of_it(
        self, house: House, opens: Opens, checked: Checks
    ) -> None:
        led_alone(house, "E0496")
        page, officer, checker = [await opens(view) for view in (View(), PHONE, View())]
        await house.show(page, "/", ActingRole.HANDLER, department="fire")
        await house.report(category="E0496", told="消防通道被一辆货车堵住")
        await page.locator(f"#case-{case_of()} a").click()
        await do(page, "签收")
        await expect(state(page)).to_have_text("已签收")
        await do(page, "请其他部门协办", department="police", reason="请联系车主挪车")
        assert await checked(page) == []
        await house.show(officer, "/", ActingRole.HANDLER, department="police")
        asked = officer.locator(f"#case-{case_of()} .wanted")
        await expect(asked).to_have_text("消防救援请求协办：请联系车主挪车")
        await asked.tap()
        await do(officer, "签收")
        await do(officer, "办结", result="车主已到场挪车")
        await expect(page.locator(".story")).to_contain_text("车主已到场挪车")
        await do(page, "开始处置")
        await finish(page, "通道已畅通")
        await expect(page.locator("img")).to_have_count(2)
        await house.show(checker, CASE, ActingRole.SUPERVISOR, department="supervision")
        await do(checker, "核查通过")
        await expect(state(page)).to_have_text("已结案")
        resident = await opens(PHONE)
        await resident.goto(f"{house.desk.url}{path_of()}")
        await expect(resident.locator(".standing")).to_contain_text("通道已畅通")

    async def test_reads_that_a_resident_finds_it_not_solved(
        self, house: House, opens: Opens, checked: Checks
    ) -> None:
        await house.report()
        await house.hears.both.say(LEAD, "accepted", "started", "done")
        page, resident = await opens(View()), await opens(PHONE)
        await house.show(page, CASE, ActingRole.HANDLER, department=LEAD)
        await expect(state(page)).to_have_text("已结案")
        await resident.goto(f"{house.desk.url}{path_of()}")
        await resident.get_by_text("问题没有解决").click()
        await resident.get_by_label("哪里还没有解决").fill("旁边又堆了一堆")
        await resident.get_by_role("button", name="提交").click()
        await expect(resident.get_by_role("status")).to_contain_text("重新办理")
        assert await checked(resident) == []
        await expect(page.locator(".story")).to_contain_text("旁边又堆了一堆")

    async def test_needs_no_script_for_any_of_it(self, house: House, opens: Opens) -> None:
        await house.report()
        page = await opens(SILENT)
        await house.show(page, "/", ActingRole.HANDLER, department=LEAD)
        await page.locator(f"#case-{case_of()} a").click()
        await do(page, "签收")
        await do(page, "开始处置")
        await finish(page, "垃圾已清运")
        await expect(state(page)).to_have_text("已结案")
        await page.goto(f"{house.desk.url}{path_of()}")
        await expect(page.locator(".standing")).to_contain_text("垃圾已清运")

    async def test_needs_no_mouse(self, house: House, opens: Opens) -> None:
        await house.report()
        page = await opens(View())
        await house.show(page, "/", ActingRole.HANDLER, department=LEAD)
        await tab_to(page, page.locator(f"#case-{case_of()} > a"))
        await page.keyboard.press("Enter")
        await tab_to(page, page.get_by_role("button", name="签收", exact=True))
        await page.keyboard.press("Enter")
        await expect(state(page)).to_have_text("已签收")
        await tab_to(page, page.locator("summary", has_text="反馈进展"))
        await page.keyboard.press("Enter")
        await tab_to(page, page.locator("details[open] [name=note]"))
        await page.keyboard.type("在路上")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator(".story")).to_contain_text("在路上")


async def tab_to(page: Page, wanted: Locator) -> None:
    """Go on with the Tab key until something has the focus."""
    await wanted.wait_for()
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail("the Tab key does not come there")


class TestPolice:
    async def test_help_from_a_phone_with_one_thumb(
        self, house: House, opens: Opens, checked: Checks
    ) -> None:
        await house.report()
        dispatcher, officer = await opens(View()), await opens(PHONE)
        await house.show(officer, "/", ActingRole.HANDLER, department="police")
        await house.show(dispatcher, CASE, ActingRole.DISPATCHER)
        await do(dispatcher, "请其他部门协办", department="police", reason="需要维持秩序")
        await officer.locator(f"#case-{case_of()} a").tap()
        accept = officer.get_by_role("button", name="签收", exact=True)
        box = await accept.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        await accept.tap()
        await expect(officer.locator(".said")).to_contain_text("已生效")
        assert await checked(officer) == []
        await officer.get_by_role("button", name="开始处置").tap()
        await officer.locator("summary", has_text="办结").tap()
        await officer.locator("details[open] [name=result]").fill("现场已疏导")
        await officer.locator("details[open] button:not([hidden], [name=use])").tap()
        await expect(dispatcher.locator(".story")).to_contain_text("现场已疏导")


class TestTwoPeople:
    async def test_do_not_write_over_each_other(
        self, house: House, opens: Opens, checked: Checks
    ) -> None:
        await house.report()
        mine, theirs = await opens(SILENT), await opens(View())
        await house.show(mine, CASE, ActingRole.HANDLER, department=LEAD)
        await house.show(theirs, CASE, ActingRole.SHIFT_LEAD)
        await mine.locator("summary", has_text="退单").click()
        await mine.locator("details[open] [name=reason]").fill("不归我们管")
        await do(theirs, "督办", supervised_for="区政府", reason="多次反映")
        await mine.locator("details[open] form button:not([hidden], [name=use])").click()
        await expect(mine.get_by_role("alert")).to_contain_text("案件已有变化")
        await expect(mine.get_by_role("alert")).to_contain_text("shift_lead")
        await expect(mine.locator("details[open] [name=reason]")).to_have_value("不归我们管")
        assert await checked(mine) == []
        await mine.locator("details[open] form button:not([hidden], [name=use])").click()
        await expect(theirs.locator(".story")).to_contain_text("不归我们管")
