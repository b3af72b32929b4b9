"""The word of the city's identity provider that a session there has ended."""

import logging
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from services.desk.http.entrance import ENDED, NO_STORE, Entrance
from services.desk.http.form import fields_of
from services.desk.use_cases.arriving import end_by_provider
from services.desk.use_cases.provider import NotBelieved, Provider, ProviderAway

_LOG: Final = logging.getLogger(__name__)


def by_provider_router(entrance: Entrance, provider: Provider) -> APIRouter:
    """Return the route by which a provider tells of an end (OpenID Connect back-channel logout)."""
    router = APIRouter(include_in_schema=False)

    @router.post(ENDED)
    async def ended(request: Request) -> Response:
        """Take the provider's word, by its signature, that a session there has ended."""
        entrance.site.strangers.check(request)
        token = (await fields_of(request)).get("logout_token", "")
        try:
            await end_by_provider(token, provider=provider, identity=entrance.identity)
        except ProviderAway as away:
            _LOG.warning("a word of the provider could not be checked: %s", away)
            return JSONResponse({"error": "temporarily_unavailable"}, status_code=503)
        except NotBelieved as odd:
            _LOG.warning("a word of the provider was refused: %s", odd)
            return JSONResponse({"error": "invalid_request"}, status_code=400, headers=NO_STORE)
        return Response(status_code=200, headers=NO_STORE)

    return router
