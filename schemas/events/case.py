"""`cases.v1`: what happened to a case, keyed by case; all three services write here."""

from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import Field

from schemas.events.acting import ActedFact
from schemas.events.base import (
    MOST_LISTED,
    MOST_ROUNDS,
    Body,
    CaseFact,
    Code,
    Instant,
    LeftSeconds,
    Level,
    LimitText,
    Text,
)
from schemas.events.incident import HALF_WAY_ROUND_M, Description, Links, People, Place
from schemas.lifecycle import CaseEvent
from schemas.vocabulary import Channel, EscalationTrigger, Urgency


class Head(Body):
    """Somebody who is told by name because a case rose: of a department, or of the supervision."""

    party: Code
    person: Text
    title_en: Text = ""
    title_zh: Text = ""


Heads = Annotated[tuple[Head, ...], Field(max_length=MOST_LISTED)]


class Reporter(Body):
    """Who reported, as the upstream system knows it; never a person's name or number."""

    source: Code
    source_id: Text
    channel: Channel


class CaseRegistered(CaseFact):
    """A valid, new report became a case (rows 1 and 2 of the life cycle).

    `promise` is how long it may take until it is closed, `promised_by` when that is over: what its
    reporter is told.
    """

    type: ClassVar[str] = CaseEvent.REGISTERED

    reporter: Reporter
    reported_at: Instant
    category: Code
    class_code: Code
    title_en: Text
    title_zh: Text
    urgency: Urgency
    place: Place
    description: Text = ""
    media: tuple[Text, ...] = Field(default=(), max_length=MOST_LISTED)
    people: People | None = None
    promise: LimitText | None = None
    promised_by: Instant | None = None
    exercise: bool = False
    triage: bool = False
    classified_by: Text
    plan_version: Code


class CaseMerged(CaseFact):
    """Another report of the same thing joined this open case (rows 1 and 6).

    `case_id` is the primary, whose followers grow; `merged_id` is the report's own case, ended.
    What it said follows: `urgency` is how urgent it is by the plan, `danger` the word of danger to
    life that it has, which makes it an emergency.
    """

    type: ClassVar[str] = CaseEvent.MERGED

    merged_id: UUID
    reporter: Reporter
    reported_at: Instant
    distance_m: Annotated[float, Field(ge=0, le=HALF_WAY_ROUND_M)] | None = None
    why: Text
    description: Description = ""
    media: Links = ()
    people: People | None = None
    urgency: Urgency | None = None
    danger: Text | None = None
    exercise: bool = False


class CaseRejected(CaseFact):
    """A readable report that this plan does not accept (rows 1 and 5)."""

    type: ClassVar[str] = CaseEvent.REJECTED

    reporter: Reporter
    reported_at: Instant
    reason: Code
    field: Text
    message_en: Text
    message_zh: Text
    exercise: bool = False


class AssignmentAccepted(ActedFact):
    """The lead signed for the case (row 9)."""

    type: ClassVar[str] = CaseEvent.ACCEPTED

    assignment_id: UUID
    department: Code
    by: Text | None = None


class AssignmentExpired(CaseFact):
    """Nobody signed in time (row 10)."""

    type: ClassVar[str] = CaseEvent.EXPIRED

    assignment_id: UUID
    department: Code
    person: Text | None = None
    sign_by: Instant


class AssignmentAskedAgain(CaseFact):
    """Nobody of a staffed department has signed, and nobody is left above: it is asked once more.

    The offer stands. `sign_by` is until when it should have been signed for, `again_at` when it is
    asked the next time, `heads` who is told by name.
    """

    type: ClassVar[str] = "assignment.asked_again"

    assignment_id: UUID
    department: Code
    sign_by: Instant
    again_at: Instant
    heads: Heads = ()


class CaseReturned(ActedFact):
    """The lead said it is not theirs, and why (row 11).

    `left_seconds` is what was left of its handling clock.
    """

    type: ClassVar[str] = CaseEvent.RETURNED

    assignment_id: UUID
    department: Code
    reason: Text
    suggested_department: Code | None = None
    left_seconds: LeftSeconds | None = None


LEFT_THE_PLAN: Final = "left_the_plan"


class AssignmentRevoked(CaseFact):
    """The case was taken back from its lead, which cannot have it any more; the router goes on.

    `reason` is `left_the_plan` so far, `left_seconds` what was left of its handling clock.
    """

    type: ClassVar[str] = CaseEvent.REVOKED

    assignment_id: UUID
    department: Code
    reason: Code
    left_seconds: LeftSeconds | None = None


class HandlingStarted(ActedFact):
    """Work on the case began (row 15)."""

    type: ClassVar[str] = CaseEvent.STARTED

    assignment_id: UUID
    department: Code


class CaseProgressed(ActedFact):
    """The lead or a co-handler said how it goes; no state changes."""

    type: ClassVar[str] = "case.progressed"

    assignment_id: UUID
    department: Code
    note: Text


class Evidence(Body):
    """One proof of the work: what kind it is and where it can be seen."""

    kind: Code
    link: Text | None = None


class FeedbackSubmitted(ActedFact):
    """The work is said to be done, with the parts the closing rule asks for (row 19)."""

    type: ClassVar[str] = CaseEvent.FEEDBACK_SUBMITTED

    assignment_id: UUID
    department: Code
    result: Text
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=MOST_LISTED)


class CheckRequested(CaseFact):
    """Somebody other than the handler shall look (row 20), until `check_by`."""

    type: ClassVar[str] = CaseEvent.CHECK_REQUESTED

    why: Text
    check_by: Instant | None = None


class CheckFailed(ActedFact):
    """The check found it not done; back to the same lead (row 21).

    `left_seconds` is what is left of the handling clock, which goes on.
    """

    type: ClassVar[str] = CaseEvent.CHECK_FAILED

    reason: Text
    failures: int = Field(ge=1, le=MOST_ROUNDS)
    left_seconds: LeftSeconds | None = None


class CheckPassed(ActedFact):
    """The check found it done (row 22)."""

    type: ClassVar[str] = CaseEvent.CHECK_PASSED

    by: Text | None = None


class CheckWaived(CaseFact):
    """The plan asks for no check of this case (row 22)."""

    type: ClassVar[str] = CaseEvent.CHECK_WAIVED

    why: Text


class CaseClosed(CaseFact):
    """The case is closed; its reporter and followers are told (row 23)."""

    type: ClassVar[str] = CaseEvent.CLOSED

    department: Code
    result: Text
    overdue: bool


class CaseReopened(ActedFact):
    """The reporter or the supervision says it is not solved (row 25); who led it is named."""

    type: ClassVar[str] = CaseEvent.REOPENED

    reason: Text
    department: Code | None = None
    person: Text | None = None


class CaseReminded(CaseFact):
    """A clock has run to the plan's share of its limit, 80 % by default."""

    type: ClassVar[str] = "case.reminded"

    department: Code
    clock: Code
    due_by: Instant


class CaseEscalated(CaseFact):
    """The case went up a level of the ladder, and why.

    `due_by` is when its handling clock, which goes on, runs out: who is asked next has until then.
    `heads` are those whom the plan names for the level, in the department and in the supervision.
    """

    type: ClassVar[str] = "case.escalated"

    level: Level
    trigger: EscalationTrigger
    assignment_id: UUID
    department: Code
    person: Text | None = None
    due_by: Instant | None = None
    heads: Heads = ()
