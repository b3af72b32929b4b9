"""Answers of those without Kafka: whose they are, and which assignment they answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request
from starlette.responses import JSONResponse, Response

from schemas import topics
from schemas.cloudevents import CloudEvent
from schemas.events.feedback import FEEDBACK, FEEDBACK_TYPE
from schemas.plan import Plan
from services.kit.http.openapi import body_schema
from services.kit.records import Fault
from services.notifier.domain.answers import words_of
from services.notifier.domain.case import CaseFile, live_part
from services.notifier.http.door import (
    ACTING,
    RESPONSES,
    Given,
    Parts,
    bring,
    given_in,
    invalid,
    known_file,
    patience,
)
from services.notifier.use_cases.inputs import answer_id


def answers_router(parts: Parts) -> APIRouter:
    """Return the route that takes answers."""
    router = APIRouter(tags=["feedback"])

    @router.post(
        "/cases/{case_id}/feedback",
        status_code=202,
        responses=RESPONSES,
        openapi_extra=_request_schema(),
    )
    async def post_feedback(
        case_id: UUID,
        request: Request,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Take what a party says of a case; 202 says that the log has it on all replicas.

        Whether it holds is decided from there: see the case's story, or `feedback-refusals.v1`.
        The same `Idempotency-Key` and the same body about the same case is one answer; otherwise
        every request is an answer of its own, which the case's state may refuse.
        """
        given = await given_in(
            request, case_id, key=idempotency_key, types=(FEEDBACK_TYPE,), at=parts.clock()
        )
        async with patience():
            return await _taken(parts, given)

    return router


async def _taken(parts: Parts, given: Given) -> Response:
    plan, case_id = parts.plan(), str(given.case_id)
    party = _party(given.fields, plan=plan)
    file = await known_file(parts.database, given.case_id)
    said = given.told(
        FEEDBACK,
        feedback_id=given.own_id("http-feedback", party),
        **_assignment(file, given.fields, party=party, plan=plan),
    )
    event = CloudEvent(
        id=answer_id(party, said),
        type=FEEDBACK_TYPE,
        source=f"/parties/{party}",
        subject=case_id,
        time=said.at,
        data=said.model_dump_json(exclude_none=True).encode(),
        key=case_id,
    )
    await bring(parts.publisher, event, topic=topics.feedback_of(party))
    answer = {"case_id": case_id, "feedback_id": said.feedback_id, "party": party}
    return JSONResponse(answer | {"decided_at": f"/cases/{case_id}"}, status_code=202)


def _party(given: dict[str, Any], *, plan: Plan) -> str:
    party, known = given.get("party"), plan.feedback_parties()
    if not isinstance(party, str) or party not in known:
        raise invalid(Fault("party", f"must be one of {', '.join(known)}"))
    words = sorted(words_of(party))
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


def _request_schema() -> dict[str, Any]:
    """Return the body as OpenAPI shows it: the route reads raw bytes, to be strict about them."""
    kinds = sorted({word for party in ("", "supervision", "reporters") for word in words_of(party)})
    text = {"type": "string"}
    machine = {"description": "Who says it; left out by a machine that speaks for its party"}
    properties = {
        "party": text | {"description": "A department's code, supervision or reporters"},
        "kind": text | {"enum": [str(kind) for kind in kinds]},
        "assignment_id": text | {"format": "uuid", "description": "Looked up when left out"},
        "feedback_id": text | {"description": "Your own id; made when left out"},
        "at": text | {"format": "date-time", "description": "Now when left out"},
        "by": text,
        "acting": ACTING | machine,
        "reason": text | {"description": "declined, check_failed, reopen"},
        "note": text | {"description": "progress"},
        "result": text | {"description": "done"},
        "evidence": {
            "type": "array",
            "items": {"type": "object", "properties": {"kind": text, "link": text}},
        },
    }
    schema = {"type": "object", "required": ["party", "kind"], "properties": properties}
    return body_schema(schema)
