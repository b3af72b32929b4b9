"""The door of every service: who asks is proven here, before a body is read or a route is found.

`Doors` stands before everything and lets nobody in who was not proven, but to the few paths that
are open; a route says by `asks` which scope it wants, and takes the `Actor`. There is no setting
that lets everybody in: without the installation's secret nobody is proven.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from schemas.scopes import Scope
from schemas.vocabulary import Door
from services.access.actor import Actor, ActorKind
from services.access.bounds import REQUESTS_A_SECOND, REQUESTS_AT_ONCE
from services.access.pace import Pace, Pacing, Strangers, address_of
from services.access.refused_keys import RefusedKeys
from services.access.register import Register, Unproven
from services.kit.clock import Clock
from services.kit.http.addresses import is_loopback
from services.kit.http.problems import Refused, problem

Prover = Callable[[Request], Awaitable[Actor | None]]
"""Proves who asks by something else than a key; None where a request does not bring it."""

HEALTH: Final = frozenset({"/health/live", "/health/ready"})
"""Open to everybody: whoever watches a process has to know no more than whether it lives."""
OPERATIONS: Final[Mapping[str, Scope]] = dict.fromkeys(
    ("/metrics", "/docs", "/openapi.json", "/asyncapi.json"), Scope.METRICS_READ
)
"""Paths of every service, and what they ask; from this machine they are open without a key."""

_BEARER: Final = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key of `tongxin keys create`; `tongxin run` shows a first one at first start",
)
_REALM: Final = 'Bearer realm="tongxin"'
_NOT_GIVEN: Final = "This door asks who you are: send Authorization: Bearer KEY."
_PROXIED: Final = frozenset({"forwarded", "x-forwarded-for", "x-real-ip", "via"})
"""Headers by which a proxy on this machine says that somebody else asks."""
_ACTOR: Final = "tongxin.actor"

ASKED: Final[dict[int | str, dict[str, Any]]] = {
    401: problem("Nobody was proven: no key, or one that is not known, expired or revoked"),
    403: problem("The key does not open this, or is not bound to it; the title says which"),
    429: problem("Too many requests of one key or address; come again after `Retry-After` seconds"),
}
"""How OpenAPI describes what a door that asks refuses."""


class Doorkeeper:
    """Proves who asks, and keeps everybody to a pace."""

    def __init__(
        self, register: Register, *, clock: Clock, provers: tuple[Prover, ...] = ()
    ) -> None:
        """Take who may come in; `provers` are asked in turn where no key was brought."""
        self._register = register
        self._clock = clock
        self._provers = provers
        self._known = Pacing(Pace(REQUESTS_A_SECOND, REQUESTS_AT_ONCE))
        self._strangers = Strangers()
        self._refused = RefusedKeys()

    async def proven(self, request: Request) -> Actor:
        """Return who asks. Raises `Refused` with 401 or 429."""
        found = await self._found(request)
        if isinstance(found, Actor):
            self._known.check(found.id)
            return found
        self._strangers.check(request)
        if found is None:
            raise Refused(401, _NOT_GIVEN, headers={"WWW-Authenticate": _REALM})
        self._tell(request, found)
        told = f"This key {found}."
        challenge = f'{_REALM}, error="invalid_token", error_description="{told}"'
        raise Refused(401, told, headers={"WWW-Authenticate": challenge})

    def _tell(self, request: Request, why: Unproven) -> None:
        key = self._register.key_of(_token_of(request) or "")
        key_id = None if key is None else key.id
        self._refused.tell(why, address=address_of(request), key_id=key_id)

    async def _found(self, request: Request) -> Actor | Unproven | None:
        token = _token_of(request)
        if token is not None:
            return self._register.actor_of(token, now=self._clock())
        for prover in self._provers:
            if (actor := await prover(request)) is not None:
                return actor
        return None


class Doors:
    """ASGI middleware that lets nobody in who was not proven."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keeper: Doorkeeper,
        open_paths: frozenset[str] = frozenset(),
        open_below: tuple[str, ...] = (),
    ) -> None:
        """Take what stands behind, and who proves.

        `open_paths` may be asked for by anybody, beside whether the service lives; so may what
        begins with one of `open_below`, each of which ends with a slash.
        """
        self._app = app
        self._keeper = keeper
        self._open = HEALTH | open_paths
        self._open_below = open_below

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Let a request through with the `Actor` it proved, or answer it with a problem."""
        if scope["type"] == "http" and not self._is_open(scope["path"]):
            try:
                scope[_ACTOR] = await self._actor(Request(scope))
            except Refused as refused:
                await refused.answer()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._open or path.startswith(self._open_below)

    async def _actor(self, request: Request) -> Actor:
        wanted = OPERATIONS.get(request.url.path)
        if wanted is None:
            return await self._keeper.proven(request)
        if "authorization" not in request.headers and _is_local(request):
            return _this_machine(wanted)
        actor = await self._keeper.proven(request)
        _check(actor, wanted)
        return actor


def asks(scope: Scope) -> Any:  # noqa: ANN401 - what FastAPI takes beside a type
    """Return what makes a route take the `Actor` that was proven, if it has this scope."""
    return Security(_asked, scopes=[scope])


async def _asked(
    request: Request,
    wanted: SecurityScopes,
    _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Actor:
    """Return who asks. Raises `Refused` with 401 where no door stands before the route, or 403."""
    actor = request.scope.get(_ACTOR)
    if not isinstance(actor, Actor):
        raise Refused(401, _NOT_GIVEN, headers={"WWW-Authenticate": _REALM})
    for scope in wanted.scopes:
        _check(actor, Scope(scope))
    return actor


WHOEVER: Final = Security(_asked, scopes=[])
"""Makes a route take the `Actor` that was proven, whatever they may do."""


def not_yours(what: str) -> Refused:
    """Return the refusal of what belongs to somebody else; `what` names that."""
    return Refused(403, f"You are not bound to {what}.", headers={"WWW-Authenticate": _REALM})


def _check(actor: Actor, scope: Scope) -> None:
    if not actor.may(scope):
        challenge = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
        told = f"You lack the scope {scope}."
        raise Refused(403, told, headers={"WWW-Authenticate": challenge})


def _token_of(request: Request) -> str | None:
    """Return the token a request brings; None for one that brings none, or in another way."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _this_machine(scope: Scope) -> Actor:
    return Actor(
        kind=ActorKind.SYSTEM,
        id="local",
        name="this machine",
        door=Door.HTTP,
        scopes=frozenset({scope}),
    )


def _is_local(request: Request) -> bool:
    """Tell whether somebody on this machine asks, for nobody else."""
    is_proxied = not _PROXIED.isdisjoint(request.headers)
    return not is_proxied and is_loopback(address_of(request))
