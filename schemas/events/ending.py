"""`cases.v1`: how a case ends that is not closed."""

from typing import ClassVar
from uuid import UUID

from schemas.events.acting import ActedFact
from schemas.events.base import Code, Text
from schemas.lifecycle import CaseEvent


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
