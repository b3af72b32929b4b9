"""The page of one's own account: what somebody may do here, their password and their sessions."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import segno
from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.desk.domain.passwords import LEAST_CHARACTERS, MOST_CHARACTERS
from services.desk.domain.people import needs_second_factor
from services.desk.domain.totp import address_of, shown
from services.desk.http.entrance import (
    ACCOUNT,
    CONFIRM,
    END,
    FACTOR,
    PASSWORD,
    SIGN_IN,
    Entrance,
    entered,
    led_to,
)
from services.desk.http.form import fields_of
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import Reader, page
from services.desk.pages.routing import pages_router
from services.desk.use_cases import accounts, lasting
from services.desk.use_cases.identity import NotLetIn, TooSoon, Unfit, Why
from services.desk.use_cases.lasting import SignedIn
from services.desk.use_cases.provider import ProviderAway

_ISSUER: Final = "Tongxin"
_OTHERS: Final = "others"
"""What a form says that ends all sessions but its own."""

_QUIET: Final = 4
"""Squares that stay light around a QR code, as ISO/IEC 18004 asks."""

Act = Callable[[Request, SignedIn, Entrance], Awaitable[Response]]
"""What a form does for whoever is signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """One of somebody's sessions: `name` ends it, and is empty for the one that asks."""

    began: str
    seen: str
    address: str
    device: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Factor:
    """A second factor that is being set up: its secret as people type it, and as apps read it.

    `squares` are the dark ones of a QR code of the address, `size` by `size` large: a path in SVG.
    """

    secret: str
    address: str
    squares: str
    size: int


def account_router(frame: Frame, entrance: Entrance) -> APIRouter:
    """Return the routes of one's own account."""
    router = pages_router()

    @router.get(ACCOUNT)
    async def account(request: Request) -> Response:
        who = await entrance.site.who(request, identity=entrance.identity)
        return _to_sign_in() if who is None else await _page(request, who, frame, entrance)

    acting = APIRouter(include_in_schema=False)
    for path, act in _ACTS.items():
        acting.add_api_route(path, _acting(frame, entrance, act), methods=["POST"])
    router.include_router(acting)
    return router


def twice(given: Mapping[str, str]) -> str:
    """Return a password that was typed twice. Raises `Unfit` when the two differ."""
    if given.get("password", "") != given.get("again", ""):
        raise Unfit(Why.DIFFER)
    return given.get("password", "")


def unfit(why: Unfit, reader: Reader) -> str:
    """Return why something was not taken, as people read it."""
    return reader.say(f"unfit.{why.why}", least=LEAST_CHARACTERS, most=MOST_CHARACTERS)


def _acting(frame: Frame, entrance: Entrance, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def acted(request: Request) -> Response:
        who = await entrance.site.who(request, identity=entrance.identity)
        if who is None:
            return _to_sign_in()
        try:
            return await act(request, who, entrance)
        except (NotLetIn, TooSoon, Unfit) as why:
            return await _page(request, who, frame, entrance, why=why)

    return acted


async def _change_password(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    browser = entrance.site.browser(request)
    token = await accounts.change_password(
        who, given.get("old", ""), twice(given), browser, identity=entrance.identity
    )
    entrance.watch.changed("password", browser, person=who.person.id)
    return entered(entrance.site, request, token, leads_to=ACCOUNT)


async def _begin_factor(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    browser = entrance.site.browser(request)
    await accounts.begin_factor(who, given.get("old", ""), browser, identity=entrance.identity)
    return led_to(ACCOUNT)


async def _confirm_factor(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    browser = entrance.site.browser(request)
    token = await accounts.confirm_factor(
        who, given.get("code", ""), browser, identity=entrance.identity
    )
    entrance.watch.changed("second factor", browser, person=who.person.id)
    return entered(entrance.site, request, token, leads_to=ACCOUNT)


async def _end_session(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    if (named := given.get("session", "")) == _OTHERS:
        await lasting.end_others(who, identity=entrance.identity)
    else:
        await lasting.end_own(who, named, identity=entrance.identity)
    return led_to(ACCOUNT)


def _to_sign_in() -> Response:
    return led_to(f"{SIGN_IN}?next={ACCOUNT}")


async def _page(
    request: Request,
    who: SignedIn,
    frame: Frame,
    entrance: Entrance,
    *,
    why: Exception | None = None,
) -> Response:
    reader = await _reader(request, who, frame, entrance)
    account = await accounts.own_account(who, identity=entrance.identity)
    secret = (
        None if account is None else accounts.pending_factor(account, identity=entrance.identity)
    )
    needed = needs_second_factor(who.person.described.roles)
    told, status = _told(why, reader)
    return page(
        "account.html",
        reader,
        status=status,
        leads_to=await _origins(who, entrance),
        told=told,
        lacks=needed and not who.session.second_factor,
        facts=[*_facts(who, reader)],
        has_account=account is not None,
        has_factor=account is not None and account.totp_sealed is not None,
        showed_factor=who.session.second_factor,
        pending=None if secret is None else _factor(secret, person=who.person.id),
        sessions=[*await _sessions(who, entrance, reader)],
        least=LEAST_CHARACTERS,
    )


async def _reader(request: Request, who: SignedIn, frame: Frame, entrance: Entrance) -> Reader:
    """Return who reads their account: with their lists, if cases are theirs to see."""
    actor = who.actor
    if not actor.may(Scope.CASES_READ):
        return replace(frame.for_anybody(request, here=ACCOUNT), actor=actor)
    async with frame.database.read() as conn:
        reader = await frame.around(request, conn, actor)
    # People are let in and out by the machine's time, also where the city's runs faster.
    return replace(reader, here=ACCOUNT, now=entrance.identity.clock())


def _told(why: Exception | None, reader: Reader) -> tuple[str, int]:
    """Return why a form was not taken, and the status that says so."""
    match why:
        case None:
            return "", 200
        case NotLetIn():
            return reader.say("account.wrong"), 401
        case TooSoon():
            return reader.say("sign_in.wait", seconds=round(why.seconds)), 429
        case Unfit():
            return unfit(why, reader), 422
        case _:
            raise why


def _facts(who: SignedIn, reader: Reader) -> Iterable[tuple[str, str]]:
    """Yield what the desk knows of somebody, by what it is called."""
    actor, comma = who.actor, reader.either("、", ", ")
    yield reader.say("account.id"), actor.id
    yield reader.say("account.roles"), _roles(actor.roles, reader) or reader.say("account.none")
    if waiting := who.person.described.roles - actor.roles:
        yield reader.say("account.waiting"), _roles(waiting, reader)
    if actor.departments:
        titles = (reader.party(code) for code in sorted(actor.departments))
        yield reader.say("account.departments"), comma.join(titles)
    if actor.areas:
        yield reader.say("account.areas"), comma.join(map(reader.area, sorted(actor.areas)))


def _roles(roles: Collection[ActingRole], reader: Reader) -> str:
    return reader.either("、", ", ").join(reader.role(role) for role in sorted(roles))


def _factor(secret: bytes, *, person: str) -> _Factor:
    address = address_of(secret, person=person, issuer=_ISSUER)
    rows = [*segno.make_qr(address).matrix_iter(border=_QUIET)]
    squares = (
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return _Factor(secret=shown(secret), address=address, squares="".join(squares), size=len(rows))


async def _sessions(who: SignedIn, entrance: Entrance, reader: Reader) -> Iterable[_Session]:
    found = await lasting.own_sessions(who, identity=entrance.identity)
    return (
        _Session(
            began=reader.at(one.began_at),
            seen=reader.at(one.seen_at),
            address=one.address,
            device=one.device,
            name="" if one.token_hash == who.session.token_hash else one.token_hash,
        )
        for one in found
    )


async def _origins(who: SignedIn, entrance: Entrance) -> tuple[str, ...]:
    """Return where signing out leads on to, which a browser asks about before it goes there."""
    if not who.session.by_provider or entrance.provider is None:
        return ()
    try:
        return await entrance.provider.origins()
    except ProviderAway:
        return ()


_ACTS: Final[dict[str, Act]] = {
    PASSWORD: _change_password,
    FACTOR: _begin_factor,
    CONFIRM: _confirm_factor,
    END: _end_session,
}
