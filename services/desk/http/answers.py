"""Answers of whoever is signed in, for the party that they belong to."""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel

from schemas import topics
from schemas.events.feedback import WithdrawAnswer
from schemas.plan import Plan
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.desk.http.saying import RESPONSES, answered, body_of, wanted_in
from services.desk.use_cases.answering import OURS, answer
from services.desk.use_cases.saying import Saying

# Reporters do not answer here.
_ANSWERS: Final = [one for one in topics.FEEDBACK_MESSAGES if one is not WithdrawAnswer]
_BODY: Final = body_of(_ANSWERS, *OURS, party="The one party that you belong to when left out")


class AnswerTaken(BaseModel):
    """An answer that the log has; `decided_at` is where to see what became of it.

    There the story has a line that names the person, or `refusals` one with this `feedback_id`.
    """

    case_id: UUID
    feedback_id: str
    party: str
    kind: str
    decided_at: str


def answers_router(door: Saying, *, plan: Callable[[], Plan]) -> APIRouter:
    """Return the route that takes answers."""
    router = APIRouter(tags=["answers"])

    @router.post(
        "/cases/{case_id}/answers",
        status_code=202,
        response_description="The log has it",
        responses=RESPONSES,
        openapi_extra=_BODY,
    )
    async def post_answer(
        case_id: UUID,
        request: Request,
        actor: Annotated[Actor, asks(Scope.ANSWERS_WRITE)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> AnswerTaken:
        """Take what you say of a case for your party: `kind` and its fields; 202 on all replicas.

        Who acts, which case and when are the desk's to say: leave `acting`, `by`, `case_id`, `at`
        and `feedback_id` out. `party` says for which of yours you speak, if there are several;
        `assignment_id` is looked up when left out. Whether it holds is decided from there: see the
        case's story, or its refusals. The same `Idempotency-Key` and the same body of the same
        person is one answer. With `seen`, the `lines` of the case when you looked, it is taken
        while nobody has said anything since, and nothing else has happened.
        """
        wanted = await wanted_in(request, case_id, key=idempotency_key)
        async with answered():
            taken = await answer(wanted, actor=actor, door=door, departments=plan().departments)
        return AnswerTaken(
            case_id=case_id,
            feedback_id=taken.said.feedback_id,
            party=taken.party,
            kind=taken.said.kind,
            decided_at=f"/cases/{case_id}",
        )

    return router
