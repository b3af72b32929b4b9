"""Events on `cases.v1` about clocks that end at another instant, and why."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import CaseFact, Code, Instant, LimitText, Text
from schemas.vocabulary import Urgency


class CaseUrgencyRaised(CaseFact):
    """A report that joined the case tells that it is more urgent; who leads it keeps it.

    `merged_id` is that report. `sign_by` is until when an offer that waits is to be signed for now,
    `due_by` when the handling clock runs out now. `limit_text` is the limit with which it begins
    anew; without it the clock goes on, or stands, as it did.
    """

    type: ClassVar[str] = "case.urgency_raised"

    merged_id: UUID
    department: Code
    person: Text | None = None
    urgency: Urgency
    before: Urgency
    reason: Code
    sign_by: Instant | None = None
    limit_text: LimitText | None = None
    due_by: Instant | None = None


class CaseDeadlineMoved(CaseFact):
    """A clock that runs is due at another instant than was told, and why."""

    type: ClassVar[str] = "case.deadline_moved"

    department: Code
    person: Text | None = None
    clock: Code
    before: Instant
    after: Instant
    reason: Code
    plan_version: Code
