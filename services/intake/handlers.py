"""Intake's two stages: reports from upstream, and what the notifier tells of its own cases."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from typing_extensions import override

from schemas import topics
from schemas.cloudevents import event_type
from schemas.events.base import CaseFact, Text, in_utc
from schemas.events.charge import CaseCorrected
from schemas.events.clocks import RESIDENT, CaseDeadlineMoved
from schemas.events.incident import IncidentReport
from schemas.vocabulary import INTAKE, NOTIFIER
from services.case_events import CaseEvents, Told
from services.intake.bounds import CLOSURES_PAUSE
from services.intake.domain.closure import CLOSURES, closure_of
from services.intake.domain.correction import Correction
from services.intake.domain.plan_index import PlanIndex
from services.intake.domain.promise import Promise
from services.intake.metrics import IntakeMetrics
from services.intake.use_cases.case_news import CaseNews, note_news
from services.intake.use_cases.judging import spot_of
from services.intake.use_cases.reports import record_reports
from services.kit.records import Incoming, Record
from services.kit.sealing.keys import KeyFile
from services.kit.stage.batch import Batch, Reader
from services.kit.stage.decoding import outside_data, validated
from services.kit.stage.subscriber import Subscription

_REPORT: Final = TypeAdapter(IncidentReport)


class End(CaseFact):
    """What is read of the end of a case, whichever: what came out, or why it ended.

    `primary_id` is the case that it was merged into.
    """

    result: Text | None = None
    reason: Text | None = None
    primary_id: UUID | None = None


Heard = End | CaseCorrected | CaseDeadlineMoved
_NEWS: Final = CaseEvents[Heard](
    INTAKE,
    {
        **dict.fromkeys(CLOSURES, (NOTIFIER, End)),
        CaseCorrected.type: (NOTIFIER, CaseCorrected),
        CaseDeadlineMoved.type: (NOTIFIER, CaseDeadlineMoved),
    },
)


def reports_subscription(*, instance: str | None) -> Subscription:
    """Return what the stage of reports reads."""
    return Subscription(
        group="tongxin.intake", topics=(topics.INCIDENT_REPORTS,), instance=instance
    )


def closures_subscription(*, instance: str | None) -> Subscription:
    """Return what the stage of closures reads."""
    return Subscription(
        group="tongxin.intake.closures",
        topics=(topics.CASES,),
        instance=instance,
        pause=CLOSURES_PAUSE,
    )


class ReportsReader(Reader[IncidentReport]):
    """Reads reports; a batch is decided under one version of the plan."""

    def __init__(
        self, *, index: Callable[[], PlanIndex], metrics: IntakeMetrics, keys: KeyFile
    ) -> None:
        """Take where the current plan is found, who counts, and what seals contacts."""
        self._index = index
        self._keys = keys
        self._metrics = metrics

    @override
    def decode(self, record: Record) -> Incoming[IncidentReport]:
        """Return the report of a record; its event is the case, whose row tells a repeat."""
        report = validated(_REPORT, outside_data(record, expected_types=(IncidentReport.type,)))
        return Incoming(id=report.case_id, event=report, record=record, known_by_state=True)

    @override
    async def decide(self, batch: Batch[IncidentReport]) -> None:
        """Turn the reports into cases."""
        found = await record_reports(batch, index=self._index(), ring=self._keys.ring)
        self._metrics.count(found)


class ClosuresReader(Reader[CaseNews]):
    """Reads which cases ended, as the notifier tells, or go on, and which were corrected."""

    @override
    def decode(self, record: Record) -> Incoming[CaseNews] | None:
        """Return what the notifier says of a case's end, or of what it is; None for all else."""
        found = _NEWS.read(record)
        if found is None:
            return None
        news = _news(found.event, type_=event_type(record.headers))
        if news is None:
            return None
        return Incoming(found.id, news, record, known_by_state=found.known_by_state)

    @override
    async def decide(self, batch: Batch[CaseNews]) -> None:
        """Open or close the cases for merging, or let them be found as what they are."""
        await note_news(batch)


def _news(told: Told[Heard], *, type_: str) -> CaseNews | None:
    fact = told.fact
    if isinstance(fact, CaseDeadlineMoved):
        return _promise(fact, sequence=told.sequence)
    if not isinstance(fact, CaseCorrected):
        return closure_of(
            type_,
            case_id=fact.case_id,
            at=in_utc(fact.at),
            sequence=told.sequence,
            why=fact.reason if fact.result is None else fact.result,
            into=fact.primary_id,
        )
    return Correction(
        case_id=fact.case_id,
        category=fact.category,
        urgency=fact.urgency.value,
        spot=None if fact.place is None else spot_of(fact.place),
        sequence=told.sequence,
    )


def _promise(fact: CaseDeadlineMoved, *, sequence: int) -> Promise | None:
    """Return by when a case is to be closed; None where a department's deadline moved."""
    if fact.clock != RESIDENT:
        return None
    return Promise(case_id=fact.case_id, promised_by=in_utc(fact.after), sequence=sequence)
