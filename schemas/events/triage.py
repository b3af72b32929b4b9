"""Events on `cases.v1` about a case that nobody could categorise."""

from typing import ClassVar

from schemas.events.base import CaseFact, Instant, Text


class TriageRequested(CaseFact):
    """Neither a code nor a keyword said what the case is: a person shall, until `triage_by`.

    `person` is the plan's acceptor; without one it is the supervision as a whole. Correcting the
    category ends it, and so does work that begins.
    """

    type: ClassVar[str] = "triage.requested"

    person: Text | None = None
    triage_by: Instant
