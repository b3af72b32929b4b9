"""Sign in by the city's identity provider: the way there, and the way back."""

import logging
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.desk.http.entrance import BACK, GO, NO_STORE, SIGN_IN, Entrance, entered
from services.desk.http.site import VISIT, inside
from services.desk.http.watch import By, Outcome
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import page
from services.desk.use_cases.arriving import Arrival, NoRight, arrive, depart
from services.desk.use_cases.provider import NotBelieved, Provider, ProviderAway

_LOG: Final = logging.getLogger(__name__)


def provider_router(frame: Frame, entrance: Entrance, provider: Provider) -> APIRouter:
    """Return the routes of signing in by a provider; what its groups mean the plan in use says."""
    router = APIRouter(include_in_schema=False)
    door = _ByProvider(frame, entrance, provider)
    router.add_api_route(GO, door.go, methods=["GET"])
    router.add_api_route(BACK, door.back, methods=["GET"])
    return router


class _ByProvider:
    def __init__(self, frame: Frame, entrance: Entrance, provider: Provider) -> None:
        self._frame, self._provider = frame, provider
        self._site, self._identity = entrance.site, entrance.identity
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
            return self._away(request, away)
        answer = RedirectResponse(departure.url, status_code=303, headers=NO_STORE)
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
                terms=self._frame.plan().sign_in.oidc,
                provider=self._provider,
                identity=self._identity,
            )
            self._watch.let_in(By.PROVIDER, browser, person=arrived.person_id)
            answer = entered(self._site, request, arrived.token, leads_to=arrived.leads_to)
        except ProviderAway as away:
            return self._away(request, away)
        except NotBelieved as odd:
            self._watch.turned_away(By.PROVIDER, Outcome.REFUSED, browser, why=str(odd))
            answer = self._refused(request, "provider.not_believed", status=400)
        except NoRight as none:
            self._watch.turned_away(By.PROVIDER, Outcome.NO_RIGHT, browser, why=str(none))
            answer = self._refused(request, "provider.no_right", status=403)
        self._site.drop(request, answer, VISIT)
        return answer

    def _away(self, request: Request, away: ProviderAway) -> Response:
        _LOG.warning("the identity provider cannot be asked: %s", away)
        return self._refused(request, "provider.away", status=503)

    def _refused(self, request: Request, told: str, *, status: int) -> Response:
        reader = self._frame.for_anybody(request, here=SIGN_IN)
        return page("not_in.html", reader, status=status, name="provider.title", told=told)
