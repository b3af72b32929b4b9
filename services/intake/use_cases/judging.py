"""What the plan says about one report, before anything is looked up."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from schemas.events.base import in_utc
from schemas.events.case import Reporter
from schemas.events.incident import IncidentReport
from schemas.lifecycle import CaseEvent
from schemas.plan import Merging
from schemas.vocabulary import Urgency
from services.intake.domain.classification import Classified, classify, urgency_of
from services.intake.domain.dedup import Around, Sighting, around, place_of
from services.intake.domain.likeness import comparable_address, comparable_words
from services.intake.domain.outcome import Outcome, outcome_of
from services.intake.domain.plan_index import PlanIndex
from services.intake.domain.position import Position
from services.intake.domain.refusal import Refusal, refusal_of
from services.intake.store.reports import NewContact, NewReport
from services.kit.records import Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where and how an open case that a report may belong to is looked for."""

    sighting: Sighting
    merging: Merging
    place: str
    around: Around


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A report with all that the plan says about it; `search` is None when it is never merged."""

    incoming: Incoming[IncidentReport]
    classified: Classified
    urgency: Urgency
    grid: str | None
    refusal: Refusal | None
    search: Search | None

    @property
    def report(self) -> IncidentReport:
        """The report itself."""
        return self.incoming.event

    @property
    def case_id(self) -> UUID:
        """The id of the report's own case."""
        return self.incoming.id

    @property
    def reporter(self) -> Reporter:
        """Who reported, as the upstream system knows it."""
        report = self.report
        return Reporter(source=report.source, source_id=report.id, channel=report.channel)

    @property
    def outcome(self) -> Outcome:
        """What becomes of the report unless it is merged."""
        return outcome_of(CaseEvent.REGISTERED if self.refusal is None else CaseEvent.REJECTED)


def judge(incoming: Incoming[IncidentReport], *, index: PlanIndex, now: datetime) -> Judged:
    """Return what the plan says about a report."""
    report = incoming.event
    position = _position(report)
    classified = classify(report.category, report.description or "", index=index)
    refusal = refusal_of(
        position=position,
        grid=report.place.grid,
        reported_at=report.reported_at,
        now=now,
        index=index,
    )
    return Judged(
        incoming=incoming,
        classified=classified,
        urgency=Urgency.EMERGENCY
        if classified.danger
        else urgency_of(classified.category, hint=report.urgency, channel=report.channel),
        grid=index.grid_of(report.place.grid, position),
        refusal=refusal,
        search=None if refusal else _search(incoming, position, classified, index=index),
    )


def row_of(judged: Judged, *, merged_into: UUID | None, now: datetime) -> NewReport:
    """Return the row of a report and what became of it."""
    report, category = judged.report, judged.classified.category.code
    position = _position(report)
    # Only what others can join is compared with anything.
    seen = None if judged.search is None or merged_into else judged.search.sighting
    return NewReport(
        case_id=judged.case_id,
        source=report.source,
        source_id=report.id,
        category=category,
        urgency=judged.urgency.value,
        lat=None if position is None else position.lat,
        lon=None if position is None else position.lon,
        grid=judged.grid,
        place=None if position is None else place_of(category, position),
        exercise=report.exercise,
        reported_at=in_utc(report.reported_at),
        received_at=now,
        outcome=(Outcome.MERGED if merged_into else judged.outcome).value,
        refusal=None if judged.refusal is None else json.dumps(asdict(judged.refusal)),
        primary_id=merged_into,
        channel=None if seen is None else seen.channel,
        address=None if seen is None else seen.address,
        words=None if seen is None else seen.words,
    )


def contact_of(judged: Judged) -> NewContact | None:
    """Return the row of the reporter's contact, None when they left none."""
    contact = judged.report.contact
    if contact is None:
        return None
    return NewContact(
        case_id=judged.case_id, name=contact.name, phone=contact.phone, email=contact.email
    )


def _position(report: IncidentReport) -> Position | None:
    point = report.place.point
    return None if point is None or point.is_nowhere else Position(point.lat, point.lon)


def _search(
    incoming: Incoming[IncidentReport],
    position: Position | None,
    classified: Classified,
    *,
    index: PlanIndex,
) -> Search | None:
    category = classified.category
    merging = index.mergings[category.code]
    if merging is None or position is None:
        return None
    report = incoming.event
    return Search(
        sighting=Sighting(
            case_id=incoming.id,
            position=position,
            reported_at=in_utc(report.reported_at),
            exercise=report.exercise,
            source=report.source,
            channel=report.channel.value,
            address=comparable_address(report.place.address) if merging.asks_for_address else None,
            words=comparable_words(report.description) if merging.asks_for_words else None,
        ),
        merging=merging,
        place=place_of(category.code, position),
        around=around(category.code, position, radius_m=merging.radius_m),
    )
