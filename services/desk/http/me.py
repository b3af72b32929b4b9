"""Who somebody is here, and what they do with their own account and sessions."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from html import escape
from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.desk.domain.people import needs_second_factor
from services.desk.domain.totp import address_of, shown
from services.desk.http import pages
from services.desk.http.form import fields_of
from services.desk.http.signing_in import Entrance, entered, twice, unfit_words
from services.desk.use_cases import accounts, lasting
from services.desk.use_cases.identity import NotLetIn, TooSoon, Unfit
from services.desk.use_cases.lasting import SignedIn
from services.desk.use_cases.provider import ProviderAway
from services.kit.http.problems import Refused, problem

_TITLE: Final = "我的账户 My account"
_WRONG: Final = "密码不对。 The password is not right."
_NEEDS_FACTOR: Final = (
    "您的角色可作决定，须先设置第二因素；在此之前这些角色不生效。 "
    "Your roles decide things: until a second factor was shown, they bring no right."
)
_TOO_MANY: Final = "尝试过多，请稍后再试。 Too many tries: come again later."
_ISSUER: Final = "Tongxin"

Act = Callable[[Request, SignedIn, Entrance], Awaitable[Response]]
"""What a form does for whoever is signed in."""


class OwnSession(BaseModel):
    """One of somebody's sessions; `current` is the one that asks."""

    began_at: datetime
    seen_at: datetime
    device: str
    address: str
    current: bool


class Me(BaseModel):
    """Somebody who is signed in, the roles that hold now, and their sessions.

    `second_factor_needed` tells that roles of theirs hold only after a second factor.
    """

    id: str
    name: str
    roles: list[str]
    departments: list[str]
    areas: list[str]
    scopes: list[str]
    second_factor: bool
    second_factor_needed: bool
    sessions: list[OwnSession]


def me_router(entrance: Entrance) -> APIRouter:
    """Return the routes of one's own account."""
    router = APIRouter(tags=["identity"])

    @router.get("/me", response_model=Me, responses={401: problem("Nobody is signed in")})
    async def me(request: Request) -> Response:
        """Tell who is signed in: as a page to a browser, else as JSON."""
        who = await entrance.site.who(request, identity=entrance.identity)
        if "text/html" not in request.headers.get("accept", ""):
            if who is None:
                raise Refused(401, "Nobody is signed in.")
            answer = await _described(who, entrance)
            return JSONResponse(
                answer.model_dump(mode="json"), headers={"Cache-Control": "no-store"}
            )
        return _to_sign_in() if who is None else await _page(who, entrance)

    for path, act in _ACTS.items():
        router.add_api_route(
            path, _acting(entrance, act), methods=["POST"], include_in_schema=False
        )
    return router


def _acting(entrance: Entrance, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def acted(request: Request) -> Response:
        who = await entrance.site.who(request, identity=entrance.identity)
        if who is None:
            return _to_sign_in()
        try:
            return await act(request, who, entrance)
        except NotLetIn:
            told, status = _WRONG, 401
        except TooSoon:
            told, status = _TOO_MANY, 429
        except Unfit as unfit:
            told, status = unfit_words(unfit), 422
        return await _page(who, entrance, told=told, status=status)

    return acted


async def _change_password(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    browser = entrance.site.browser(request)
    token = await accounts.change_password(
        who, given.get("old", ""), twice(given), browser, identity=entrance.identity
    )
    entrance.watch.changed("password", browser, person=who.person.id)
    return entered(entrance.site, request, token, leads_to="/me")


async def _begin_factor(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    browser = entrance.site.browser(request)
    await accounts.begin_factor(who, given.get("old", ""), browser, identity=entrance.identity)
    return _back()


async def _confirm_factor(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    browser = entrance.site.browser(request)
    token = await accounts.confirm_factor(
        who, given.get("code", ""), browser, identity=entrance.identity
    )
    entrance.watch.changed("second factor", browser, person=who.person.id)
    return entered(entrance.site, request, token, leads_to="/me")


async def _end_session(request: Request, who: SignedIn, entrance: Entrance) -> Response:
    given = await fields_of(request)
    if (named := given.get("session", "")) == "others":
        await lasting.end_others(who, identity=entrance.identity)
    else:
        await lasting.end_own(who, named, identity=entrance.identity)
    return _back()


def _to_sign_in() -> Response:
    return RedirectResponse("/sign-in?next=/me", status_code=303)


def _back() -> Response:
    return RedirectResponse("/me", status_code=303, headers={"Cache-Control": "no-store"})


async def _described(who: SignedIn, entrance: Entrance) -> Me:
    actor = who.actor
    sessions = await lasting.own_sessions(who, identity=entrance.identity)
    return Me(
        id=actor.id,
        name=actor.name,
        roles=sorted(actor.roles),
        departments=sorted(actor.departments),
        areas=sorted(actor.areas),
        scopes=sorted(actor.scopes),
        second_factor=who.session.second_factor,
        second_factor_needed=needs_second_factor(who.person.described.roles),
        sessions=[
            OwnSession(
                began_at=one.began_at,
                seen_at=one.seen_at,
                device=one.device,
                address=one.address,
                current=one.token_hash == who.session.token_hash,
            )
            for one in sessions
        ],
    )


async def _page(
    who: SignedIn, entrance: Entrance, *, told: str = "", status: int = 200
) -> Response:
    me = await _described(who, entrance)
    lacks = me.second_factor_needed and not me.second_factor
    facts = (
        ("编号 Name here", me.id),
        ("姓名 Name", me.name),
        ("角色 Roles", " ".join(me.roles) or "—"),
        ("部门 Departments", " ".join(me.departments) or "—"),
        ("区域 Areas", " ".join(me.areas) or "—"),
        ("第二因素 Second factor", "✓" if me.second_factor else "—"),
    )
    return pages.page(
        _TITLE,
        pages.said(told),
        pages.said(_NEEDS_FACTOR) if lacks else "",
        pages.described(facts),
        await _account_forms(who, entrance),
        await _session_table(who, entrance),
        pages.form("/sign-out", (), button="退出 Sign out"),
        status=status,
        leads_to=await _origins(who, entrance),
    )


async def _account_forms(who: SignedIn, entrance: Entrance) -> str:
    """Return the forms of a local account; whoever comes by the provider has none here."""
    account = await accounts.own_account(who, identity=entrance.identity)
    if account is None:
        return ""
    password = pages.form(
        "/me/password",
        (
            pages.password_field("old", "现用密码 Password now"),
            pages.password_field("password", "新密码 New password", new=True),
            pages.password_field("again", "再输一次 The same again", new=True),
        ),
        button="修改密码 Change the password",
    )
    begin = pages.form(
        "/me/second-factor",
        (pages.password_field("old", "现用密码 Password now"),),
        button="设置第二因素 Set up a second factor",
    )
    secret = accounts.pending_factor(account, identity=entrance.identity)
    pending = "" if secret is None else _pending_factor(secret, person=who.person.id)
    return f"{pending}{begin}{password}"


def _pending_factor(secret: bytes, *, person: str) -> str:
    where = address_of(secret, person=person, issuer=_ISSUER)
    told = "在验证器应用中输入此密钥。 Type this secret into an authenticator app."
    return (
        pages.paragraph(told)
        + pages.described((("密钥 Secret", shown(secret)), ("otpauth", where)))
        + pages.form(
            "/me/second-factor/confirm",
            (pages.code_field("应用显示的验证码 The code that the app shows"),),
            button="确认 Confirm",
        )
    )


async def _session_table(who: SignedIn, entrance: Entrance) -> str:
    def end(name: str) -> str:
        return pages.form("/me/sessions/end", (pages.hidden("session", name),), button="结束 End")

    rows = [
        (
            f"{one.began_at:%Y-%m-%d %H:%M} UTC",
            f"{escape(one.address)} {escape(one.device)}",
            "当前 this one" if one.token_hash == who.session.token_hash else end(one.token_hash),
        )
        for one in await lasting.own_sessions(who, identity=entrance.identity)
    ]
    return pages.table(("始于 Began", "设备 Device", ""), rows) + pages.form(
        "/me/sessions/end",
        (pages.hidden("session", "others"),),
        button="结束其他会话 End all others",
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
    "/me/password": _change_password,
    "/me/second-factor": _begin_factor,
    "/me/second-factor/confirm": _confirm_factor,
    "/me/sessions/end": _end_session,
}
OWN: Final = frozenset({"/me", *_ACTS})
"""Paths that ask for a session themselves."""
