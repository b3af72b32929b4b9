"""Sign in with a password, sign out, and the one-time link that sets a first password."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from services.desk.http import pages
from services.desk.http.form import fields_of
from services.desk.http.site import SESSION, Site, inside
from services.desk.http.watch import By, Outcome, Watch
from services.desk.use_cases import accounts, lasting
from services.desk.use_cases.identity import Identity, NotLetIn, TooSoon, Unfit
from services.desk.use_cases.provider import Provider, ProviderAway
from services.desk.use_cases.sign_in import Given, sign_in

_TITLE: Final = "登录 Sign in"
_FIRST: Final = "设置密码 Set your password"
_WRONG: Final = "编号、密码或验证码不对。 The name, the password or the code is not right."
_NO_LINK: Final = (
    "此链接无效、已用过或已过期，请向管理员索取新链接。 "
    "This link is not valid, was used or is too old: ask an administrator for another."
)
_DIFFER: Final = "两次输入不一致 was not typed the same twice"
_OUT: Final = "已退出 Signed out"

OPEN: Final = frozenset({"/style.css", "/sign-in", "/sign-out", "/signed-out"})
"""Paths that everybody may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What the pages of signing in need; `provider` is the city's, where there is one."""

    site: Site
    identity: Identity
    watch: Watch
    provider: Provider | None = None


def signing_in_router(entrance: Entrance) -> APIRouter:
    """Return the routes of signing in and out."""
    router = APIRouter(include_in_schema=False)
    door, first = _SigningIn(entrance), _First(entrance)
    for path, method, endpoint in (
        ("/style.css", "GET", _style),
        ("/sign-in", "GET", door.ask),
        ("/sign-in", "POST", door.enter),
        ("/sign-out", "POST", door.leave),
        ("/signed-out", "GET", _left),
        ("/first/{token}", "GET", first.ask),
        ("/first/{token}", "POST", first.enter),
    ):
        router.add_api_route(path, endpoint, methods=[method])
    return router


def entered(site: Site, request: Request, token: str, *, leads_to: str) -> Response:
    """Return the answer that lets the browser keep a new session and leads on."""
    answer = RedirectResponse(leads_to, status_code=303, headers={"Cache-Control": "no-store"})
    site.keep(request, answer, SESSION, token)
    return answer


class _SigningIn:
    """The form that asks for a password."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance, self._watch = entrance, entrance.watch
        self._site, self._identity = entrance.site, entrance.identity

    def ask(self, request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
        self._site.check(request)
        return self._page(leads_to=inside(next))

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
        except NotLetIn:
            self._watch.turned_away(By.PASSWORD, Outcome.REFUSED, browser)
            return self._page(told=_WRONG, status=401, person=typed.person, leads_to=leads_to)
        except TooSoon as early:
            self._watch.turned_away(By.PASSWORD, Outcome.TOO_SOON, browser)
            return self._page(early=early, person=typed.person, leads_to=leads_to)
        self._watch.let_in(By.PASSWORD, browser, person=typed.person)
        return entered(self._site, request, token, leads_to=leads_to)

    async def leave(self, request: Request) -> Response:
        return await _signed_out(request, entrance=self._entrance)

    def _page(
        self,
        *,
        leads_to: str,
        told: str = "",
        status: int = 200,
        person: str = "",
        early: TooSoon | None = None,
    ) -> Response:
        fields = (
            pages.text_field("person", "编号 Name", value=person, completes="username"),
            pages.password_field("password", "密码 Password"),
            pages.code_field("验证码（如已设置） Code, if you have set one up"),
            pages.hidden("next", leads_to),
        )
        way = f"/sign-in/provider?{urlencode({'next': leads_to})}"
        provider = pages.link(way, "统一身份登录 Sign in with the city's account")
        return pages.page(
            _TITLE,
            pages.said(told if early is None else _wait(early)),
            "" if self._entrance.provider is None else provider,
            pages.form("/sign-in", fields, button=_TITLE),
            status=status if early is None else 429,
            headers=None if early is None else {"Retry-After": str(round(early.seconds))},
        )


class _First:
    """The form behind a one-time link."""

    def __init__(self, entrance: Entrance) -> None:
        self._site, self._identity = entrance.site, entrance.identity
        self._watch = entrance.watch

    async def ask(self, request: Request, token: str) -> Response:
        self._site.check(request)
        try:
            person = await accounts.invited(token, identity=self._identity)
        except NotLetIn:
            return _no_link()
        return _first_page(person.id)

    async def enter(self, request: Request, token: str) -> Response:
        self._site.check(request)
        given = await fields_of(request)
        browser, identity = self._site.browser(request), self._identity
        try:
            person = await accounts.invited(token, identity=identity)
            begun = await accounts.first_password(token, twice(given), browser, identity=identity)
        except NotLetIn:
            self._watch.turned_away(By.LINK, Outcome.REFUSED, browser)
            return _no_link()
        except Unfit as unfit:
            return _first_page(given.get("person", ""), told=unfit_words(unfit))
        self._watch.let_in(By.LINK, browser, person=person.id)
        return entered(self._site, request, begun, leads_to="/me")


def twice(given: dict[str, str]) -> str:
    """Return a password that was typed twice. Raises `Unfit` when the two differ."""
    if given.get("password", "") != given.get("again", ""):
        raise Unfit("password", _DIFFER)
    return given.get("password", "")


def _style() -> Response:
    headers = {"Cache-Control": "max-age=3600"}
    return PlainTextResponse(pages.STYLE, media_type="text/css", headers=headers)


def _left() -> Response:
    return pages.page(_OUT, pages.link("/sign-in", _TITLE))


async def _signed_out(request: Request, *, entrance: Entrance) -> Response:
    """End the session, and lead to the provider's own end where it began there."""
    site, identity = entrance.site, entrance.identity
    who = await site.who(request, identity=identity)
    out = "/signed-out"
    if who is not None:
        if who.session.by_provider and entrance.provider is not None:
            back = site.address_of(request, out)
            out = await _way_out(entrance.provider, back) or out
        await lasting.end_own(who, who.session.token_hash, identity=identity)
    answer = RedirectResponse(out, status_code=303, headers={"Cache-Control": "no-store"})
    site.drop(request, answer, SESSION)
    return answer


async def _way_out(provider: Provider, back: str) -> str | None:
    try:
        return await provider.way_out(back_to=back)
    except ProviderAway:
        return None


def _first_page(person: str, *, told: str = "") -> Response:
    fields = (
        # So that the browser's keeper of passwords knows whose it is.
        pages.hidden("person", person),
        pages.password_field("password", "新密码（至少 12 个字符） New password", new=True),
        pages.password_field("again", "再输一次 The same again", new=True),
    )
    return pages.page(
        _FIRST,
        pages.paragraph(f"编号 Your name here: {person}"),
        pages.said(told),
        # No action: the form goes where the page came from, whose path has the token.
        pages.form("", fields, button=_FIRST),
        status=422 if told else 200,
    )


def _no_link() -> Response:
    return pages.page(_FIRST, pages.said(_NO_LINK), pages.link("/sign-in", _TITLE), status=404)


def _wait(early: TooSoon) -> str:
    seconds = round(early.seconds)
    return f"尝试过多，请 {seconds} 秒后再试。 Too many tries: come again in {seconds} s."


def unfit_words(unfit: Unfit) -> str:
    """Return why something was not taken, as people read it."""
    return f"未被接受 Not taken: {unfit.field} {unfit.reason}."
