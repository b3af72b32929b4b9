"""`cases.v1`: what those in charge of a case did with it, by command."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from schemas.events.acting import ActedFact, Person
from schemas.events.base import MOST_LISTED, Code, Instant, LeftSeconds, Text
from schemas.events.incident import Place
from schemas.lifecycle import CaseEvent
from schemas.vocabulary import Urgency


class CaseAnnotated(ActedFact):
    """Somebody added a note to the story; nothing else changes."""

    type: ClassVar[str] = "case.annotated"

    note: Text


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


class CaseCorrected(ActedFact):
    """Somebody in charge says what the case really is, how urgent, or where (row 31).

    What it is now, with `place` if that is another one; `changed` names what was other before. The
    case is taken from `department`, and the router assigns it by the plan's terms for what it is.
    """

    type: ClassVar[str] = CaseEvent.CORRECTED

    assignment_id: UUID
    department: Code
    person: Text | None = None
    category: Code
    class_code: Code
    title_en: Text
    title_zh: Text
    urgency: Urgency
    place: Place | None = None
    changed: tuple[Code, ...] = Field(max_length=MOST_LISTED)
    reason: Text
    left_seconds: LeftSeconds | None = None


class _Mark(ActedFact):
    """Of whom the mark tells, and why it is set or lifted; `department` and `person` lead now."""

    supervised_for: Person
    department: Code | None = None
    person: Text | None = None
    reason: Text


class CaseSupervised(_Mark):
    """Somebody wants to know of the case, until that is lifted; no state changes (督办).

    `department` and `person` lead it now.
    """

    type: ClassVar[str] = "case.supervised"


class CaseUnsupervised(_Mark):
    """The mark that somebody wants to know of the case is lifted."""

    type: ClassVar[str] = "case.unsupervised"


class CoHandlerWanted(ActedFact):
    """Another department is wanted to help; the router offers it a part.

    `asking_department` leads the case and asks; without it somebody in charge does.
    `assignment_id` is what that part will have, `due_by` when the handling clock runs out.
    """

    type: ClassVar[str] = "case.co_handler_wanted"

    assignment_id: UUID
    department: Code
    asking_department: Code | None = None
    reason: Text
    due_by: Instant | None = None


class CoHandlerDropped(ActedFact):
    """Somebody in charge lets a department go that helps, or was asked to."""

    type: ClassVar[str] = "case.co_handler_dropped"

    assignment_id: UUID
    department: Code
    person: Text | None = None
    reason: Text
