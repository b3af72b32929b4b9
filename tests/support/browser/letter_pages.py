"""The page of dead letters, and what it says after a form of it was sent."""

from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import Page

from schemas.roles import ActingRole
from services.desk.domain.audit import Deed, Doer
from services.desk.store import audit
from tests.support.browser.served_desk import ServedDesk

_GONE: Final = "cases.v1/1/7/0"
"""A letter that nobody lists."""


async def _listed(page: Page, desk: ServedDesk) -> None:
    """See the letters of all services but one, which is away."""
    await desk.sign_in(page, ActingRole.ADMINISTRATOR)
    await page.goto(f"{desk.url}/dead-letters")


async def _dismissed(page: Page, desk: ServedDesk) -> None:
    """See that a letter was dismissed, and what is said before another one is."""
    await _listed(page, desk)
    await page.locator("summary").nth(1).click()
    await page.locator("details[open] button").click()
    await page.get_by_role("status").wait_for()
    await page.locator("summary").nth(2).click()


async def _not_replayed(page: Page, desk: ServedDesk) -> None:
    """See that a letter was not replayed, and who asked for that before."""
    deed, by, now = Deed.LETTER_REPLAYED, Doer("he.jun", "何军"), desk.desk.clock()
    async with desk.desk.database.write() as conn:
        await audit.note(conn, deed, _GONE, by=by, now=now, detail="router notifier")
    await _listed(page, desk)
    form = page.locator("form:has([value=replay])").first
    await form.locator("[name=name]").evaluate("(one, name) => one.value = name", _GONE)
    await form.locator("button").click()
    await page.get_by_role("alert").first.wait_for()


LETTER_PAGES: Final[dict[str, Callable[[Page, ServedDesk], Awaitable[object]]]] = {
    "dead-letters": _listed,
    "dead-letter-dismissed": _dismissed,
    "dead-letter-not-replayed": _not_replayed,
}
