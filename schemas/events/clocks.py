"""Events on `cases.v1` about clocks that end at another instant, and why."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from schemas.events.base import MOST_LISTED, Body, CaseFact, Code, Instant, LimitText, Text
from schemas.events.case import Head
from schemas.vocabulary import Urgency

PART: Final = "part"
"""The clock of a co-handler for whom the lead waits."""
RESIDENT: Final = "resident"
"""The clock of who reported, from registration to closing."""


class UnsignedPart(Body):
    """A co-handler's part that nobody has signed for, and until when it waits for that now.

    After `until` it is asked again, or has expired if it was asked again already.
    """

    assignment_id: UUID
    department: Code
    until: Instant


class CaseUrgencyRaised(CaseFact):
    """A report that joined the case tells that it is more urgent; who leads it keeps it.

    `merged_id` is that report. `sign_by` is until when an offer that waits is to be signed for now,
    `unsigned` has the same of co-handlers' parts, `due_by` is when the handling clock runs out now.
    `limit_text` is the limit with which it begins anew; without it the clock goes on, or stands, as
    it did.
    """

    type: ClassVar[str] = "case.urgency_raised"

    merged_id: UUID
    department: Code
    person: Text | None = None
    urgency: Urgency
    before: Urgency
    reason: Code
    sign_by: Instant | None = None
    unsigned: tuple[UnsignedPart, ...] = Field(default=(), max_length=MOST_LISTED)
    limit_text: LimitText | None = None
    due_by: Instant | None = None


class PromiseMissed(CaseFact):
    """The date by which reporters were told that the case is closed has passed, and it is open.

    Told once of each date. `department` and `person` lead the case, if anybody does, `heads` are
    told by name.
    """

    type: ClassVar[str] = "case.promise_missed"

    department: Code | None = None
    person: Text | None = None
    promised_by: Instant
    heads: tuple[Head, ...] = Field(default=(), max_length=MOST_LISTED)


class CaseDeadlineMoved(CaseFact):
    """A clock that runs is due at another instant than was told, and why.

    `clock` is `handling`, or `resident`: by when the case is to be closed, as its reporters were
    told, which never comes sooner. Of that `limit_text` is the limit, counted from `since` if that
    is another instant than until now. `part` is that of a co-handler for which the lead waits.
    `department` and `person` lead the case, if anybody does; of a part they are whose it is.
    """

    type: ClassVar[str] = "case.deadline_moved"

    department: Code | None = None
    person: Text | None = None
    clock: Code
    before: Instant
    after: Instant
    reason: Code
    limit_text: LimitText | None = None
    since: Instant | None = None
    plan_version: Code

    @property
    def promised_before(self) -> datetime:
        """What reporters were told until now."""
        return self.before
