"""`cases.v1`: how a case ends that is not closed."""

from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from schemas.events.acting import ActedFact
from schemas.events.base import MOST_LISTED, Body, CaseFact, Code, Instant, LeftSeconds, Text
from schemas.lifecycle import CaseEvent
from schemas.vocabulary import Channel


class _Ended(ActedFact):
    """Why; `department` and `person` had the case until now, by `assignment_id`."""

    assignment_id: UUID
    department: Code
    person: Text | None = None
    reason: Text


class CaseDismissed(_Ended):
    """Somebody in charge says that it should not have been registered (row 32).

    It counts as a report that was not accepted: in no figure of valid cases.
    """

    type: ClassVar[str] = CaseEvent.DISMISSED


class CaseWithdrawn(_Ended):
    """Its reporter took the report back, or somebody on his behalf (row 7)."""

    type: ClassVar[str] = CaseEvent.WITHDRAWN


class CaseMergedInto(_Ended):
    """Somebody in charge says that it is the same thing as another case (row 33).

    Its reporters follow the `primary_id` from now on. `left_seconds` is what was left of the
    handling clock, which stands until that is taken back.
    """

    type: ClassVar[str] = CaseEvent.MERGED_INTO

    primary_id: UUID
    left_seconds: LeftSeconds | None = None


class CaseUnmerged(ActedFact):
    """Somebody in charge takes a merge back: the case goes on by itself (row 34).

    The router offers it to whoever led it, and a part to each of the `co_handlers`, whose parts the
    merge took back. `due_by` is when its handling clock, which goes on, runs out.
    """

    type: ClassVar[str] = CaseEvent.UNMERGED

    primary_id: UUID
    reason: Text
    co_handlers: tuple[Code, ...] = Field(default=(), max_length=MOST_LISTED)
    due_by: Instant | None = None


class CaseJoined(CaseFact):
    """Another case was merged into this one: who reported or joined it follows this one, too."""

    type: ClassVar[str] = "case.joined"

    merged_id: UUID
    source: Code
    source_id: Text
    channel: Channel
    why: Text


class CaseLeft(CaseFact):
    """Another case that was merged into this one goes on by itself again."""

    type: ClassVar[str] = "case.left"

    merged_id: UUID


class CaseArchived(CaseFact):
    """Long enough after its closing nothing can happen to it any more (row 27)."""

    type: ClassVar[str] = CaseEvent.ARCHIVED

    closed_at: Instant


class ClosedBefore(Body):
    """How a case that is open again was closed: when, with which result, and whether in time."""

    closed_at: Instant
    result: Text
    overdue_at: Instant | None = None
    exempt_at: Instant | None = None
    reopened_at: Instant


class ReopenRefused(_Ended):
    """Somebody in charge says that a case which was opened again stays closed (rows 26 and 35).

    It is as it was closed at `closed_at`, with its `result`.
    """

    type: ClassVar[str] = CaseEvent.REOPEN_REFUSED

    closed_at: Instant
    result: Text


FACTS: Final = (
    *(CaseDismissed, CaseWithdrawn, CaseMergedInto, CaseUnmerged),
    *(CaseJoined, CaseLeft, CaseArchived, ReopenRefused),
)
