"""Sign in by the city's identity provider: the way there, the way back, and its word of an end."""

import logging
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from schemas.plan import OpenIdConnect
from services.desk.http import pages
from services.desk.http.form import fields_of
from services.desk.http.signing_in import Entrance, entered
from services.desk.http.site import VISIT, inside
from services.desk.http.watch import By, Outcome
from services.desk.use_cases.arriving import Arrival, NoRight, arrive, depart, end_by_provider
from services.desk.use_cases.provider import NotBelieved, Provider, ProviderAway

GO: Final = "/sign-in/provider"
BACK: Final = "/sign-in/provider/back"
ENDED: Final = "/sign-in/provider/ended"

_LOG: Final = logging.getLogger(__name__)
_TITLE: Final = "统一身份登录 Sign in with the city's account"
_AWAY: Final = "统一身份平台暂时无法访问。 The identity provider cannot be reached now."
_NOT_BELIEVED: Final = "登录未完成，请重新开始。 The sign-in was not completed: begin again."
_NO_RIGHT: Final = (
    "您的账户在此没有权限，请联系管理员。 Your account has no right here: ask an administrator."
)
_NO_STORE: Final = {"Cache-Control": "no-store"}


def by_provider_router(
    entrance: Entrance, provider: Provider, terms: Callable[[], OpenIdConnect]
) -> APIRouter:
    """Return the routes of signing in by a provider; `terms` are the plan's at that time."""
    router = APIRouter(include_in_schema=False)
    door = _ByProvider(entrance, provider, terms)
    for path, method, endpoint in (
        (GO, "GET", door.go),
        (BACK, "GET", door.back),
        (ENDED, "POST", door.ended),
    ):
        router.add_api_route(path, endpoint, methods=[method])
    return router


class _ByProvider:
    def __init__(
        self, entrance: Entrance, provider: Provider, terms: Callable[[], OpenIdConnect]
    ) -> None:
        self._site, self._identity = entrance.site, entrance.identity
        self._provider, self._terms = provider, terms
        self._watch = entrance.watch

    async def go(self, request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
        self._site.check(request)
        try:
            departure = await depart(
                inside(next),
                redirect_uri=self._site.address_of(request, BACK),
                provider=self._provider,
                identity=self._identity,
            )
        except ProviderAway as away:
            return _away(away)
        answer = RedirectResponse(departure.url, status_code=303, headers=_NO_STORE)
        self._site.keep(request, answer, VISIT, departure.state)
        return answer

    async def back(
        self, request: Request, state: str = "", code: str = "", iss: str = ""
    ) -> Response:
        self._site.check(request)
        kept = self._site.cookie(request, VISIT)
        arrival = Arrival(state=state, code=code, issuer=iss or None, kept_state=kept)
        browser = self._site.browser(request)
        try:
            arrived = await arrive(
                arrival,
                browser,
                redirect_uri=self._site.address_of(request, BACK),
                terms=self._terms(),
                provider=self._provider,
                identity=self._identity,
            )
            self._watch.let_in(By.PROVIDER, browser, person=arrived.person_id)
            answer = entered(self._site, request, arrived.token, leads_to=arrived.leads_to)
        except ProviderAway as away:
            return _away(away)
        except NotBelieved as odd:
            self._watch.turned_away(By.PROVIDER, Outcome.REFUSED, browser, why=str(odd))
            answer = _refused(_NOT_BELIEVED, status=400)
        except NoRight as none:
            self._watch.turned_away(By.PROVIDER, Outcome.NO_RIGHT, browser, why=str(none))
            answer = _refused(_NO_RIGHT, status=403)
        self._site.drop(request, answer, VISIT)
        return answer

    async def ended(self, request: Request) -> Response:
        """Take the provider's word, by its signature, that a session there has ended."""
        self._site.strangers.check(request)
        token = (await fields_of(request)).get("logout_token", "")
        try:
            await end_by_provider(token, provider=self._provider, identity=self._identity)
        except ProviderAway as away:
            _LOG.warning("a word of the provider could not be checked: %s", away)
            return JSONResponse({"error": "temporarily_unavailable"}, status_code=503)
        except NotBelieved as odd:
            _LOG.warning("a word of the provider was refused: %s", odd)
            return JSONResponse({"error": "invalid_request"}, status_code=400, headers=_NO_STORE)
        return Response(status_code=200, headers=_NO_STORE)


def _away(away: ProviderAway) -> Response:
    _LOG.warning("the identity provider cannot be asked: %s", away)
    return _refused(_AWAY, status=503)


def _refused(told: str, *, status: int) -> Response:
    again = pages.link("/sign-in", "登录 Sign in")
    return pages.page(_TITLE, pages.said(told), again, status=status)
