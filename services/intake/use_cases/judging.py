"""What the plan says about one report, before anything is looked up."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from schemas.events.base import in_utc
from schemas.events.case import Reporter
from schemas.events.incident import IncidentReport, Place
from schemas.lifecycle import CaseEvent
from schemas.plan import Merging
from schemas.vocabulary import Urgency
from services.assessment.assess import Assessment, Told, assess
from services.assessment.classification import Classified
from services.assessment.likeness import comparable_address, comparable_words
from services.assessment.plan_index import PlanIndex
from services.assessment.position import Position
from services.assessment.refusal import Refusal
from services.intake.domain.correction import Spot
from services.intake.domain.dedup import Around, Sighting, around, place_of
from services.intake.domain.outcome import Outcome, outcome_of
from services.intake.store.contacts import NewContact
from services.intake.store.reports import NewReport
from services.intake.use_cases.contacts import sealed_contact
from services.kit.records import Incoming
from services.kit.sealing.keys import Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where and how an open case that a report may belong to is looked for."""

    sighting: Sighting
    merging: Merging
    place: str
    around: Around


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A report's address and words as others' are compared with them, where the plan asks."""

    address: str | None
    words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A report with all that the plan says about it; `search` is None when it is never merged.

    `compared` is what later reports are compared with if it becomes a case.
    """

    incoming: Incoming[IncidentReport]
    assessment: Assessment
    compared: Compared
    search: Search | None

    @property
    def classified(self) -> Classified:
        """What it is, and by what that is known."""
        return self.assessment.classified

    @property
    def urgency(self) -> Urgency:
        """How urgent it is."""
        return self.assessment.urgency

    @property
    def grid(self) -> str | None:
        """The grid it lies in, None where none is known."""
        return self.assessment.grid

    @property
    def refusal(self) -> Refusal | None:
        """Why it is not accepted, None when it is."""
        return self.assessment.refusal

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
    position = _position(report.place)
    assessment = assess(_told(report, position), index=index, now=now)
    classified, refusal = assessment.classified, assessment.refusal
    compared = _compared(report, classified, index=index)
    return Judged(
        incoming=incoming,
        assessment=assessment,
        compared=compared,
        search=None
        if refusal
        else _search(incoming, position, classified, compared=compared, index=index),
    )


def row_of(
    judged: Judged, *, merged_into: UUID | None, promised_by: datetime | None, now: datetime
) -> NewReport:
    """Return the row of a report and what became of it."""
    report, category = judged.report, judged.classified.category.code
    position = _position(report.place)
    # Only what is a case, or may become one that others join when it is corrected.
    joined = judged.refusal is None and merged_into is None
    seen = judged.compared if joined else Compared(address=None, words=None)
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
        promised_by=promised_by,
        channel=report.channel.value if joined else None,
        address=seen.address,
        words=seen.words,
    )


def contact_of(
    judged: Judged, *, merged_into: UUID | None, now: datetime, ring: Ring
) -> NewContact | None:
    """Return the row of the reporter's contact, None when they left none."""
    contact = judged.report.contact
    if contact is None:
        return None
    return sealed_contact(
        contact,
        case_id=judged.case_id,
        belongs_to=merged_into or judged.case_id,
        kept_from=now,
        ring=ring,
    )


def spot_of(place: Place) -> Spot:
    """Return where a corrected case is, its address as it is compared."""
    address = comparable_address(place.address)
    return Spot(position=_position(place), grid=place.grid, address=address)


def _told(report: IncidentReport, position: Position | None) -> Told:
    return Told(
        code=report.category,
        text=report.description or "",
        urgency=report.urgency,
        channel=report.channel,
        position=position,
        grid=report.place.grid,
        reported_at=report.reported_at,
    )


def _position(place: Place) -> Position | None:
    point = place.point
    return None if point is None or point.is_nowhere else Position(point.lat, point.lon)


def _compared(report: IncidentReport, classified: Classified, *, index: PlanIndex) -> Compared:
    """Return what a report is compared by; of what merges nothing, whatever any category asks.

    Such a case, of the catch-all above all, may be corrected to one that others join.
    """
    asks = index.mergings[classified.category.code] or index
    return Compared(
        address=comparable_address(report.place.address) if asks.asks_for_address else None,
        words=comparable_words(report.description) if asks.asks_for_words else None,
    )


def _search(
    incoming: Incoming[IncidentReport],
    position: Position | None,
    classified: Classified,
    *,
    compared: Compared,
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
            address=compared.address,
            words=compared.words,
        ),
        merging=merging,
        place=place_of(category.code, position),
        around=around(category.code, position, radius_m=merging.radius_m),
    )
