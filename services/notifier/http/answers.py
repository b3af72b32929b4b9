"""Answers of those without Kafka: whose they are, and which assignment they answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel

from schemas import topics
from schemas.events.feedback import FEEDBACK_TYPE, as_answer, event_of
from schemas.plan import Plan
from schemas.roles import answers_of
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks, not_yours
from services.kit.http.door import invalid, patience
from services.kit.records import Fault
from services.notifier.domain.case import CaseFile
from services.notifier.domain.part import live_part
from services.notifier.http.door import (
    RESPONSES,
    Given,
    Parts,
    body_of,
    bring,
    given_in,
    known_file,
)


class AnswerTaken(BaseModel):
    """An answer that the log has; `decided_at` is where to see what became of it."""

    case_id: UUID
    feedback_id: str
    party: str
    decided_at: str


def answers_router(parts: Parts) -> APIRouter:
    """Return the route that takes answers."""
    router = APIRouter(tags=["feedback"])

    @router.post(
        "/cases/{case_id}/feedback",
        status_code=202,
        response_description="The log has it",
        responses=RESPONSES,
        openapi_extra=body_of(
            topics.FEEDBACK_MESSAGES, party="A department's code, supervision or reporters"
        ),
    )
    async def post_feedback(
        case_id: UUID,
        request: Request,
        actor: Annotated[Actor, asks(Scope.ANSWERS_WRITE)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> AnswerTaken:
        """Take what a party says of a case, of whoever speaks for it.

        202 says that the log has it on all replicas.

        Whether it holds is decided from there: see the case's story, or `feedback-refusals.v1`.
        The same `Idempotency-Key` and the same body about the same case is one answer; otherwise
        every request is an answer of its own, which the case's state may refuse.
        """
        given = await given_in(
            request, case_id, key=idempotency_key, types=(FEEDBACK_TYPE,), at=parts.clock()
        )
        async with patience():
            return await _taken(parts, given, actor)

    return router


async def _taken(parts: Parts, given: Given, actor: Actor) -> AnswerTaken:
    plan = parts.plan()
    party = _party(given.fields, plan=plan)
    if not actor.speaks_for(party):
        raise not_yours(f"the party {party}")
    file = await known_file(parts.database, given.case_id, actor=actor, party=party)
    said = given.told(
        as_answer(given.fields["kind"]),
        actor=actor,
        feedback_id=given.own_id("http-feedback", actor.id, party),
        **_assignment(file, given.fields, party=party, plan=plan),
    )
    await bring(parts, event_of(party, said), topic=topics.feedback_of(party))
    return AnswerTaken(
        case_id=given.case_id,
        feedback_id=said.feedback_id,
        party=party,
        decided_at=f"/cases/{given.case_id}",
    )


def _party(given: dict[str, Any], *, plan: Plan) -> str:
    party, known = given.get("party"), plan.feedback_parties()
    if not isinstance(party, str) or party not in known:
        raise invalid(Fault("party", f"must be one of {', '.join(known)}"))
    words = sorted(answers_of(party))
    if given.get("kind") not in words:
        raise invalid(Fault("kind", f"{party} may say {', '.join(words)}"))
    return party


def _assignment(file: CaseFile, given: dict[str, Any], *, party: str, plan: Plan) -> dict[str, str]:
    """Return the assignment an answer is about, looked up when a department left it out."""
    if party not in plan.departments or "assignment_id" in given:
        return {}
    part = live_part(file.parts.values(), department=party)
    if part is None:
        raise invalid(Fault("assignment_id", f"{party} has no part in this case now"))
    return {"assignment_id": str(part.assignment_id)}
