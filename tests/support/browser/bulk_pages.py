"""The pages of one command for many cases, and how one comes there."""

from typing import TYPE_CHECKING, Final

from playwright.async_api import Page, expect

from schemas.roles import ActingRole

if TYPE_CHECKING:
    from tests.support.browser.every_page import Way
    from tests.support.browser.served_desk import ServedDesk


async def _listed(page: Page, desk: "ServedDesk") -> None:
    """See a list with a box before each case."""
    await desk.sign_in(page, ActingRole.SHIFT_LEAD)
    await page.goto(f"{desk.url}/cases?open=true")


async def _ticked(page: Page, desk: "ServedDesk") -> None:
    """See a list on which two cases are ticked."""
    await _listed(page, desk)
    for pick in (await page.locator(".pick").all())[1:3]:
        await pick.click()
    await expect(page.locator(".pick input:checked")).to_have_count(2)


def _bulk(*, which: str, kind: str, note: str = "") -> "Way":
    """Return the way to the look before one command for many cases, and with a note past it."""

    async def way(page: Page, desk: "ServedDesk") -> None:
        await _listed(page, desk)
        await page.locator("select[name=kind]").select_option(kind)
        await page.locator(f"button[value={which}]").click()
        await page.locator(".said, .bulk").first.wait_for()
        if note:
            await page.locator("textarea[name=note]").fill(note)
            await page.locator("form.stacked button:not([name]):not([hidden])").click()
            await page.locator("#result").wait_for()

    return way


BULK_PAGES: Final[dict[str, "Way"]] = {
    "list-ticked": _ticked,
    "bulk-none": _bulk(which="chosen", kind="case.annotate"),
    "bulk-before": _bulk(which="all", kind="case.supervise"),
    "bulk-sent": _bulk(which="all", kind="case.annotate", note="台风过后统一巡查"),
}
