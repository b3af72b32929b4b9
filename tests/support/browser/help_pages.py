"""The pages of asking another department to help, and how one comes there."""

import re
from typing import TYPE_CHECKING, Final

from playwright.async_api import Page, expect

from schemas.roles import ActingRole
from tests.support.notifier import case_of

if TYPE_CHECKING:
    from tests.support.browser.every_page import Way
    from tests.support.browser.served_desk import ServedDesk

_CASE: Final = f"/cases/{case_of('5')}"
_TO_SIGN: Final = "/cases?unsigned=true"
_ACTION: Final = re.compile("请其他部门协办|Ask a department to help")


async def _asking(page: Page, desk: "ServedDesk") -> None:
    """See the form that asks for help, with a standard text in its box."""
    await _handler_at(_CASE, "urban-management")(page, desk)
    await page.locator(".actions summary", has_text=_ACTION).click()
    form = page.locator("details[open] form")
    await form.locator("[name=department]").select_option("fire")
    await form.locator("[name=text]").select_option("co-handler-needed")
    await form.locator("[name=use]").click()
    await expect(page.locator("details[open] [name=reason]")).not_to_be_empty()


def _handler_at(path: str, department: str) -> "Way":
    """Return the way to a page for somebody of a department."""

    async def way(page: Page, desk: "ServedDesk") -> None:
        await desk.sign_in(page, ActingRole.HANDLER, department=department)
        await page.goto(f"{desk.url}{path}")

    return way


HELP_PAGES: Final[dict[str, "Way"]] = {
    "case-asking-for-help": _asking,
    "case-asked": _handler_at(_CASE, "police"),
    "list-asked": _handler_at(_TO_SIGN, "police"),
}
