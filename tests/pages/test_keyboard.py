"""One walk through the desk with the keyboard alone, and what its keys never do."""

import pytest
from playwright.async_api import Page, expect

from schemas.roles import ActingRole
from tests.support.browser.checks import Checks
from tests.support.browser.launched import View
from tests.support.browser.served_desk import ServedDesk


async def typed(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def search_for(page: Page, text: str) -> None:
    """Go to the search by its key, and see that no key does anything while somebody types."""
    await typed(page, "/")
    field = page.locator("input[type=search]")
    await expect(field).to_be_focused()
    await page.keyboard.type(text)
    await expect(field).to_have_value(text)
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def switch_off(page: Page) -> None:
    """Switch the keys off in the help, which a link opens, too."""
    await page.get_by_role("link", name="Keyboard shortcuts").click()
    await page.get_by_role("button", name="Switch single keys off").click()
    await expect(page.locator("dialog")).to_have_count(0)


@pytest.mark.parametrize("view", [View(language="en")])
class TestKeys:
    async def test_lead_through_a_list_to_a_case_and_on(
        self, page: Page, desk: ServedDesk, checked: Checks
    ) -> None:
        await desk.sign_in(page, ActingRole.HANDLER, department="urban-management")
        await page.goto(f"{desk.url}/cases?open=true")
        links, help_ = page.locator(".cases > li > a"), page.get_by_role("dialog")
        await typed(page, "j")
        await expect(links.nth(0)).to_be_focused()
        await typed(page, "j", "j", "k")
        await expect(links.nth(1)).to_be_focused()
        await search_for(page, "jk?gs/")
        await links.nth(1).focus()
        await typed(page, "?")
        await expect(help_).to_be_visible()
        assert await checked(page) == []
        await typed(page, "j", "Escape")  # what is behind the help stays as it is
        await expect(help_).to_be_hidden()
        await expect(links.nth(1)).to_be_focused()
        address = await links.nth(1).get_attribute("href")
        await typed(page, "Enter")
        await expect(page).to_have_url(f"{desk.url}{address}")
        await typed(page, "g", "s")
        await expect(page).to_have_url(f"{desk.url}/cases?unsigned=true")
        await switch_off(page)
        await typed(page, "j")
        await expect(page.locator("body")).to_be_focused()
