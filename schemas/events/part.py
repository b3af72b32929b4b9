"""Events on `cases.v1` about one department's part of a case."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from schemas.events.acting import ActedFact
from schemas.events.assignment import Wanted
from schemas.events.base import MOST_LISTED, CaseFact, Code, Instant, Text
from schemas.events.case import Evidence, Heads


class PartAskedAgain(CaseFact):
    """Nobody has signed for a co-handler's part: it is asked once more.

    Of a department on call the router then offers the part to the next of its people, if there is
    one. `sign_by` is until when it should have been signed for. After `until` the part has expired,
    and the case goes on without it. `due_by` is when the case's handling clock runs out, `heads`
    who of the department is told by name, `wanted` why it was asked for, if it was.
    """

    type: ClassVar[str] = "part.asked_again"

    assignment_id: UUID
    department: Code
    person: Text | None = None
    sign_by: Instant
    until: Instant
    due_by: Instant | None = None
    heads: Heads = ()
    wanted: Wanted | None = None


class PartChanged(ActedFact):
    """A co-handler's part, or the lead's own before the closing rule holds, moved on.

    One that is `expired` nobody signed for: the case goes on without it.
    Of a part that is done `note` is the result, with its evidence.
    """

    type: ClassVar[str] = "part.changed"

    assignment_id: UUID
    department: Code
    status: Code
    note: Text = ""
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=MOST_LISTED)
