"""The people: all of them, one, and what an administrator does with one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.roles import ActingRole
from services.access.actor import Actor
from services.desk.bounds import LISTED_AT_ONCE, MOST_ENTRIES, MOST_SHEET_FIELDS
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
from services.desk.pages.admin.person_form import Group, PersonForm
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.desk.store import accounts, audit, people, sessions
from services.desk.use_cases import administering
from services.desk.use_cases.people import (
    ChangedMeanwhile,
    LastAdministrator,
    UnknownPerson,
    change,
    set_disabled,
)
from services.desk.use_cases.people_file import FaultyFile
from services.kit.http.problems import Refused

PATH: Final = "/people"
NEW: Final = "/new-person"

_Act = Callable[
    [Administration, Request, Actor, str, Mapping[str, str]], Awaitable[Response | Refusal]
]


def people_router(administration: Administration) -> APIRouter:
    """Return these routes; an id may have slashes."""
    router = pages_router()

    @router.get(PATH)
    async def list_people(
        request: Request,
        actor: LetsIn,
        text: Searched = "",
        after: Searched = "",
    ) -> Response:
        return await _list(administration, request, actor, text.strip(), after)

    @router.get(NEW)
    async def ask_for_new(request: Request, actor: LetsIn) -> Response:
        return await _new(administration, request, actor, PersonForm())

    @router.post(NEW)
    async def add_person(request: Request, actor: LetsIn) -> Response:
        return await _add(administration, request, actor)

    @router.get(PATH + "/{id_:path}")
    async def get_person(request: Request, id_: Named, actor: LetsIn) -> Response:
        return await _one(administration, request, actor, id_)

    @router.post(PATH + "/{id_:path}")
    async def act_on_person(request: Request, id_: Named, actor: LetsIn) -> Response:
        return await _act_on(administration, request, actor, id_)

    return router


async def _add(administration: Administration, request: Request, actor: Actor) -> Response:
    given = await fields_of(request, most=MOST_SHEET_FIELDS)
    form = PersonForm.sent(given | {"version": "0"}, id_=given.get("id", "").strip())
    refusal = await _changed(administration, actor, form)
    if refusal is None:
        return done(f"{PATH}/{form.id}", "person_added")
    return await _new(administration, request, actor, form, refusal)


async def _act_on(
    administration: Administration, request: Request, actor: Actor, id_: str
) -> Response:
    given = await fields_of(request, most=MOST_SHEET_FIELDS)
    act = _ACTS.get(given.get("do", ""))
    if act is None:
        raise Refused(422, "There is nothing of this name to do with a person.")
    try:
        answer = await act(administration, request, actor, id_, given)
    except LastAdministrator:
        answer = Refusal(status=409, told="refusal.last_administrator")
    except UnknownPerson:
        answer = Refusal(status=409, told="refusal.not_let_in")
    if isinstance(answer, Response):
        return answer
    form = PersonForm.sent(given, id_=id_) if act is _change else None
    return await _one(administration, request, actor, id_, form=form, refusal=answer)


async def _list(
    administration: Administration, request: Request, actor: Actor, text: str, after: str
) -> Response:
    async with administration.frame.database.read() as conn:
        found = await people.found(conn, text=text, after=after, most=LISTED_AT_ONCE + 1)
        reader = await administration.reader(request, conn, actor)
    shown, more = found[:LISTED_AT_ONCE], len(found) > LISTED_AT_ONCE
    following = {"text": text, "after": shown[-1].id} if more else {}
    return page(
        "admin/people.html",
        reader,
        people=[PersonForm.of(one) for one in shown],
        disabled={one.id for one in shown if one.disabled_at is not None},
        text=text,
        following=f"{PATH}?{urlencode(following)}" if following else "",
        first=f"{PATH}?{urlencode({'text': text})}" if after else "",
    )


async def _new(
    administration: Administration,
    request: Request,
    actor: Actor,
    form: PersonForm,
    refusal: Refusal | None = None,
) -> Response:
    async with administration.frame.database.read() as conn:
        reader = await administration.reader(request, conn, actor)
    return page(
        "admin/new_person.html",
        reader,
        status=200 if refusal is None else refusal.status,
        form=form,
        groups=[*form.groups, Group()],
        roles=[*ActingRole],
        refusal=refusal,
    )


async def _one(
    administration: Administration,
    request: Request,
    actor: Actor,
    id_: str,
    *,
    form: PersonForm | None = None,
    refusal: Refusal | None = None,
) -> Response:
    now = administration.clock()
    async with administration.frame.database.read() as conn:
        known = await people.person_of(conn, id_)
        if known is None:
            raise Refused(404, f"Nobody of the id {id_!r} is known here.")
        account = await accounts.account_of(conn, id_)
        lasting = await sessions.lasting(conn, now=now, most=LISTED_AT_ONCE, person_id=id_)
        found = await audit.entries(conn, most=MOST_ENTRIES, about=id_)
        reader = await administration.reader(request, conn, actor)
        entries = await entries_shown(conn, found, reader)
    # Who sends it once more has seen what the other did.
    form = replace(form, version=known.version) if form else PersonForm.of(known)
    return page(
        "admin/person.html",
        reader,
        status=200 if refusal is None else refusal.status,
        known=known,
        form=form,
        groups=[*form.groups, Group()],
        roles=[*ActingRole],
        account=account,
        sessions=len(lasting),
        entries=entries,
        told=told_of(request, reader),
        refusal=refusal,
    )


async def _changed(
    administration: Administration, actor: Actor, form: PersonForm
) -> Refusal | None:
    """Keep a person as a form describes them; return why not, if so."""
    try:
        await change(
            form.described(administration.frame.plan()),
            seen=form.version,
            database=administration.frame.database,
            now=administration.clock(),
            by=doer(actor),
        )
    except FaultyFile as faulty:
        return Refusal(status=422, told="tried.422", faults=str(faulty).splitlines())
    except ChangedMeanwhile:
        told = "refusal.changed_meanwhile" if form.version else "refusal.known_already"
        return Refusal(status=409, told=told)
    return None


async def _change(
    administration: Administration,
    _: Request,
    actor: Actor,
    id_: str,
    given: Mapping[str, str],
) -> Response | Refusal:
    refusal = await _changed(administration, actor, PersonForm.sent(given, id_=id_))
    return refusal or done(f"{PATH}/{id_}", "person_changed")


async def _disable(
    administration: Administration,
    _: Request,
    actor: Actor,
    id_: str,
    given: Mapping[str, str],
) -> Response:
    disabled = given["do"] == "disable"
    await set_disabled(
        id_,
        disabled=disabled,
        database=administration.frame.database,
        now=administration.clock(),
        by=doer(actor),
    )
    return done(f"{PATH}/{id_}", "person_disabled" if disabled else "person_enabled")


async def _end_sessions(
    administration: Administration,
    _request: Request,
    actor: Actor,
    id_: str,
    _given: Mapping[str, str],
) -> Response:
    await administering.end_sessions(
        id_,
        database=administration.frame.database,
        now=administration.clock(),
        by=doer(actor),
    )
    return done(f"{PATH}/{id_}", "sessions_ended")


async def _link(
    administration: Administration,
    request: Request,
    actor: Actor,
    id_: str,
    given: Mapping[str, str],
) -> Response:
    token = await administering.give_link(
        id_,
        without_factor="without_factor" in given,
        database=administration.frame.database,
        now=administration.clock(),
        by=doer(actor),
    )
    async with administration.frame.database.read() as conn:
        reader = await administration.reader(request, conn, actor)
    return shown_once(
        reader,
        heading=reader.say("person.link_for", who=id_),
        secret=administration.site.address_of(request, f"/first/{token}"),
        told=[reader.say("person.link_told")],
        back=f"{PATH}/{id_}",
    )


_ACTS: Final[Mapping[str, _Act]] = {
    "change": _change,
    "disable": _disable,
    "enable": _disable,
    "end_sessions": _end_sessions,
    "link": _link,
}
