"""How the reporters of a case can be reached: intake has it, and is asked by whoever looks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import httpx

from schemas.looks import MAY_LOOK, LookView, Wish, role_to_look
from schemas.vocabulary import INTAKE, PartStatus, Role
from services.access.actor import Actor
from services.access.passes import HEADER, pass_of
from services.desk.bounds import PASS_HOLDS
from services.desk.domain.view import View
from services.desk.use_cases.asking import NobodyAnswers, Peer, first_answer, told
from services.kit.clock import Clock

_AT_WORK = frozenset({PartStatus.ACCEPTED, PartStatus.WORKING})


class MayNotLook(Exception):
    """Intake shows this to nobody who asks so: the case ended, or is not theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intakes:
    """Where processes are asked, intake's among them, and what a pass is signed with.

    Nothing that they say of a reporter is kept here.
    """

    peers: Sequence[Peer]
    transport: httpx.AsyncBaseTransport
    secret: bytes | None
    clock: Clock

    async def look(self, case_id: UUID, *, wish: Wish, actor: Actor) -> LookView:
        """Have intake keep a look, and return what it shows.

        Raises `MayNotLook` and `NobodyAnswers`.
        """
        if self.secret is None:
            raise NobodyAnswers(["TONGXIN_ACCESS_SECRET is not set: intake could check no pass"])
        answer = await first_answer(
            self.peers,
            f"/cases/{case_id}/looks",
            service=INTAKE,
            transport=self.transport,
            headers={HEADER: self._pass_of(actor, self.secret)},
            body=wish.model_dump_json().encode(),
        )
        if answer.status == httpx.codes.FORBIDDEN:
            raise MayNotLook
        return told(LookView, answer)

    def _pass_of(self, actor: Actor, secret: bytes) -> str:
        """Return a pass that says no more of them than is needed: an address may be wrong."""
        least = replace(actor, roles=actor.roles & MAY_LOOK.keys(), areas=frozenset())
        return pass_of(least, until=self.clock() + PASS_HOLDS, secret=secret)


def is_offered(view: View, actor: Actor) -> bool:
    """Tell whether a look is offered; whether anything is shown, intake decides."""
    if view.closed_at is not None:
        return False
    return (
        role_to_look(actor.roles, departments=actor.departments, at_work=_at_work(view)) is not None
    )


def _at_work(view: View) -> frozenset[str]:
    """Return the departments that signed for a case, and are not done with their part of it."""
    return frozenset(
        part.department
        for part in view.parts.values()
        if part.status in _AT_WORK or (part.role is Role.LEAD and part.status is PartStatus.DONE)
    )
