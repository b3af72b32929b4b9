"""How the reporters of a case can be reached: intake has it, and is asked by whoever looks."""

from dataclasses import dataclass, replace
from uuid import UUID

import httpx

from schemas.looks import MAY_LOOK, LookView, Wish, role_to_look
from schemas.vocabulary import INTAKE, PartStatus, Role
from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.use_cases.asking import Others, told

_AT_WORK = frozenset({PartStatus.ACCEPTED, PartStatus.WORKING})


class MayNotLook(Exception):
    """Intake shows this to nobody who asks so: the case ended, or is not theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intakes:
    """Intake's processes; nothing that they say of a reporter is kept here."""

    others: Others

    async def look(self, case_id: UUID, *, wish: Wish, actor: Actor) -> LookView:
        """Have intake keep a look, and return what it shows.

        Raises `MayNotLook` and `NobodyAnswers`.
        """
        least = replace(actor, roles=actor.roles & MAY_LOOK.keys(), areas=frozenset())
        body = wish.model_dump_json().encode()
        answer = await self.others.asked(INTAKE, f"/cases/{case_id}/looks", actor=least, body=body)
        if answer.status == httpx.codes.FORBIDDEN:
            raise MayNotLook
        return told(LookView, answer)


def is_offered(view: View, actor: Actor) -> bool:
    """Tell whether a look is offered; whether anything is shown, intake decides."""
    return _may_look(view, actor, at_work=_at_work(view))


def is_opened_by_signing(view: View, actor: Actor) -> bool:
    """Tell whether a look is offered once a department of theirs that was asked has signed."""
    asked = {one.department for one in view.parts.values() if one.status is PartStatus.OFFERED}
    return not is_offered(view, actor) and _may_look(view, actor, at_work=frozenset(asked))


def _may_look(view: View, actor: Actor, *, at_work: frozenset[str]) -> bool:
    role = role_to_look(actor.roles, departments=actor.departments, at_work=at_work)
    return view.closed_at is None and role is not None


def _at_work(view: View) -> frozenset[str]:
    """Return the departments that signed for a case, and are not done with their part of it."""
    return frozenset(
        part.department
        for part in view.parts.values()
        if part.status in _AT_WORK or (part.role is Role.LEAD and part.status is PartStatus.DONE)
    )
