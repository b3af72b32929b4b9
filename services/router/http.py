"""The router over HTTP: the plan as it stands, how a case was routed, how a report would be."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, TypeAdapter

from schemas.events.assignment import Explanation, Offer
from schemas.events.base import Body, Code, Instant
from schemas.events.incident import Description
from schemas.plan import Department, Person, Plan
from schemas.vocabulary import FALLBACK_CATEGORY, Channel, Tier, Urgency
from services.kit.clock import Clock
from services.kit.http.openapi import body_schema
from services.kit.http.problems import Refused, problem
from services.kit.records import Rejected
from services.kit.sql.database import Database
from services.kit.stage.decoding import strict_json, validated
from services.router.store import Round, Routed
from services.router.use_cases.orders import Assignment
from services.router.use_cases.questions import Hypothetical, explained, routing_of

_EXPLAINED_SOURCE = "explain"


class OnDuty(BaseModel):
    """Somebody to ask now, first one first."""

    id: str
    title_en: str
    title_zh: str


class DepartmentNow(BaseModel):
    """A department and who answers for it now; a desk is always staffed and lists nobody."""

    code: str
    tier: Tier
    title_en: str
    title_zh: str
    desk: str | None
    on_duty: list[OnDuty]


class PlanNow(BaseModel):
    """The plan cases are routed by."""

    version: str
    title_en: str
    title_zh: str
    timezone: str
    at: datetime
    counts: dict[str, int]
    departments: list[DepartmentNow]


class RoundTold(BaseModel):
    """One assignment of the lead, and why."""

    round: int
    at: datetime
    department: str
    person: str | None
    outcome: str
    final: bool
    why: Explanation


class Tried(BaseModel):
    """A department that declined, and why."""

    department: str
    reason: str


class RoutingTold(BaseModel):
    """Where a case's routing stands and how it got there."""

    case_id: UUID
    round: int
    lead: str
    person: str | None
    assignment_id: UUID
    co_handlers: list[Offer]
    level: int
    final: bool
    due_by: datetime
    plan_version: str
    tried: list[Tried]
    rounds: list[RoundTold]


class Question(Body):
    """A report to think through; `at` is when it is made, now unless given."""

    category: Code = FALLBACK_CATEGORY
    grid: Code | None = None
    description: Description = ""
    source: Code = _EXPLAINED_SOURCE
    channel: Channel = Channel.RESIDENT
    urgency: Urgency | None = None
    at: Instant | None = None


_QUESTION: Final = TypeAdapter(Question)


class Answer(BaseModel):
    """Where the report would go, on which terms, and why."""

    outcome: str
    lead: Offer
    co_handlers: list[Offer]
    urgency: Urgency
    level: int
    sign_seconds: int
    limit_seconds: int
    limit_text: str
    duty_unfilled: list[str]
    why: Explanation


def routes(*, plan: Callable[[], Plan], database: Database, clock: Clock) -> APIRouter:
    """Return the router's own routes."""
    api = APIRouter()

    @api.get("/plan", tags=["plan"])
    def plan_now() -> PlanNow:
        """Return the plan's departments and who is on duty now."""
        return _plan_now(plan(), now=clock())

    @api.post(
        "/plan/explain",
        tags=["plan"],
        responses={422: problem("Not a valid question; a reason per field")},
        openapi_extra=body_schema(Question.model_json_schema()),
    )
    async def explain(request: Request) -> Answer:
        """Decide a hypothetical report and say why; nothing is kept or published."""
        question = _question(await request.body())
        return _answer(*explained(plan(), _hypothetical(question, now=clock())))

    @api.get("/cases/{case_id}/route", tags=["cases"], responses={404: problem("Not routed here")})
    async def route(case_id: UUID) -> RoutingTold:
        """Return every assignment a case went through, each with why."""
        found = await routing_of(database, case_id)
        if found is None:
            raise Refused(404, f"The case {case_id} was not routed here, or not yet.")
        return _routing(*found)

    return api


def _question(body: bytes) -> Question:
    try:
        return validated(_QUESTION, strict_json(body))
    except Rejected as rejected:
        raise Refused(422, "The question is not valid.", errors=rejected.faults) from rejected


def _plan_now(plan: Plan, *, now: datetime) -> PlanNow:
    return PlanNow(
        version=plan.version,
        title_en=plan.title_en,
        title_zh=plan.title_zh,
        timezone=plan.timezone.key,
        at=now,
        counts={
            "departments": len(plan.departments),
            "categories": len(plan.categories),
            "rules": len(plan.rules),
            "grids": len(plan.grids),
        },
        departments=[
            _department(department, chain=department.on_duty(now, plan.timezone))
            for department in plan.departments.values()
        ],
    )


def _department(department: Department, *, chain: tuple[Person, ...]) -> DepartmentNow:
    return DepartmentNow(
        code=department.code,
        tier=department.tier,
        title_en=department.title_en,
        title_zh=department.title_zh,
        desk=department.desk,
        on_duty=[
            OnDuty(id=person.id, title_en=person.title_en, title_zh=person.title_zh)
            for person in chain
        ],
    )


def _routing(case: Routed, rounds: list[Round]) -> RoutingTold:
    route = case.route
    return RoutingTold(
        case_id=case.case_id,
        round=route.round,
        lead=route.lead,
        person=route.person,
        assignment_id=case.assignment_id,
        co_handlers=list(case.co_offers),
        level=case.level,
        final=route.final,
        due_by=case.due_by,
        plan_version=case.plan_version,
        tried=[Tried(department=d.department, reason=d.reason) for d in route.declined],
        rounds=[_round(round_) for round_ in rounds],
    )


def _round(round_: Round) -> RoundTold:
    return RoundTold(
        round=round_.round,
        at=round_.at,
        department=round_.department,
        person=round_.person,
        outcome=round_.outcome,
        final=round_.final,
        why=Explanation.model_validate_json(round_.why),
    )


def _hypothetical(question: Question, *, now: datetime) -> Hypothetical:
    return Hypothetical(
        category=question.category,
        grid=question.grid,
        description=question.description,
        source=question.source,
        channel=question.channel,
        urgency=question.urgency,
        at=question.at or now,
    )


def _answer(case: Routed, assignment: Assignment) -> Answer:
    assigned = assignment.assigned
    return Answer(
        outcome=assignment.outcome,
        lead=assigned.lead,
        co_handlers=list(assigned.co_handlers),
        urgency=assigned.urgency,
        level=case.level,
        sign_seconds=assigned.sign_seconds,
        limit_seconds=assigned.limit_seconds,
        limit_text=assigned.limit_text,
        duty_unfilled=list(assignment.unfilled),
        why=assigned.why,
    )
