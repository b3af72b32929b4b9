"""A desk on a town's afternoon that a browser can ask, and people who are signed in there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import Page

from schemas.roles import ActingRole
from services.desk.domain.people import needs_second_factor
from services.desk.http.site import SESSION
from services.desk.pages.frame import Frame
from services.desk.use_cases.provider import Provider, Registered
from services.kit.sql.database import Database
from tests.support.browser.serving import serving
from tests.support.desk import Desk, desk_on
from tests.support.desk_pages import pages_of
from tests.support.desk_town import AFTERNOON
from tests.support.notifier import the_plan

_NOBODY: Final = "http://127.0.0.1:1"
"""Nobody listens at this port."""


@dataclass
class ServedDesk:
    """A desk's pages behind a port. Whoever has the same roles twice is the same person."""

    desk: Desk
    url: str
    _tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    async def sign_in(self, page: Page, *roles: ActingRole, department: str = "") -> None:
        """Give a page the session of somebody with these roles, and a second factor if need be."""
        known = (*roles, department) if department else roles
        if known not in self._tokens:
            token = await self.desk.let_in(
                "-".join(known), *roles, departments=[department] if department else ()
            )
            if needs_second_factor(frozenset(roles)):
                token, _ = await self.desk.with_factor(token)
            self._tokens[known] = token
        token = self._tokens[known]
        await page.context.add_cookies([{"name": SESSION, "value": token, "url": self.url}])


@asynccontextmanager
async def served(town: Database) -> AsyncIterator[ServedDesk]:
    """Serve a desk's pages of a town's afternoon; the city's provider of identities is away."""
    desk = desk_on(town)
    desk.clock.now = AFTERNOON
    away = Provider(Registered(issuer=_NOBODY, client_id="desk"), clock=desk.clock)
    frame = Frame(database=town, clock=desk.clock, plan=the_plan)
    async with serving(pages_of(desk, provider=away, frame=frame)) as url:
        yield ServedDesk(desk, url)
