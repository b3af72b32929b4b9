"""Where this desk is reached, what its cookies are called, and which browser asks.

A session's cookie goes over TLS alone. Over plain HTTP nobody signs in but on this machine.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from services.access.actor import Actor
from services.access.door import Prover
from services.access.pace import Strangers, address_of
from services.desk.bounds import LONGEST_ADDRESS, MOST_DEVICE_CHARACTERS, VISIT_LASTS
from services.desk.use_cases.identity import Browser, Identity
from services.desk.use_cases.lasting import SignedIn, signed_in
from services.kit.http.addresses import is_loopback
from services.kit.http.problems import Refused
from services.kit.printable import printable

SESSION: Final = "tongxin"
VISIT: Final = "tongxin-visit"

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PLAIN: Final = (
    "Nobody signs in over plain HTTP from another machine: ask for the https address of the desk, "
    "and set TONGXIN_DESK_PUBLIC_URL to it."
)
LIVE: Final = "/live"
"""Where pages hear what changed."""
BY_ITSELF: Final = "tongxin-by-itself"
"""A header: a page asks, and not the person before it."""
START: Final = "/"
"""Where somebody begins: what they see first is their role's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The address of the desk as browsers know it; empty for that under which each one asks.

    `strangers` keeps each address to a pace at the doors that are open to everybody.
    """

    public_url: str
    strangers: Strangers

    def is_secure(self, request: Request) -> bool:
        """Tell whether a request came over TLS, at the latest to a gateway before us."""
        scheme = urlsplit(self.public_url).scheme or request.url.scheme
        return scheme == "https"

    def check(self, request: Request) -> None:
        """Refuse whoever would send a password in plain sight over a network, or is too quick."""
        self.strangers.check(request)
        if not self.is_secure(request) and not is_loopback(request.url.hostname or ""):
            raise Refused(403, PLAIN)

    def address_of(self, request: Request, path: str) -> str:
        """Return the whole address of a path here."""
        return f"{self.public_url.rstrip('/') or str(request.base_url).rstrip('/')}{path}"

    def cookie(self, request: Request, name: str) -> str | None:
        """Return what the browser keeps under a name."""
        return request.cookies.get(self._name(request, name))

    def keep(self, request: Request, response: Response, name: str, value: str) -> None:
        """Let the browser keep something that no script sees and no other site sends along."""
        response.set_cookie(
            self._name(request, name),
            value,
            max_age=int(VISIT_LASTS.total_seconds()) if name == VISIT else None,
            path="/",
            secure=self.is_secure(request),
            httponly=True,
            samesite="lax",
        )

    def drop(self, request: Request, response: Response, name: str) -> None:
        """Let the browser forget it."""
        secure = self.is_secure(request)
        response.delete_cookie(
            self._name(request, name), path="/", secure=secure, httponly=True, samesite="lax"
        )

    def browser(self, request: Request) -> Browser:
        """Return who asks."""
        device = printable(request.headers.get("user-agent", ""))[:MOST_DEVICE_CHARACTERS]
        return Browser(
            address=address_of(request),
            device=device,
            token=self.cookie(request, SESSION),
        )

    async def who(self, request: Request, *, identity: Identity) -> SignedIn | None:
        """Return who is signed in; nobody where a page that is not ours may have sent it."""
        token = self.cookie(request, SESSION)
        if token is None or not _is_from_a_page(request):
            return None
        by_itself = BY_ITSELF in request.headers or request.url.path == LIVE
        return await signed_in(token, identity=identity, by_itself=by_itself)

    def _name(self, request: Request, name: str) -> str:
        # A browser takes a name with this prefix from this very host alone, and over TLS alone.
        return f"__Host-{name}" if self.is_secure(request) else name


def prover_of(site: Site, *, identity: Identity) -> Prover:
    """Return what proves a person by the session that a browser brings."""

    async def prove(request: Request) -> Actor | None:
        who = await site.who(request, identity=identity)
        return None if who is None else who.actor

    return prove


def inside(leads_to: str) -> str:
    """Return a path of this desk; whatever leads elsewhere leads to the start.

    >>> inside("/cases?mine=1"), inside("//evil.example"), inside("https://evil.example")
    ('/cases?mine=1', '/', '/')
    """
    parts = urlsplit(leads_to) if _is_plain(leads_to) else None
    is_path = parts is not None and not parts.scheme and not parts.netloc
    return leads_to if is_path else START


def _is_plain(text: str) -> bool:
    """Tell whether browsers read it as a path: they take a backslash for a slash, and skip tabs."""
    starts = text.startswith("/") and not text.startswith("//")
    return starts and len(text) <= LONGEST_ADDRESS and "\\" not in text and text.isprintable()


def _is_from_a_page(request: Request) -> bool:
    """Tell whether a browser says where a change comes from; the guard has judged what it says."""
    said = {"origin", "sec-fetch-site"}
    return request.method in _SAFE or not said.isdisjoint(request.headers)
