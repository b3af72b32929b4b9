"""The router over HTTP: the plan as it stands, how a case was routed, how a report would be."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, Json, TypeAdapter

from schemas.events.assignment import Explanation, Offer
from schemas.plan import Department, Person, Plan
from schemas.scopes import Scope
from schemas.vocabulary import Tier, Urgency
from services.access.actor import Actor
from services.access.door import ASKED, asks
from services.kit.clock import Clock
from services.kit.http.openapi import body_schema
from services.kit.http.problems import Refused, problem
from services.kit.records import Rejected
from services.kit.sql.database import Database
from services.kit.stage.decoding import strict_json, validated
from services.router.domain.route import Route
from services.router.store import RouteRound
from services.router.use_cases.questions import Question, explained, routing_of
from services.router.use_cases.rounds import Step


class OnDuty(BaseModel, from_attributes=True):
    """Somebody to ask now, first one first."""

    id: str
    title_en: str
    title_zh: str


class DepartmentNow(BaseModel):
    """A department and who answers for it now; a staffed one lists nobody."""

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


class RoundTold(BaseModel, from_attributes=True):
    """One assignment of the lead, and why."""

    round: int
    at: datetime
    department: str
    person: str | None
    outcome: str
    final: bool
    why: Json[Explanation]


class Tried(BaseModel, from_attributes=True):
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
    co_handlers: list[Offer] = Field(validation_alias="co_offers")
    level: int
    final: bool
    due_by: datetime
    plan_version: str
    tried: list[Tried] = Field(validation_alias="declined")
    rounds: list[RoundTold]


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

    @api.get("/plan", tags=["plan"], responses=ASKED)
    def plan_now(_: Annotated[Actor, asks(Scope.PLAN_READ)]) -> PlanNow:
        """Return the plan's departments and who is on duty now."""
        return _plan_now(plan(), now=clock())

    @api.post(
        "/plan/explain",
        tags=["plan"],
        responses=ASKED | {422: problem("Not a valid question; a reason per field")},
        openapi_extra=body_schema(Question.model_json_schema()),
    )
    async def explain(request: Request, _: Annotated[Actor, asks(Scope.PLAN_READ)]) -> Answer:
        """Decide a hypothetical report and say why; nothing is kept or published."""
        question = _question(await request.body())
        return _answer(explained(plan(), question, now=clock()))

    @api.get(
        "/cases/{case_id}/route",
        tags=["cases"],
        responses=ASKED
        | {
            404: problem("Not routed here, or not to a party of yours"),
            422: problem("Not an id of a case"),
        },
    )
    async def route(case_id: UUID, actor: Annotated[Actor, asks(Scope.CASES_READ)]) -> RoutingTold:
        """Return every assignment a case went through, each with why."""
        found = await routing_of(database, case_id)
        if found is None or not actor.is_concerned(_parties(found[0])):
            raise Refused(404, f"The case {case_id} was not routed here, or not yet.")
        return _routing(case_id, *found)

    return api


def _parties(route: Route) -> set[str]:
    """Return the departments that have a case, or are asked to help with it.

    One that it was offered to before has nothing to do with it any more.
    """
    return {route.lead, *(offer.department for offer in route.co_offers)}


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
        on_duty=[OnDuty.model_validate(person) for person in chain],
    )


def _routing(case_id: UUID, route: Route, rounds: list[RouteRound]) -> RoutingTold:
    told = {name: getattr(route, name) for name in route.__slots__}
    return RoutingTold.model_validate({"case_id": case_id, "rounds": rounds, **told})


def _answer(step: Step) -> Answer:
    found = step.round
    if found is None:
        msg = "a report that nobody made has a first round"
        raise AssertionError(msg)
    told = {"outcome": step.outcome, "level": step.route.level, "duty_unfilled": found.unfilled}
    return Answer.model_validate({**dict(found.assigned), **told})
