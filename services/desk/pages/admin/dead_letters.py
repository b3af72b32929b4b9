"""Records that no service could process: seen by their place alone, replayed and dismissed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from schemas.dead_letters import Which
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.desk.bounds import MOST_ENTRIES
from services.desk.http.form import fields_of
from services.desk.pages.admin.administration import (
    Administration,
    Refusal,
    done,
    told_of,
)
from services.desk.pages.admin.entries import entries_shown
from services.desk.pages.rendering import Reader, page
from services.desk.pages.routing import pages_router
from services.desk.pages.words import WORDS
from services.desk.store import audit
from services.desk.use_cases.asking import NobodyAnswers
from services.desk.use_cases.dead_letters import CannotBeReplayed, DeadLetters, Outcome, PutAside
from services.kit.http.problems import Refused

PATH: Final = "/dead-letters"
_Manages = Annotated[Actor, asks(Scope.DEAD_LETTERS_MANAGE)]
_GONE: Final = Refusal(status=409, told="letter.gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A record as its row shows it; `whys` has why, by service, and the code where it says more.

    `held` is why it cannot be replayed here; empty where it can.
    """

    name: str
    whys: Sequence[tuple[str, str, str]]
    at: datetime | None
    size: int | None
    held: str

    @classmethod
    def of(cls, record: PutAside, reader: Reader) -> "_Row":
        last, held = record.last, ""
        if record.replayer is None:
            held = reader.say(f"letter.{last.why_not}")
        return cls(
            name=last.name,
            whys=[(one, _why(reader, it.code), it.code) for one, it in record.letters.items()],
            at=last.rejected_at,
            size=last.size,
            held=held,
        )


def dead_letters_page(administration: Administration) -> APIRouter:
    """Return these routes."""
    router = pages_router()
    letters = DeadLetters(
        others=administration.others,
        own=administration.installation.letters,
        database=administration.frame.database,
        clock=administration.clock,
    )

    @router.get(PATH)
    async def list_letters(request: Request, actor: _Manages) -> Response:
        return await _list(administration, letters, request, actor)

    @router.post(PATH)
    async def act(request: Request, actor: _Manages) -> Response:
        given = await fields_of(request)
        try:
            name = Which(name=given.get("name", "")).name
        except ValidationError:
            raise Refused(422, "No form of ours names a dead letter in this way.") from None
        came = await _tried(letters, given.get("do", ""), name, actor)
        if isinstance(came, Refusal):
            return await _list(administration, letters, request, actor, came, about=name)
        return done(PATH, came)

    return router


async def _tried(letters: DeadLetters, wish: str, name: str, actor: Actor) -> str | Refusal:
    """Do what a form says, and return what to tell of it, or why it was not done.

    Raises `Refused` for what no form of ours says.
    """
    wishes = {"replay": letters.replay, "dismiss": letters.dismiss}
    if wish not in wishes:
        raise Refused(422, "There is nothing of this name to do with a dead letter.")
    try:
        outcome = await wishes[wish](name, actor=actor)
    except NobodyAnswers:
        return Refusal(status=503, told="letter.no_answer")
    except CannotBeReplayed as cannot:
        return Refusal(status=409, told=f"letter.{cannot.why}")
    return _GONE if outcome is Outcome.GONE else f"letter_{wish}_{outcome}"


async def _list(
    administration: Administration,
    letters: DeadLetters,
    request: Request,
    actor: Actor,
    refusal: Refusal | None = None,
    *,
    about: str = "",
) -> Response:
    # Nothing of our own database is held while other services are waited for.
    found = await letters.found(actor)
    async with administration.frame.database.read() as conn:
        past = await audit.entries(conn, most=MOST_ENTRIES, about=about) if about else []
        reader = await administration.reader(request, conn, actor)
        shown = await entries_shown(conn, past, reader)
    return page(
        "admin/dead_letters.html",
        reader,
        status=200 if refusal is None else refusal.status,
        rows=[_Row.of(record, reader) for record in found.records],
        away=found.away,
        some_older=found.some_older,
        told=told_of(request, reader),
        refusal=refusal,
        past=shown,
    )


def _why(reader: Reader, code: str) -> str:
    """Return why a record was put aside, in words; a code of a later release has none."""
    name = f"put_aside.{code}"
    return reader.say(name) if name in WORDS else reader.say("put_aside.other")
