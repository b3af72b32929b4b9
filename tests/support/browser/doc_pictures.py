"""`python -m tests.support.browser.doc_pictures` draws the pictures of docs/desk anew.

They show a town as it may be (`pictured_town`), not the long and hostile texts that pages are
checked with. What each shows is a page that is checked, too.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image
from playwright.async_api import Page

from schemas.roles import ActingRole
from services.desk.store import views
from services.desk.use_cases.people import record
from services.kit.sql.database import Database, sqlite_url
from tests.support.browser.every_page import EVERY_PAGE, Way, signed_in_at
from tests.support.browser.launched import LANGUAGES, View, launched, opened
from tests.support.browser.served_desk import ServedDesk, served
from tests.support.databases import opened as opened_database
from tests.support.desk import described
from tests.support.desk_town import AFTERNOON, furnished
from tests.support.pictured_town import DAYS, pictured
from tests.support.sources import ROOT

FOLDER: Final = ROOT / "docs" / "desk" / "pictures"
_CHINESE, _ENGLISH = LANGUAGES
_PHONE: Final = (390, 844)
_SCREEN: Final = (1180, 760)
_COLOURS: Final = 96

_LOADED: Final = """
Promise.all([...document.images]
  .filter(image => image.checkVisibility() && image.getBoundingClientRect().top < innerHeight)
  .map(image => image.decode()))
"""

_NAMES: Final = {
    ActingRole.HANDLER: "值班员",
    ActingRole.ACCEPTOR: "受理员",
    ActingRole.DISPATCHER: "派遣员",
    ActingRole.SHIFT_LEAD: "值班长",
    ActingRole.SUPERVISOR: "值班领导",
    ActingRole.ADMINISTRATOR: "系统管理员",
}

_PEOPLE: Final = (
    ("cg-1", "城管一组", "urban-management"),
    ("xf-1", "消防值班室", "fire"),
    ("ga-1", "公安指挥台", "police"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture shows: a page of `EVERY_PAGE`, come to by another way if one is given.

    `size` is that of the window, in CSS pixels; what is below it is not drawn.
    """

    page: str
    size: tuple[int, int] = _SCREEN
    language: str = _CHINESE
    way: Way | None = None


async def _call(page: Page, desk: ServedDesk) -> None:
    """Take a report of what is known already."""
    await signed_in_at("/report", ActingRole.ACCEPTOR)(page, desk)
    await page.locator("[name=description]").fill("公交站台旁边的路灯不亮，晚上很黑")
    await page.locator("[name='place.grid']").fill("36011100300109")
    await page.locator("[name='place.address']").fill("湖滨东路公交站台")
    await page.locator("button[value=look]").click()
    await page.wait_for_load_state()


_ADMINISTRATOR: Final = ActingRole.ADMINISTRATOR
PICTURES: Final[dict[str, Picture]] = {
    "list": Picture("list-handler"),
    "list-phone": Picture("list-handler", size=_PHONE),
    "case": Picture("case-done-with-photos", size=(1180, 900)),
    "decide": Picture("case-shift-lead"),
    "case-english": Picture("case-handler", language=_ENGLISH),
    "case-phone": Picture("case-handler", size=_PHONE),
    "dispatch": Picture(
        "list-dispatcher", way=signed_in_at("/cases?open=true", ActingRole.DISPATCHER)
    ),
    "merge": Picture("merge"),
    "overview": Picture("overview", size=(1180, 900)),
    "map": Picture("map"),
    "report": Picture("report-looked", way=_call),
    "resident": Picture("resident-1", size=_PHONE),
    "numbers": Picture("numbers", size=(720, 900)),
    "people": Picture("people", way=signed_in_at("/people", _ADMINISTRATOR)),
    "health": Picture("health", way=signed_in_at("/processes", _ADMINISTRATOR)),
}


async def draw(*names: str) -> None:
    """Draw the pictures of these names."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        town = sqlite_url(folder / "desk.sqlite")
        await furnished(town, life=pictured, days=DAYS)
        database = await stack.enter_async_context(opened_database(town))
        await _furnish(database)
        desk = await stack.enter_async_context(served(database, names=_NAMES))
        browser = await stack.enter_async_context(launched(folder))
        FOLDER.mkdir(exist_ok=True)
        for name in names:
            shown = PICTURES[name]
            width, height = shown.size
            async with opened(browser, View(width=width, language=shown.language)) as page:
                await page.set_viewport_size({"width": width, "height": height})
                await (shown.way or EVERY_PAGE[shown.page])(page, desk)
                await _keep(page, FOLDER / f"{name}.png")


async def _furnish(database: Database) -> None:
    """Let all that was told be shown, and some be known whom an administrator sees."""
    async with database.write() as conn:
        await views.save_seen(conn, {0: AFTERNOON})
        for id_, name, department in _PEOPLE:
            who = described(id_, ActingRole.HANDLER, departments=[department])
            await record(conn, replace(who, name=name), now=AFTERNOON)


async def _keep(page: Page, to: Path) -> None:
    """Keep what the window shows, small: its colours are few."""
    await page.evaluate(_LOADED)
    image = Image.open(BytesIO(await page.screenshot())).convert("RGB")
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(to, optimize=True)


def main() -> str | None:
    """Draw the pictures that are named, or all."""
    names = sys.argv[1:] or list(PICTURES)
    if unknown := set(names) - set(PICTURES):
        return f"No such picture: {', '.join(sorted(unknown))}. There are: {', '.join(PICTURES)}."
    asyncio.run(draw(*names))
    print(f"{len(names)} pictures are drawn in {FOLDER}")  # noqa: T201 - what a command says
    return None


if __name__ == "__main__":
    sys.exit(main())
