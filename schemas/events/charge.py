"""`cases.v1`: what those in charge of a case did with it, by command."""

from typing import ClassVar
from uuid import UUID

from schemas.events.acting import ActedFact
from schemas.events.base import Code, LeftSeconds, Text
from schemas.lifecycle import CaseEvent


class CaseReassigned(ActedFact):
    """Somebody in charge takes the case from its lead and names the next (row 30).

    The router assigns it. `department` and `person` had it until now, `left_seconds` is what was
    left of their handling clock.
    """

    type: ClassVar[str] = CaseEvent.REASSIGNED

    assignment_id: UUID
    department: Code
    person: Text | None = None
    to_department: Code
    reason: Text
    left_seconds: LeftSeconds | None = None
