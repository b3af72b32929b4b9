"""The page behind a one-time link: whoever opens it sets a password, and is in."""

from collections.abc import Mapping
from contextlib import suppress

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.desk.domain.passwords import LEAST_CHARACTERS
from services.desk.domain.people import needs_second_factor
from services.desk.http.entrance import ACCOUNT, FIRST, SIGN_IN, Entrance, entered
from services.desk.http.form import fields_of
from services.desk.http.site import START
from services.desk.http.watch import By, Outcome
from services.desk.pages.account_page import twice, unfit
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import page
from services.desk.use_cases import accounts
from services.desk.use_cases.identity import Browser, NotLetIn, TooSoon, Unfit
from services.desk.use_cases.sign_in import Given, sign_in


def first_password_router(frame: Frame, entrance: Entrance) -> APIRouter:
    """Return the routes of a one-time link."""
    router = APIRouter(include_in_schema=False)
    first = _First(frame, entrance)
    router.add_api_route(FIRST + "{token}", first.ask, methods=["GET"])
    router.add_api_route(FIRST + "{token}", first.enter, methods=["POST"])
    return router


class _First:
    """The form behind a one-time link."""

    def __init__(self, frame: Frame, entrance: Entrance) -> None:
        self._frame = frame
        self._site, self._identity = entrance.site, entrance.identity
        self._watch = entrance.watch

    async def ask(self, request: Request, token: str) -> Response:
        self._site.check(request)
        try:
            person = await accounts.invited(token, identity=self._identity)
        except NotLetIn:
            return self._no_link(request)
        return self._page(request, person.id)

    async def enter(self, request: Request, token: str) -> Response:
        self._site.check(request)
        given = await fields_of(request)
        browser, identity = self._site.browser(request), self._identity
        try:
            person = await accounts.invited(token, identity=identity)
            begun = await accounts.first_password(token, twice(given), browser, identity=identity)
        except NotLetIn:
            return await self._by_password(request, given, browser)
        except Unfit as why:
            return self._page(request, given.get("person", ""), why=why)
        self._watch.let_in(By.LINK, browser, person=person.id)
        # Roles that decide bring nothing yet, and the account says why.
        waits = needs_second_factor(person.described.roles)
        return entered(self._site, request, begun, leads_to=ACCOUNT if waits else START)

    async def _by_password(
        self, request: Request, given: Mapping[str, str], browser: Browser
    ) -> Response:
        """Let in whoever sends the form twice: the link is used, and the password is theirs."""
        typed = Given(person=given.get("person", ""), password=given.get("password", ""))
        begun = None
        if typed.person:
            with suppress(NotLetIn, TooSoon):
                begun = await sign_in(typed, browser, identity=self._identity)
        if begun is None:
            self._watch.turned_away(By.LINK, Outcome.REFUSED, browser)
            return self._no_link(request)
        self._watch.let_in(By.PASSWORD, browser, person=typed.person)
        return entered(self._site, request, begun, leads_to=START)

    def _page(self, request: Request, person: str, *, why: Unfit | None = None) -> Response:
        # The page and its form have one address, whose path has the token.
        reader = self._frame.for_anybody(request, here=request.url.path)
        return page(
            "first_password.html",
            reader,
            status=200 if why is None else 422,
            person=person,
            least=LEAST_CHARACTERS,
            told="" if why is None else unfit(why, reader),
        )

    def _no_link(self, request: Request) -> Response:
        reader = self._frame.for_anybody(request, here=SIGN_IN)
        return page("not_in.html", reader, status=404, name="first.title", told="first.no_link")
