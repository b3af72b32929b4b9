"""The pages of signing in with a password, and out."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.desk.http.entrance import (
    GO,
    SIGN_IN,
    SIGN_OUT,
    SIGNED_OUT,
    Entrance,
    entered,
    led_to,
)
from services.desk.http.form import fields_of
from services.desk.http.site import SESSION, START, inside
from services.desk.http.watch import By, Outcome
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import LEAVING, page
from services.desk.use_cases import lasting
from services.desk.use_cases.identity import NotLetIn, TooSoon
from services.desk.use_cases.provider import Provider, ProviderAway
from services.desk.use_cases.sign_in import Given, sign_in


def sign_in_router(frame: Frame, entrance: Entrance) -> APIRouter:
    """Return the routes of signing in with a password, and out."""
    router = APIRouter(include_in_schema=False)
    door = _Door(frame, entrance)
    router.add_api_route(SIGN_IN, door.ask, methods=["GET"])
    router.add_api_route(SIGN_IN, door.enter, methods=["POST"])
    router.add_api_route(SIGN_OUT, door.leave, methods=["POST"])
    router.add_api_route(SIGNED_OUT, door.left, methods=["GET"])
    return router


class _Door:
    """The form that asks for a password, and the way out."""

    def __init__(self, frame: Frame, entrance: Entrance) -> None:
        self._frame, self._entrance = frame, entrance
        self._site, self._identity = entrance.site, entrance.identity
        self._watch = entrance.watch

    def ask(self, request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
        self._site.check(request)
        return self._page(request, leads_to=inside(next))

    async def enter(self, request: Request) -> Response:
        self._site.check(request)
        given = await fields_of(request)
        leads_to = inside(given.get("next", ""))
        typed = Given(
            person=given.get("person", "").strip(),
            password=given.get("password", ""),
            code=given.get("code", ""),
        )
        browser = self._site.browser(request)
        try:
            token = await sign_in(typed, browser, identity=self._identity)
        except (NotLetIn, TooSoon) as why:
            outcome = Outcome.REFUSED if isinstance(why, NotLetIn) else Outcome.TOO_SOON
            self._watch.turned_away(By.PASSWORD, outcome, browser)
            return self._page(request, leads_to=leads_to, person=typed.person, why=why)
        self._watch.let_in(By.PASSWORD, browser, person=typed.person)
        return entered(self._site, request, token, leads_to=leads_to)

    async def leave(self, request: Request) -> Response:
        """End the session, and lead to the provider's own end where it began there."""
        site, provider = self._site, self._entrance.provider
        who = await site.who(request, identity=self._identity)
        out = SIGNED_OUT
        if who is not None:
            if who.session.by_provider and provider is not None:
                back = site.address_of(request, SIGNED_OUT)
                out = await _way_out(provider, back) or out
            await lasting.end_own(who, who.session.token_hash, identity=self._identity)
        answer = led_to(out)
        site.drop(request, answer, SESSION)
        return answer

    async def left(self, request: Request) -> Response:
        """Tell that nobody is signed in here; who is goes on where they begin."""
        if await self._site.who(request, identity=self._identity) is not None:
            return led_to(START)
        reader = self._frame.for_anybody(request)
        return page("signed_out.html", reader, way=SIGN_IN, leaving=LEAVING.path)

    def _page(
        self,
        request: Request,
        *,
        leads_to: str,
        person: str = "",
        why: NotLetIn | TooSoon | None = None,
    ) -> Response:
        query = urlencode({"next": leads_to})
        here = SIGN_IN if leads_to == START else f"{SIGN_IN}?{query}"
        reader = self._frame.for_anybody(request, here=here)
        status, told, headers = 200, "", {}
        if isinstance(why, NotLetIn):
            status, told = 401, reader.say("sign_in.wrong")
        elif why is not None:
            seconds = str(round(why.seconds))
            status, told = 429, reader.say("sign_in.wait", seconds=seconds)
            headers = {"Retry-After": seconds}
        return page(
            "sign_in.html",
            reader,
            status=status,
            headers=headers,
            told=told,
            person=person,
            next=leads_to,
            provider="" if self._entrance.provider is None else f"{GO}?{query}",
        )


async def _way_out(provider: Provider, back: str) -> str | None:
    try:
        return await provider.way_out(back_to=back)
    except ProviderAway:
        return None
