"""A desk behind a port on which what people do has effect, and how somebody does something."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from playwright.async_api import Locator, Page, expect

from schemas.events.incident import Place as Where
from schemas.roles import ActingRole
from services.desk.migrations import HISTORY as DESKS
from services.intake.migrations import HISTORY as INTAKES
from services.notifier.migrations import HISTORY as NOTIFIERS
from services.router.migrations import HISTORY as ROUTERS
from tests.support.browser.served_desk import ServedDesk, served
from tests.support.databases import Place
from tests.support.desk_town import AFTERNOON
from tests.support.followed import FollowedBench
from tests.support.notifier import registered
from tests.support.shown import DeskBench
from tests.support.taking import Hears


@dataclass
class House:
    """A desk behind a port, and all that happens behind it."""

    desk: ServedDesk
    hears: Hears

    async def report(
        self,
        report: str = "1",
        *,
        address: str = "昌南路 18 号门前",
        category: str = "E0112",
        told: str = "垃圾桶满溢，气味很大",
    ) -> None:
        """Let a case come: of dirt in the street, if nothing else is said."""
        where = Where(grid="36011100300103", address=address)
        fact = registered(category, report=report, at=AFTERNOON, place=where, description=told)
        await self.hears.both.report(fact)

    async def show(self, page: Page, path: str, *roles: ActingRole, department: str = "") -> None:
        """Show a page to somebody who is signed in."""
        await self.desk.sign_in(page, *roles, department=department)
        await page.goto(f"{self.desk.url}{path}")

    async def pass_time(self, **span: float) -> None:
        """Let time pass for everybody, and what is due by then."""
        self.desk.desk.clock.pass_by(timedelta(**span))
        await self.hears.both.pass_time(**span)


@asynccontextmanager
async def housed(place: Place) -> AsyncIterator[House]:
    """Serve a desk without a case, behind which every service hears what it says."""
    async with (
        place.opened(DESKS) as of_desk,
        place.opened(INTAKES) as intake,
        place.opened(ROUTERS) as router,
        place.opened(NOTIFIERS) as notifier,
    ):
        bench = FollowedBench(notifier, desk=DeskBench(of_desk, now=AFTERNOON), now=AFTERNOON)
        hears = Hears(intake=intake, router=router, bench=bench)
        async with served(of_desk, publisher=hears) as desk:
            yield House(desk, hears)


def state(page: Page) -> Locator:
    """Return where a case's page says how far it is."""
    return page.locator("#head .state")


async def do(page: Page, action: str, **typed: str) -> None:
    """Do something with a case: open its form if it has one, fill it in, send it."""
    summary = page.locator("summary", has_text=action)
    form = page.locator("#panel form").filter(
        has=page.get_by_role("button", name=action, exact=True)
    )
    if await summary.count():
        await summary.click()
    for name, text in typed.items():
        filled = form.locator(f"[name='{name}']:not([type=file])")
        if await filled.evaluate("field => field.tagName") == "SELECT":
            await filled.select_option(text)
        else:
            await filled.fill(text)
    await form.get_by_role("button", name=action, exact=True).click()
    await expect(page.locator(".said")).to_contain_text("已生效")
