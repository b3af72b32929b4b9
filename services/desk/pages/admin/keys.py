"""The keys of systems: all that work, those that ended, one, and what is done with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.person_ids import KEY_PREFIX
from schemas.plan import Plan
from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.access.actor import Actor
from services.desk.bounds import (
    LISTED_AT_ONCE,
    MOST_ENTRIES,
    MOST_SHEET_FIELDS,
    MOST_TOKENS,
)
from services.desk.domain.keys import LONGEST_OVERLAP, Key, KeyRefused
from services.desk.http.form import fields_of
from services.desk.pages.admin.administration import (
    Administration,
    LetsIn,
    Named,
    Refusal,
    Searched,
    doer,
    done,
    shown_once,
    told_of,
)
from services.desk.pages.admin.entries import entries_shown
from services.desk.pages.admin.key_form import KeyForm, days_in
from services.desk.pages.rendering import Reader, page
from services.desk.pages.routing import pages_router
from services.desk.store import audit
from services.desk.store import keys as store
from services.desk.use_cases import keys
from services.kit.http.problems import Refused

PATH: Final = "/keys"
NEW: Final = "/new-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A token of a key as a page shows it; `state` is `live`, `revoked` or `expired`."""

    key: Key
    state: str
    bound: str

    @classmethod
    def of(cls, key: Key, reader: Reader) -> Self:
        state = "revoked" if key.revoked_at else "expired"
        asked = key.asked
        parties = [reader.party(one) for one in sorted(asked.parties)]
        bound = reader.either("、", ", ").join([*sorted(asked.sources), *parties])
        return cls(
            key=key,
            state="live" if key.is_live(reader.now) else state,
            bound=reader.say("key.everywhere") if asked.everywhere else bound,
        )


def keys_router(administration: Administration) -> APIRouter:
    """Return these routes."""
    router = pages_router()

    @router.get(PATH)
    async def list_keys(
        request: Request,
        actor: LetsIn,
        after: Searched = "",
        *,
        ended: bool = False,
    ) -> Response:
        return await _list(administration, request, actor, after, ended=ended)

    @router.get(NEW)
    async def ask_for_new(request: Request, actor: LetsIn) -> Response:
        return await _new(administration, request, actor, KeyForm())

    @router.post(NEW)
    async def make_key(request: Request, actor: LetsIn) -> Response:
        return await _make(administration, request, actor)

    @router.get(PATH + "/{name}")
    async def get_key(request: Request, name: Named, actor: LetsIn) -> Response:
        return await _one(administration, request, actor, name)

    @router.post(PATH + "/{name}")
    async def act_on_key(request: Request, name: Named, actor: LetsIn) -> Response:
        given = await fields_of(request, most=MOST_SHEET_FIELDS)
        try:
            return await _acted(administration, request, actor, name, given)
        except KeyRefused as refused:
            refusal = Refusal(status=422, told="tried.422", faults=[str(refused)])
            return await _one(administration, request, actor, name, refusal)

    return router


async def _make(administration: Administration, request: Request, actor: Actor) -> Response:
    form = KeyForm.sent(await fields_of(request, most=MOST_SHEET_FIELDS))
    try:
        token = await _made(administration, actor, form)
    except KeyRefused as refused:
        refusal = Refusal(status=422, told="tried.422", faults=str(refused).split("; "))
        return await _new(administration, request, actor, form, refusal)
    return await _once(administration, request, actor, form.name, token)


async def _acted(
    administration: Administration,
    request: Request,
    actor: Actor,
    name: str,
    given: Mapping[str, str],
) -> Response:
    """Do what a form says. Raises `KeyRefused`, and `Refused` for what no form of ours says."""
    if given.get("do") == "rotate":
        token = await _rotated(administration, actor, name, given)
        return await _once(administration, request, actor, name, token)
    if given.get("do") == "revoke":
        await _revoke(administration, actor, name)
        return done(f"{PATH}/{name}", "key_revoked")
    raise Refused(422, "There is nothing of this name to do with a key.")


def _secret(administration: Administration) -> bytes:
    if administration.secret is None:
        raise Refused(503, "TONGXIN_ACCESS_SECRET is not set: no key could be kept.")
    return administration.secret


async def _made(administration: Administration, actor: Actor, form: KeyForm) -> str:
    now, secret = administration.clock(), _secret(administration)
    asked = form.asked(administration.frame.plan(), now=now)
    async with administration.frame.database.write() as conn:
        return await keys.create(conn, asked, secret=secret, now=now, by=doer(actor))


async def _rotated(
    administration: Administration, actor: Actor, name: str, given: Mapping[str, str]
) -> str:
    days = days_in(given.get("days", "").strip(), least=0, most=LONGEST_OVERLAP.days)
    async with administration.frame.database.write() as conn:
        return await keys.rotate(
            conn,
            name,
            overlap=timedelta(days=days),
            secret=_secret(administration),
            now=administration.clock(),
            by=doer(actor),
        )


async def _revoke(administration: Administration, actor: Actor, name: str) -> None:
    async with administration.frame.database.write() as conn:
        await keys.revoke(conn, name, now=administration.clock(), by=doer(actor))


async def _once(
    administration: Administration, request: Request, actor: Actor, name: str, token: str
) -> Response:
    async with administration.frame.database.read() as conn:
        reader = await administration.reader(request, conn, actor)
    return shown_once(
        reader,
        heading=reader.say("key.token_of", name=name),
        secret=token,
        told=[reader.say("key.token_told")],
        back=f"{PATH}/{name}",
    )


async def _list(
    administration: Administration, request: Request, actor: Actor, after: str, *, ended: bool
) -> Response:
    now, most = administration.clock(), LISTED_AT_ONCE + 1
    async with administration.frame.database.read() as conn:
        if ended:
            found = await store.ended(conn, now=now, most=LISTED_AT_ONCE)
        else:
            found = await store.usable(conn, now=now, after=after, most=most)
        reader = await administration.reader(request, conn, actor)
    shown, more = found[:LISTED_AT_ONCE], len(found) > LISTED_AT_ONCE
    return page(
        "admin/keys.html",
        reader,
        keys=[_Shown.of(one, reader) for one in shown],
        ended=ended,
        first=PATH if after else "",
        following=f"{PATH}?{urlencode({'after': shown[-1].asked.name})}" if more else "",
    )


async def _new(
    administration: Administration,
    request: Request,
    actor: Actor,
    form: KeyForm,
    refusal: Refusal | None = None,
) -> Response:
    plan: Plan = administration.frame.plan()
    async with administration.frame.database.read() as conn:
        reader = await administration.reader(request, conn, actor)
    return page(
        "admin/new_key.html",
        reader,
        status=200 if refusal is None else refusal.status,
        form=form,
        scopes=[*Scope],
        roles=[*ActingRole],
        sources=sorted(plan.sources),
        parties=plan.feedback_parties(),
        refusal=refusal,
    )


async def _one(
    administration: Administration,
    request: Request,
    actor: Actor,
    name: str,
    refusal: Refusal | None = None,
) -> Response:
    async with administration.frame.database.read() as conn:
        tokens = await store.tokens_of(conn, name, most=MOST_TOKENS)
        if not tokens:
            raise Refused(404, f"There is no key {name!r}.")
        found = await audit.entries(conn, most=MOST_ENTRIES, about=f"{KEY_PREFIX}{name}")
        reader = await administration.reader(request, conn, actor)
        entries = await entries_shown(conn, found, reader)
    shown = [_Shown.of(one, reader) for one in tokens]
    return page(
        "admin/key.html",
        reader,
        status=200 if refusal is None else refusal.status,
        name=name,
        newest=shown[0],
        tokens=shown,
        is_live=any(one.state == "live" for one in shown),
        most_days=LONGEST_OVERLAP.days,
        entries=entries,
        told=told_of(request, reader),
        refusal=refusal,
    )
