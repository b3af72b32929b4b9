"""How the reporters of a case can be reached: asked for with a reason, shown once, kept nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from schemas.looks import LEAST_REASON_LETTERS, MOST_REASON_LETTERS, LookView, Wish
from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.http.cases import not_known
from services.desk.http.form import fields_of
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page
from services.desk.pages.routing import pages_router
from services.desk.store import story
from services.desk.store.rows import view_of
from services.desk.use_cases.asking import NobodyAnswers
from services.desk.use_cases.contacts import Intakes, MayNotLook, is_offered

CONTACT: Final = "contact"
"""Where a case's reporters are asked for, below the case."""
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LookForm:
    """The form that asks for a look: where it goes, and how long a reason may be."""

    address: str
    reason: str = ""
    least: int = LEAST_REASON_LETTERS
    most: int = MOST_REASON_LETTERS

    @classmethod
    def offered(cls, view: View, actor: Actor) -> "LookForm | None":
        """Return the form for who may have a look, as far as the desk knows."""
        return cls(address=_address_of(view.case_id)) if is_offered(view, actor) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What came of a look: what it showed, or in which status why nothing is shown."""

    status: int = 200
    why_not: str = ""
    look: LookView | None = None


def contact_router(frame: Frame, intakes: Intakes) -> APIRouter:
    """Return the routes of a case's reporters."""
    router = pages_router()

    @router.get(f"{PATH}/{{case_id}}/{CONTACT}")
    async def ask(request: Request, case_id: UUID, actor: SeesCases) -> Response:
        view, reader = await _seen(frame, request, case_id, actor)
        told = _Told() if is_offered(view, actor) else _Told(status=403, why_not="may_not")
        return _page(view, reader, actor, told)

    @router.post(f"{PATH}/{{case_id}}/{CONTACT}")
    async def look(request: Request, case_id: UUID, actor: SeesCases) -> Response:
        reason = (await fields_of(request)).get("reason", "").strip()
        view, reader = await _seen(frame, request, case_id, actor)
        # Nothing of our own database is held while another service is waited for.
        told = await _looked(intakes, view, reason, actor)
        return _page(view, reader, actor, told, reason=reason)

    return router


async def _seen(frame: Frame, request: Request, case_id: UUID, actor: Actor) -> tuple[View, Reader]:
    async with frame.database.read() as conn:
        row = await story.case(conn, case_id, actor=actor)
        if row is None:
            raise not_known(case_id)
        reader = await frame.around(request, conn, actor)
    return view_of(row), replace(reader, here=_address_of(case_id))


async def _looked(intakes: Intakes, view: View, reason: str, actor: Actor) -> _Told:
    try:
        wish = Wish(reason=reason)
        return _Told(look=await intakes.look(view.case_id, wish=wish, actor=actor))
    except ValidationError:
        return _Told(status=422, why_not="reason")
    except MayNotLook:
        return _Told(status=403, why_not="may_not")
    except NobodyAnswers:
        return _Told(status=503, why_not="away")


def _page(view: View, reader: Reader, actor: Actor, told: _Told, *, reason: str = "") -> Response:
    form = LookForm.offered(view, actor)
    return page(
        "contact.html",
        reader,
        status=told.status,
        headers=_NOT_KEPT,
        brief=CaseInBrief.of(view, reader),
        form=None if form is None or told.look else replace(form, reason=reason),
        look=told.look,
        notes=_notes(told.look),
        why_not=told.why_not,
    )


def _notes(look: LookView | None) -> Sequence[str]:
    """Return by names of words what is to be said beside what a look shows."""
    if look is None:
        return ()
    if look.some_erased:
        return ("some_erased" if look.reporters else "erased",)
    return () if look.reporters else ("none",)


def _address_of(case_id: UUID) -> str:
    return f"{PATH}/{case_id}/{CONTACT}"
