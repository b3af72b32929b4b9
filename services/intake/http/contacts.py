"""How the reporters of a case can be reached, for whoever may look; and who looked."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.events.acting import Person
from schemas.looks import LookView, ReporterView, Wish
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, asks
from services.intake.bounds import MOST_LOOKS
from services.intake.store.tables import ContactLook
from services.intake.use_cases.looks import (
    Contacts,
    MayNotLook,
    NoSuchCase,
    Seen,
    look,
    looks_kept,
)
from services.kit.http.problems import Refused, problem
from services.kit.records import Fault
from services.kit.sql.cursors import Cursor, InvalidCursor

_NOT_STORED: Final = {"Cache-Control": "no-store"}


class KeptLook(BaseModel):
    """Who looked at the contacts of a case, in which role, why, and of which reports' cases."""

    look_id: UUID
    case_id: UUID
    at: datetime
    person: str
    name: str
    role: str
    departments: list[str]
    reason: str
    seen: list[UUID]


class KeptLooks(BaseModel):
    """One page of looks, the earliest first; `next` is the `after` of the page behind it."""

    looks: list[KeptLook]
    next: str | None


class LookFilter(BaseModel):
    """Which looks to list; what is left out narrows nothing."""

    model_config = ConfigDict(extra="forbid")

    case_id: UUID | None = None
    person: Person | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LOOKS)] = 50
    after: Annotated[str, StringConstraints(max_length=100)] | None = None


def contacts_router(contacts: Contacts) -> APIRouter:
    """Return the routes of contacts; each asks who it is that looks."""
    router = APIRouter(tags=["contacts"])

    @router.post(
        "/cases/{case_id}/looks",
        responses=ASKED
        | {
            400: problem("Not JSON"),
            404: problem("Not known here"),
            422: problem("Without a sound reason"),
        },
    )
    async def post_look(
        case_id: UUID,
        wish: Wish,
        actor: Annotated[Actor, asks(Scope.CASES_READ)],
        response: Response,
    ) -> LookView:
        """Show how the reporters of an open case can be reached, and keep who looked and why.

        Handlers of the departments that signed for the case see them, as lead or co-handler, and
        those who accept, dispatch or lead the shift; nobody once the case has ended. What was
        erased or is older than it is kept is not there.
        """
        response.headers.update(_NOT_STORED)
        return await _look(contacts, case_id, reason=wish.reason, actor=actor)

    @router.get("/looks", responses=ASKED | {422: problem("Not a valid filter")})
    async def get_looks(
        asked: Annotated[LookFilter, Query()], actor: Annotated[Actor, asks(Scope.PLAN_READ)]
    ) -> KeptLooks:
        """List who looked at contacts, for the supervision and for administrators.

        No contact is in it. `after` is the `next` of the page before.
        """
        return await _page(contacts, asked, actor=actor)

    return router


async def _look(contacts: Contacts, case_id: UUID, *, reason: str, actor: Actor) -> LookView:
    try:
        found = await look(case_id, reason=reason, actor=actor, contacts=contacts)
    except NoSuchCase:
        raise Refused(404, f"Nothing is known of {case_id} here, or not yet.") from None
    except MayNotLook as refused:
        raise Refused(403, str(refused)) from None
    return LookView(
        look_id=found.id,
        case_id=case_id,
        reporters=[_reporter(one) for one in found.seen],
        some_erased=found.some_erased,
    )


async def _page(contacts: Contacts, asked: LookFilter, *, actor: Actor) -> KeptLooks:
    try:
        found = await looks_kept(
            actor=actor,
            contacts=contacts,
            case_id=asked.case_id,
            person=asked.person,
            after=None if asked.after is None else _cursor(asked.after),
            most=asked.limit + 1,
        )
    except MayNotLook as refused:
        raise Refused(403, str(refused)) from None
    page = found[: asked.limit]
    more = len(found) > asked.limit
    return KeptLooks(
        looks=[_kept(one) for one in page],
        next=str(Cursor(page[-1].at, page[-1].id)) if more else None,
    )


def _reporter(seen: Seen) -> ReporterView:
    return ReporterView(
        source=seen.source,
        id=seen.source_id,
        reported_at=seen.reported_at,
        contact=seen.contact,
    )


def _kept(row: ContactLook) -> KeptLook:
    return KeptLook(
        look_id=row.id,
        case_id=row.case_id,
        at=row.at,
        person=row.person,
        name=row.name,
        role=row.role,
        departments=row.departments.split(),
        reason=row.reason,
        seen=[UUID(one) for one in row.seen.split()],
    )


def _cursor(text: str) -> Cursor:
    """Return the place a cursor names. Raises `Refused`."""
    try:
        return Cursor.parse(text)
    except InvalidCursor as invalid:
        fault = Fault("after", str(invalid))
        raise Refused(422, "The request is not valid.", errors=(fault,)) from invalid
