"""A desk on a town's afternoon that a browser can ask, and people who are signed in there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Page

from schemas.roles import ActingRole
from services.desk.bounds import FOLLOW_SECONDS
from services.desk.domain.people import needs_second_factor
from services.desk.http.site import SESSION
from services.desk.use_cases.live import Hub
from services.desk.use_cases.people import record
from services.desk.use_cases.provider import Provider, Registered
from services.kit.http.door import Publishes
from services.kit.sql.database import Database
from tests.support.browser.serving import serving
from tests.support.desk import Desk, described, desk_on
from tests.support.desk_pages import frame_of, pages_of
from tests.support.desk_town import AFTERNOON
from tests.support.report_links import plan_with

_NOBODY: Final = "http://127.0.0.1:1"
"""Nobody listens at this port."""


@dataclass
class ServedDesk:
    """A desk's pages behind a port. Whoever has the same roles twice is the same person.

    What is said on them goes to the `publisher`; without one nobody hears it.
    """

    desk: Desk
    publisher: Publishes | None = None
    url: str = ""
    names: Mapping[ActingRole, str] = field(default_factory=dict)
    """What people are called, by their first role; else as they are in tests."""
    hub: Hub = field(init=False)
    _serving: AsyncExitStack = field(default_factory=AsyncExitStack)
    _tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    async def start(self) -> None:
        """Serve, where it did before, if it did; the city's provider of identities is away."""
        desk = self.desk
        self.hub = Hub(desk.database, clock=desk.clock)
        await self.hub.look()  # the first one begins positions anew
        frame = replace(frame_of(desk, plan=plan_with), hub=self.hub)
        away = Provider(Registered(issuer=_NOBODY, client_id="desk"), clock=desk.clock)
        http = pages_of(desk, provider=away, frame=frame, publisher=self.publisher)
        port = urlsplit(self.url).port or 0
        self.url = await self._serving.enter_async_context(serving(http, port=port))
        await self._serving.enter_async_context(followed(self.hub))

    async def stop(self) -> None:
        """Serve no longer."""
        await self._serving.aclose()

    def forget_who_is_signed_in(self) -> None:
        """Let everybody sign in anew."""
        self._tokens.clear()

    async def sign_in(self, page: Page, *roles: ActingRole, department: str = "") -> None:
        """Give a page the session of somebody with these roles, and a second factor if need be."""
        known = (*roles, department) if department else roles
        if known not in self._tokens:
            departments = [department] if department else []
            token = await self.desk.let_in("-".join(known), *roles, departments=departments)
            if roles[0] in self.names:
                who = described("-".join(known), *roles, departments=departments)
                async with self.desk.database.write() as conn:
                    called = replace(who, name=self.names[roles[0]])
                    await record(conn, called, now=self.desk.clock())
            if needs_second_factor(frozenset(roles)):
                token, _ = await self.desk.with_factor(token)
            self._tokens[known] = token
        token = self._tokens[known]
        await page.context.add_cookies([{"name": SESSION, "value": token, "url": self.url}])


@asynccontextmanager
async def followed(hub: Hub) -> AsyncIterator[None]:
    """Let a hub follow what changes, and whose sessions end, as a service does."""

    async def follow() -> None:
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            await hub.look()
            await hub.end_sessions_that_are_over()

    following = asyncio.create_task(follow())
    yield
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


@asynccontextmanager
async def served(
    town: Database,
    *,
    publisher: Publishes | None = None,
    names: Mapping[ActingRole, str] | None = None,
) -> AsyncIterator[ServedDesk]:
    """Serve a desk's pages of a town's afternoon."""
    desk = desk_on(town)
    desk.clock.now = AFTERNOON
    found = ServedDesk(desk, publisher, names=names or {})
    await found.start()
    yield found
    await found.stop()
