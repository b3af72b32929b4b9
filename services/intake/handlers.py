"""Intake's two stages: reports from upstream, and what the notifier tells of its own cases."""

from collections.abc import Callable
from typing import Final

from pydantic import TypeAdapter
from typing_extensions import override

from schemas import topics
from schemas.cloudevents import event_type
from schemas.events.incident import IncidentReport
from services.assessment.plan_index import PlanIndex
from services.intake.bounds import CLOSURES_PAUSE
from services.intake.metrics import IntakeMetrics
from services.intake.use_cases.case_news import CaseNews, note_news
from services.intake.use_cases.hearing import NEWS, news_of
from services.intake.use_cases.reports import record_reports
from services.kit.records import Incoming, Record
from services.kit.sealing.keys import KeyFile
from services.kit.stage.batch import Batch, Reader
from services.kit.stage.decoding import outside_data, validated
from services.kit.stage.subscriber import Subscription

_REPORT: Final = TypeAdapter(IncidentReport)


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
    """Reads which cases ended or go on, which were corrected, and who works at them."""

    @override
    def decode(self, record: Record) -> Incoming[CaseNews] | None:
        """Return what is said of a case's end, of what it is, or whose; None for all else."""
        found = NEWS.read(record)
        if found is None:
            return None
        news = news_of(found.event, type_=event_type(record.headers))
        if news is None:
            return None
        return Incoming(found.id, news, record, known_by_state=found.known_by_state)

    @override
    async def decide(self, batch: Batch[CaseNews]) -> None:
        """Open or close the cases for merging, let them be found as what they are, and by whom."""
        await note_news(batch)
