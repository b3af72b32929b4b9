"""Events on `cases.v1` about a lead that waits for the part of a co-handler."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from schemas.events.acting import ActedFact
from schemas.events.base import LONGEST_SECONDS, Body, Code, Instant, Text


class Unblocked(StrEnum):
    """Why a lead waits no longer: what became of the part or the case, or somebody said so."""

    DONE = "done"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVOKED = "revoked"
    TOO_LATE = "too_late"
    SAID = "said"
    EMERGENCY = "emergency"


class Blocking(Body):
    """The part that a lead waits for, whose it is, and until when it may wait at the most.

    That is `limit_seconds` of a time in `unit` from `since`, by the calendar of its department.
    Absent from what was said before they were told.
    """

    assignment_id: UUID
    department: Code
    person: Text | None = None
    reason: Text
    until: Instant
    since: Instant | None = None
    limit_seconds: Annotated[float, Field(ge=0, le=LONGEST_SECONDS)] | None = None
    unit: Code | None = None


class CaseBlocked(ActedFact):
    """The lead cannot go on before a co-handler's part is done; its handling clock rests.

    `assignment_id` and `department` are the lead's. The part has until `blocking.until`.
    """

    type: ClassVar[str] = "case.blocked"

    assignment_id: UUID
    department: Code
    blocking: Blocking


class CaseUnblocked(ActedFact):
    """The lead waits no longer for `by_department`, and why; its handling clock goes on."""

    type: ClassVar[str] = "case.unblocked"

    assignment_id: UUID
    department: Code
    person: Text | None = None
    blocked_by: UUID
    by_department: Code
    by_person: Text | None = None
    why: Unblocked
