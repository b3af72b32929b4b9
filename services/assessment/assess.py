"""What the plan says about one report, before anything is looked up."""

from dataclasses import dataclass
from datetime import datetime

from schemas.plan import Limit, Plan
from schemas.vocabulary import Channel, Urgency
from services.assessment.classification import Classified, classify, urgency_of
from services.assessment.plan_index import PlanIndex
from services.assessment.position import Position
from services.assessment.refusal import Refusal, refusal_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a report says of itself, as far as the plan asks; without a `code` the words decide.

    `urgency` is the reporter's own word for it.
    """

    code: str | None
    text: str
    urgency: Urgency | None
    channel: Channel
    position: Position | None
    grid: str | None
    reported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a report is, how urgent and in which grid, or why it is refused."""

    classified: Classified
    urgency: Urgency
    grid: str | None
    refusal: Refusal | None

    def promised(self, plan: Plan, *, at: datetime) -> tuple[Limit, datetime]:
        """Return how long a case that is registered at an instant may take, and until when."""
        limit = plan.promise_of(self.classified.category.code, urgency=self.urgency)
        return limit, plan.until(limit, at)


def assess(told: Told, *, index: PlanIndex, now: datetime) -> Assessment:
    """Return what the plan says about a report that is received now."""
    classified = classify(told.code, told.text, index=index)
    return Assessment(
        classified=classified,
        urgency=Urgency.EMERGENCY
        if classified.danger
        else urgency_of(classified.category, hint=told.urgency, channel=told.channel),
        grid=index.grid_of(told.grid, told.position),
        refusal=refusal_of(
            position=told.position,
            grid=told.grid,
            reported_at=told.reported_at,
            now=now,
            index=index,
        ),
    )
