"""`cases.v1`: how satisfied whoever reported is with what came out."""

from typing import ClassVar, Final
from uuid import UUID

from schemas.events.acting import ActedFact
from schemas.events.base import Body, Instant, Text
from schemas.vocabulary import Satisfaction

MOST_RATINGS: Final = 100
"""Of one case: one for each report and closing."""


class Rating(Body):
    """What the reporter of a report said, and when; the reason stands in the story alone."""

    report_id: UUID
    satisfaction: Satisfaction
    at: Instant


class CaseRated(ActedFact):
    """Whoever made a report says how satisfied they are with the case that was closed.

    `report_id` is the case's own, or that of a report which joined it. It changes no state.
    """

    type: ClassVar[str] = "case.rated"

    report_id: UUID
    satisfaction: Satisfaction
    reason: Text = ""
