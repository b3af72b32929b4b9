"""What the router decides: on `cases.v1`, and as work orders on `assignments.<department>.v1`."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from schemas.events.base import (
    MOST_LISTED,
    Body,
    CaseFact,
    Code,
    Instant,
    Level,
    LimitText,
    Round,
    Seconds,
    Text,
)
from schemas.events.incident import People, Place
from schemas.lifecycle import CaseEvent
from schemas.vocabulary import Role, Tier, Urgency


class PassedOver(Body):
    """A candidate who did not get the case, and why."""

    candidate: Text
    reason: Text


class Explanation(Body):
    """Why this department and this person: enough to decide it again and to contest it."""

    plan_version: Code
    rule: Text
    inputs: dict[Code, Text] = Field(max_length=MOST_LISTED)
    passed_over: tuple[PassedOver, ...] = Field(default=(), max_length=MOST_LISTED)


class Offer(Body):
    """Whom a part of the case is offered to; a staffed department has no `person`.

    `asked` are those of a co-handler's people who were asked before for the same part, and did not
    sign; or the department itself, where nobody was on duty. `sign_by` is until when a co-handler
    is to sign, as its work order says; how long a lead has stands in its assignment.
    """

    assignment_id: UUID
    department: Code
    tier: Tier
    role: Role
    person: Text | None = None
    person_title_en: Text = ""
    person_title_zh: Text = ""
    asked: tuple[Text, ...] = Field(default=(), max_length=MOST_LISTED)
    sign_by: Instant | None = None


class Wanted(Body):
    """Why a department is to help that no rule named: who of those at the case asks, and why.

    `by` is the department that leads it; without it somebody in charge asks.
    """

    by: Code | None = None
    reason: Text


class CaseAssigned(CaseFact):
    """The router named the lead and the co-handlers (rows 8, 10, 12, 26).

    `sign_seconds` is how long there is to sign, nights included, `limit_text` the handling limit as
    the standard writes it, which whoever owns the clock counts by the plan's calendar;
    `limit_seconds` is the same in time that runs on, for readers without one. `resumes` says that
    the department goes on with what is left of its own handling clock, because it has the case or
    had it before, `final` that it cannot decline.
    """

    type: ClassVar[str] = CaseEvent.ASSIGNED

    round: Round
    lead: Offer
    co_handlers: tuple[Offer, ...] = Field(default=(), max_length=MOST_LISTED)
    urgency: Urgency
    sign_seconds: Seconds
    limit_seconds: Seconds
    limit_text: LimitText
    resumes: bool = False
    final: bool = False
    why: Explanation


class LoopDetected(CaseFact):
    """The case was passed around; the owner of last resort takes it."""

    type: ClassVar[str] = "case.loop_detected"

    tried: tuple[Code, ...] = Field(max_length=MOST_LISTED)
    owner: Code


class DutyUnfilled(CaseFact):
    """Nobody of a department on call could be found; the fallback owner takes the case."""

    type: ClassVar[str] = "duty.unfilled"

    department: Code
    asked: tuple[Text, ...] = Field(default=(), max_length=MOST_LISTED)
    owner: Code


class CoHandlerOffered(CaseFact):
    """The router offers a part of a case to a department that somebody wants to help.

    Or to the next of its people, because who was asked for the same part before did not sign.
    `assigned` is the round that goes on, as it is with this offer, `wanted` why it is wanted, if it
    is.
    """

    type: ClassVar[str] = "case.co_handler_offered"

    offer: Offer
    assigned: CaseAssigned
    wanted: Wanted | None = None


class WorkOrder(CaseFact):
    """All that a department needs to act: what, where, until when, what closing takes, and why.

    `wanted` says of a co-handler that was asked for who asks, and why.
    """

    type: ClassVar[str] = "assignment.offered"

    assignment_id: UUID
    round: Round
    role: Role
    department: Code
    person: Text | None = None
    lead_department: Code
    co_handlers: tuple[Code, ...] = Field(default=(), max_length=MOST_LISTED)
    category: Code
    title_en: Text
    title_zh: Text
    urgency: Urgency
    level: Level = 0
    place: Place
    description: Text = ""
    media: tuple[Text, ...] = Field(default=(), max_length=MOST_LISTED)
    people: People | None = None
    reported_at: Instant
    sign_by: Instant
    due_by: Instant
    limit_text: Text
    closing_rule: Text
    closing_conditions_en: Text = ""
    closing_conditions_zh: Text = ""
    evidence: tuple[Code, ...] = Field(default=(), max_length=MOST_LISTED)
    legal_basis: Text = ""
    final: bool = False
    exercise: bool = False
    triage: bool = False
    why: Explanation
    wanted: Wanted | None = None
    answer_to: Text
