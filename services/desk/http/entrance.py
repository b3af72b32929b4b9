"""What every way into the desk needs, and where those ways are."""

from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.desk.http.site import SESSION, Site
from services.desk.http.watch import Watch
from services.desk.use_cases.identity import Identity
from services.desk.use_cases.provider import Provider

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
SIGNED_OUT: Final = "/signed-out"
FIRST: Final = "/first/"
"""Before the token of a one-time link."""
GO: Final = "/sign-in/provider"
BACK: Final = "/sign-in/provider/back"
ENDED: Final = "/sign-in/provider/ended"
ACCOUNT: Final = "/me"
PASSWORD: Final = "/me/password"  # noqa: S105 - an address
FACTOR: Final = "/me/second-factor"
CONFIRM: Final = "/me/second-factor/confirm"
END: Final = "/me/sessions/end"

OPEN_PATHS: Final = frozenset(
    {
        *(SIGN_IN, SIGN_OUT, SIGNED_OUT, GO, BACK, ENDED),
        *(ACCOUNT, PASSWORD, FACTOR, CONFIRM, END),
    }
)
"""Paths that ask for themselves who somebody is, if they do."""

OPEN_BELOW: Final = (FIRST,)
"""Where a link leads that proves somebody by itself."""

NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What signing in needs; `provider` is the city's, where there is one."""

    site: Site
    identity: Identity
    watch: Watch
    provider: Provider | None = None


def entered(site: Site, request: Request, token: str, *, leads_to: str) -> Response:
    """Return the answer that lets the browser keep a new session and leads on."""
    answer = led_to(leads_to)
    site.keep(request, answer, SESSION, token)
    return answer


def led_to(path: str) -> RedirectResponse:
    """Return the answer that leads a browser on, after what it sent."""
    return RedirectResponse(path, status_code=303, headers=NO_STORE)
