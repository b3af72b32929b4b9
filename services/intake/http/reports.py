"""Reports over HTTP: a thin producer for those without Kafka, and what became of a report."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field, Json, TypeAdapter
from pydantic_core import from_json, to_json
from starlette.responses import Response

from schemas.cloudevents import (
    BATCH_CONTENT,
    JSON_CONTENT,
    STRUCTURED_CONTENT,
    media_type_of,
)
from schemas.events.base import Code
from schemas.events.incident import MAX_REPORT_BYTES, IncidentReport, SourceId
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, asks, not_yours
from services.access.report_links import ReportLinks
from services.assessment.refusal import RefusalReason
from services.intake.bounds import MAX_REPORTS
from services.intake.domain.outcome import Outcome
from services.intake.use_cases.submissions import (
    Accepted,
    Door,
    KeyReused,
    Submission,
    message_for,
    report_status,
    submit,
)
from services.kit.http.bounds import MAX_BODY_BYTES
from services.kit.http.door import faults_of_key, patience, refusals
from services.kit.http.openapi import body_schema, inlined
from services.kit.http.problems import IndexedFieldError, Refused, problem
from services.kit.records import Fault, Rejected
from services.kit.stage.decoding import strict_json, structured_data, validated

MEDIA_TYPES: Final = (JSON_CONTENT, STRUCTURED_CONTENT, BATCH_CONTENT)

_UNDECIDED: Final = ASKED | {
    404: problem("Not decided so far"),
    422: problem("Not a source and the id of a report"),
}
_ONE: Final = TypeAdapter(IncidentReport)
_MANY: Final = TypeAdapter(list[IncidentReport])


class WhyRefused(BaseModel):
    """Why a report was not accepted: one reason, the field it is in, and what people read."""

    reason: RefusalReason
    field: str
    message_en: str
    message_zh: str


class Decided(BaseModel, from_attributes=True):
    """What became of a report; `primary_id` is the case it was merged into.

    `promised_by` is by when its case is to be closed.
    Of a case that ended: when, as what (`closed`, `not_accepted`, `withdrawn`, `merged`), what came
    out or why, and into which case it was merged by hand. `status_page` is where whoever reported
    sees what becomes of it, where the plan has that page: for nobody else.
    """

    source: str
    id: str = Field(validation_alias="source_id")
    case_id: UUID
    outcome: Literal[Outcome.REGISTERED, Outcome.MERGED, Outcome.REJECTED]
    primary_id: UUID | None
    promised_by: datetime | None
    refusal: Json[WhyRefused] | None
    ended_at: datetime | None = Field(validation_alias="closed_at")
    ended_as: str | None
    ended_why: str | None
    ended_into: UUID | None
    status_page: str | None = None


def reports_router(door: Door, *, links: ReportLinks) -> APIRouter:
    """Return the routes of reports."""
    router = APIRouter(tags=["reports"])

    @router.post(
        "/reports",
        status_code=202,
        response_model=Accepted,
        response_description="The log has every report",
        responses=ASKED | refusals(IndexedFieldError),
        openapi_extra=_request_schema(),
    )
    async def post_reports(
        request: Request,
        actor: Annotated[Actor, asks(Scope.REPORTS_WRITE)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Take one report or a list of them, all or nothing, of sources that the key is bound to.

        202 says that the log has every one of them, on all replicas. With one invalid report in
        a list none is taken. An `Idempotency-Key` is remembered for 24 hours; without one a
        repeat is harmless too, because the same source and id are one report.
        """
        answer = await _taken(request, key=idempotency_key, actor=actor, door=door)
        return _linked(answer, links)

    @router.get("/reports/{source}/{id:path}", responses=_UNDECIDED)
    async def get_report(
        source: Code,
        id: SourceId,  # noqa: A002 - the name in the report
        actor: Annotated[Actor, asks(Scope.REPORTS_READ)],
    ) -> Decided:
        """Tell what became of a report: its case, its outcome, the case it was merged into.

        Of a rejected one it tells why. Sent again, that one is judged anew. Of a registered one
        whose case ended it tells how. 404 until intake has decided it, moments after the 202.
        """
        return await _decided(source, id, actor=actor, door=door, links=links)

    return router


async def _decided(
    source: str, id_: str, *, actor: Actor, door: Door, links: ReportLinks
) -> Decided:
    if not (actor.reports_for(source) or actor.sees_all):
        raise not_yours(f"the source {source}")
    report = await report_status(source, id_, database=door.database)
    if report is None:
        raise Refused(404, "No report of this source and id was decided so far.")
    decided = Decided.model_validate(report)
    # Whoever sees all reports is not who made them.
    link = links.link_of(decided.case_id) if actor.reports_for(source) else None
    return decided.model_copy(update={"status_page": link})


async def _taken(request: Request, *, key: str | None, actor: Actor, door: Door) -> str:
    if faults := faults_of_key(key):
        raise _invalid(*map(_in_request, faults))
    body = await request.body()
    reports = reports_in(body, media_type=media_type_of(request.headers.get("content-type", "")))
    if foreign := sorted({one.source for one in reports if not actor.reports_for(one.source)}):
        raise not_yours(f"the source {foreign[0]}")
    # Each caller has keys of their own: nobody is answered what was answered to another.
    own_key = None if key is None else f"{actor.id} {key}"
    submission = Submission(reports=reports, body=body, key=own_key)
    try:
        async with patience():
            return await submit(submission, door=door)
    except KeyReused as reused:
        fault = Fault("Idempotency-Key", "came with another body before")
        raise _invalid(_in_request(fault)) from reused


def _linked(answer: str, links: ReportLinks) -> Response:
    """Return what is answered with the links, which are kept with no answer."""
    if links.are_given:
        taken = Accepted.model_validate_json(answer).accepted
        for one in taken:
            one.status_page = links.link_of(one.case_id)
        answer = Accepted(accepted=taken).model_dump_json()
    return Response(answer, status_code=202, media_type="application/json")


def reports_in(body: bytes, *, media_type: str = JSON_CONTENT) -> list[IncidentReport]:
    """Return the reports of a request's body; raises `Refused` with every fault found."""
    many = body.lstrip().startswith(b"[")
    try:
        strict_json(body, max_bytes=MAX_BODY_BYTES)
        if media_type != JSON_CONTENT:
            body = _data_of(body, many=many)
        if many:
            _check_count(len(from_json(body)))
        reports = validated(_MANY, body) if many else [validated(_ONE, body)]
    except Rejected as rejected:
        of_fields = rejected.code == "invalid"
        locate = _in_list if many and of_fields else _in_one if of_fields else _in_request
        raise _invalid(*map(locate, rejected.faults)) from rejected
    _check_sizes(reports)
    return reports


def _data_of(body: bytes, *, many: bool) -> bytes:
    """Return the report that a CloudEvent brings, or the list of them that a batch does."""
    if not many:
        return structured_data(body, expected_types=(IncidentReport.type,))
    found = []
    for index, event in enumerate(from_json(body)):
        try:
            found.append(structured_data(to_json(event), expected_types=(IncidentReport.type,)))
        except Rejected as rejected:
            faults = [Fault(f"{index}.{fault.field}", fault.reason) for fault in rejected.faults]
            raise Rejected("invalid", faults) from rejected
    return b"[" + b",".join(found) + b"]"


def _check_count(count: int) -> None:
    if count > MAX_REPORTS:
        raise Refused(413, f"{count} reports are more than {MAX_REPORTS}; send them in parts.")
    if not count:
        raise _invalid(IndexedFieldError(index=None, field="value", reason="has no report"))


def _check_sizes(reports: list[IncidentReport]) -> None:
    """Refuse what the stage would have to put aside later, when nobody hears of it."""
    told = f"has more than {MAX_REPORT_BYTES} bytes"
    large = [
        IndexedFieldError(index=index, field="value", reason=told)
        for index, report in enumerate(reports)
        if len(message_for(report).value or b"") > MAX_REPORT_BYTES
    ]
    if large:
        raise _invalid(*large)


def _in_request(fault: Fault) -> IndexedFieldError:
    return IndexedFieldError(index=None, field=fault.field, reason=fault.reason)


def _in_one(fault: Fault) -> IndexedFieldError:
    return IndexedFieldError(index=0, field=fault.field, reason=fault.reason)


def _in_list(fault: Fault) -> IndexedFieldError:
    number, _, field = fault.field.partition(".")
    if not number.isdecimal():
        return _in_request(fault)
    return IndexedFieldError(index=int(number), field=field or "value", reason=fault.reason)


def _invalid(*errors: IndexedFieldError) -> Refused:
    return Refused(422, "The reports are not valid; none was taken.", errors=errors)


def _request_schema() -> dict[str, Any]:
    """Return the body as OpenAPI shows it: the route reads raw bytes, to be strict about them."""
    report = inlined(IncidentReport.model_json_schema())
    many = {"type": "array", "items": report, "minItems": 1, "maxItems": MAX_REPORTS}
    return body_schema({"oneOf": [report, many]})
