"""Signing in and out with nothing but a keyboard, with scripts and without."""

import pytest
from playwright.async_api import Page, expect

from schemas.roles import ActingRole
from tests.support.browser.launched import View
from tests.support.browser.served_desk import ServedDesk
from tests.support.desk import BETTER, GOOD

VIEWS = pytest.mark.parametrize(
    "view", [View(scripts=True), View(scripts=False)], ids=["with-scripts", "without"]
)


async def focused(page: Page) -> str:
    """Return what has the focus, by its name in a form or by what stands on it."""
    name: str = await page.evaluate(
        "(document.activeElement.name || document.activeElement.innerText).trim()"
    )
    return name


async def tabbed(page: Page, times: int) -> list[str]:
    """Press Tab and return what has the focus after each."""
    found = []
    for _ in range(times):
        await page.keyboard.press("Tab")
        found.append(await focused(page))
    return found


class TestSigningIn:
    @VIEWS
    async def test_goes_through_the_form_by_keyboard_and_out_again(
        self, page: Page, desk: ServedDesk
    ) -> None:
        await desk.desk.let_in("li", ActingRole.HANDLER)
        await page.goto(f"{desk.url}/sign-in")
        frame = ["跳到正文", "同心", "English"]
        assert await tabbed(page, 5) == [*frame, "使用统一身份登录", "person"]
        await page.keyboard.type("li")
        assert await tabbed(page, 1) == ["password"]
        await page.keyboard.type(GOOD)
        assert await tabbed(page, 2) == ["code", "登录"]
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{desk.url}/cases?unsigned=true")
        await page.goto(f"{desk.url}/me")
        await expect(page.locator("main")).to_contain_text("li by name")
        while await focused(page) != "退出":
            assert await tabbed(page, 1) != [""]  # past the last one
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{desk.url}/signed-out")
        await page.goto(f"{desk.url}/me")
        await expect(page).to_have_url(f"{desk.url}/sign-in?next=/me")

    @VIEWS
    async def test_in_vain_is_told_first_and_keeps_the_name(
        self, page: Page, desk: ServedDesk
    ) -> None:
        await page.goto(f"{desk.url}/sign-in")
        await page.get_by_label("编号").fill("li")
        await page.get_by_label("密码").fill("not the password")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("不对")
        await expect(page.get_by_label("编号")).to_have_value("li")
        await expect(page.get_by_label("密码")).to_have_value("")

    async def test_asks_for_what_is_missing(self, page: Page, desk: ServedDesk) -> None:
        await page.goto(f"{desk.url}/sign-in")
        await page.get_by_label("编号").fill("li")
        await page.keyboard.press("Enter")
        assert await focused(page) == "password"  # the browser itself says why
        await expect(page).to_have_url(f"{desk.url}/sign-in")

    @VIEWS
    async def test_for_the_first_time_leads_to_ones_list(
        self, page: Page, desk: ServedDesk
    ) -> None:
        await desk.desk.add("li", ActingRole.HANDLER)
        await page.goto(f"{desk.url}/first/{await desk.desk.link('li')}")
        assert await tabbed(page, 4) == ["跳到正文", "同心", "English", "password"]
        await page.keyboard.type(GOOD)
        assert await tabbed(page, 1) == ["again"]
        await page.keyboard.type(GOOD)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{desk.url}/cases?unsigned=true")

        await page.goto(f"{desk.url}/me")
        await page.locator("form[action='/me/password'] input[name=old]").fill(GOOD)
        for name in ("password", "again"):
            assert await tabbed(page, 1) == [name]
            await page.keyboard.type(BETTER)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_count(0)
        await page.context.clear_cookies()
        await page.goto(f"{desk.url}/sign-in")
        await page.get_by_label("编号").fill("li")
        await page.get_by_label("密码").fill(BETTER)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{desk.url}/cases?unsigned=true")
