"""`cases.v1`: what somebody asked for that another person has to allow, and what came of it."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from schemas.events.acting import ActedFact, Person
from schemas.events.base import MOST_ROUNDS, Body, CaseFact, Code, Instant, LeftSeconds, Level, Text
from schemas.events.case import Heads
from schemas.lifecycle import CaseEvent
from schemas.vocabulary import RequestKind


class PendingRequest(Body):
    """A request that waits: what is asked for, by whom, why, and until when it is to be decided.

    `department` and `assignment_id` are those of the lead for whom it is asked, absent where it is
    nobody's who has the case. While nobody decides, it is told again at `next_at`, and goes up a
    `level`; `watcher` is who of the supervision was told by name last.
    """

    request_id: UUID
    what: RequestKind
    asked_by: Person
    asked_at: Instant
    department: Code | None = None
    assignment_id: UUID | None = None
    reason: Text
    until: Instant | None = None
    legal_basis: Text | None = None
    decide_by: Instant
    next_at: Instant
    level: Level
    watcher: Text | None = None


class RequestSubmitted(ActedFact):
    """Somebody asks for something that the supervision has to decide until `decide_by`.

    `department` and `assignment_id` are the lead's for whom it is asked, `level` is the case's.
    """

    type: ClassVar[str] = "request.submitted"

    request_id: UUID
    what: RequestKind
    department: Code | None = None
    assignment_id: UUID | None = None
    reason: Text
    until: Instant | None = None
    legal_basis: Text | None = None
    decide_by: Instant
    level: Level


class _OfRequest(CaseFact):
    """Which request it is about, what was asked, by whom, and who leads the case now."""

    request_id: UUID
    what: RequestKind
    asked_by: Person
    department: Code | None = None
    person: Text | None = None


class RequestAskedAgain(_OfRequest):
    """Nobody decided in time: whoever has to is told again, and the next time at `again_at`.

    `heads` are those of the supervision whom the plan names for the `level` it goes up to.
    """

    type: ClassVar[str] = "request.asked_again"

    decide_by: Instant
    again_at: Instant
    level: Level
    heads: Heads = ()


class RequestLapsed(_OfRequest):
    """A request has nothing to be decided any more, and why."""

    type: ClassVar[str] = "request.lapsed"

    reason: Code


class _Decided(_OfRequest, ActedFact):
    """What a person did with a request."""


class RequestWithdrawn(_Decided):
    """Whoever asked takes the request back."""

    type: ClassVar[str] = "request.withdrawn"

    reason: Text


class RequestRefused(_Decided):
    """A request is not allowed, and why; a `final` one cannot be made again."""

    type: ClassVar[str] = "request.refused"

    reason: Text
    final: bool = False


class _Approved(_Decided):
    """A request is allowed: why it was asked for, and what who allows it says."""

    reason: Text
    remark: Text


class CaseSuspended(_Approved):
    """The work rests until an instant (row 16), and with it the handling clock.

    `left_seconds` is what is left of that.
    """

    type: ClassVar[str] = CaseEvent.SUSPENDED

    until: Instant
    left_seconds: LeftSeconds | None = None


class CaseExtended(_Approved):
    """The handling limit is added to its end once more (row 18), the n-th time in this case."""

    type: ClassVar[str] = CaseEvent.EXTENDED

    before: Instant
    after: Instant
    times: Annotated[int, Field(ge=1, le=MOST_ROUNDS)]


class CaseForceClosed(_Approved):
    """The case is closed although its work is not done (row 24), on which legal basis."""

    type: ClassVar[str] = CaseEvent.FORCE_CLOSED

    legal_basis: Text
    overdue: bool


class AppealApproved(_Approved):
    """The overrun of a closed case does not count against its lead (row 28); that it was stays."""

    type: ClassVar[str] = CaseEvent.APPEAL_APPROVED

    overdue_at: Instant


class SuspensionEnded(ActedFact):
    """The work on a suspended case goes on (row 17): its date has come, or somebody wants it to.

    Its handling clock goes on with `left_seconds`, and ends at `due_by`.
    """

    type: ClassVar[str] = CaseEvent.RESUMED

    department: Code | None = None
    person: Text | None = None
    reason: Text
    left_seconds: LeftSeconds | None = None
    due_by: Instant | None = None
