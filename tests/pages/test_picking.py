"""A click on the map says the place that lies under it, however small the screen."""

import pytest
from playwright.async_api import Page, expect

from schemas.roles import ActingRole
from tests.pages.conftest import Opens
from tests.support.browser.launched import View
from tests.support.browser.served_desk import ServedDesk

GRID = "36011100300103"


async def at_form(page: Page, desk: ServedDesk) -> None:
    await desk.sign_in(page, ActingRole.ACCEPTOR)
    await page.goto(f"{desk.url}/report")
    await page.locator("[name=description]").fill("路灯不亮")


class TestClick:
    @pytest.mark.parametrize("width", [390, 300, 1440])
    async def test_is_right_on_any_screen_without_scripts(
        self, opens: Opens, desk: ServedDesk, width: int
    ) -> None:
        page = await opens(View(scripts=False, width=width))
        await at_form(page, desk)
        await page.locator("[name=map]").click(position={"x": 160, "y": 110})
        await expect(page.locator("[name='place.grid']")).to_have_value(GRID)
        # The grid fills its picture: 0.004 degrees are 280 pixels high, and 246 wide.
        await page.locator("[name=map]").click(position={"x": 100, "y": 160})
        await expect(page.locator("#where [role=status]")).to_be_visible()
        told = await page.locator("[name='place.point']").get_attribute("value") or ""
        longitude, latitude = map(float, told.split(","))
        assert longitude == pytest.approx(115.9589 + 0.0003, abs=0.0002)
        assert latitude == pytest.approx(28.688, abs=0.0003)
        await expect(page.locator("[name=description]")).to_have_value("路灯不亮")

    async def test_is_not_what_the_enter_key_does(self, page: Page, desk: ServedDesk) -> None:
        await at_form(page, desk)
        await page.locator("[name='place.grid']").fill(GRID)
        await page.keyboard.press("Enter")
        await expect(page.locator(".proposal")).to_be_visible()
        assert page.url == f"{desk.url}/report"
        # Nor does a key on the map put the place into its corner.
        await page.locator("[name=map]").focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{desk.url}/report#where")
        await expect(page.locator("[name='place.point']")).to_have_count(0)
