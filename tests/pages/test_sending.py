"""What becomes of a form that is clicked twice."""

from typing import Final

from playwright.async_api import Page

from schemas.roles import ActingRole
from tests.support.browser.served_desk import ServedDesk

_TWICE_AND_AFTER_COMING_BACK: Final = """() => {
  const held = [], form = document.querySelector("main form");
  addEventListener("submit", (event) => {
    held.push(event.defaultPrevented);
    event.preventDefault();
  });
  form.requestSubmit();
  form.requestSubmit();
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  form.requestSubmit();
  return held;
}"""


class TestForm:
    async def test_that_is_on_its_way_is_not_sent_again(self, page: Page, desk: ServedDesk) -> None:
        await desk.sign_in(page, ActingRole.ADMINISTRATOR)
        await page.goto(f"{desk.url}/new-key")
        await page.locator("[name=name]").fill("prometheus")
        assert await page.evaluate(_TWICE_AND_AFTER_COMING_BACK) == [False, True, False]
