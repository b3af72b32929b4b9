"""`python -m tests.support.browser.shots` draws every page into `build/desk/`, to be looked at."""

import asyncio
import sys
from contextlib import AsyncExitStack
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page

from services.kit.sql.database import sqlite_url
from tests.support.browser.checks import keep_picture
from tests.support.browser.every_page import EVERY_PAGE
from tests.support.browser.launched import HEIGHT, LANGUAGES, WIDTHS, View, launched, opened
from tests.support.browser.served_desk import served
from tests.support.databases import opened as opened_database
from tests.support.desk_town import furnished
from tests.support.sources import ROOT

PICTURES = ROOT / "build" / "desk"


async def draw(*names: str) -> None:
    """Draw the pages of these names in both languages at every width."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        town = sqlite_url(folder / "desk.sqlite")
        await furnished(town)
        database = await stack.enter_async_context(opened_database(town))
        desk = await stack.enter_async_context(served(database))
        browser = await stack.enter_async_context(launched(folder))
        for name, language in product(names, LANGUAGES):
            async with opened(browser, View(language=language)) as page:
                await EVERY_PAGE[name](page, desk)
                for width in WIDTHS:
                    await _grow(page, width)
                    await keep_picture(page, PICTURES / f"{name}-{language[:2]}-{width}.png")


async def _grow(page: Page, width: int) -> None:
    """Make the window as high as its page, so that what stays at its foot is drawn there."""
    await page.set_viewport_size({"width": width, "height": HEIGHT})
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": width, "height": height})


def main() -> str | None:
    """Draw the pages that are named, or all."""
    names = sys.argv[1:] or list(EVERY_PAGE)
    if unknown := set(names) - set(EVERY_PAGE):
        return f"No such page: {', '.join(sorted(unknown))}. There are: {', '.join(EVERY_PAGE)}."
    asyncio.run(draw(*names))
    print(f"{len(names)} pages are drawn in {PICTURES}")  # noqa: T201 - what a command says
    return None


if __name__ == "__main__":
    sys.exit(main())
