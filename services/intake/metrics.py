"""What intake counts of its own work.

A batch that is tried again after a fault of the database is counted again.
"""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from schemas.lifecycle import CaseEvent
from services.intake.domain.outcome import Outcome
from services.intake.use_cases.reports import Recorded
from services.kit.metrics import Names, count

_EVENTS: Final = {
    Outcome.REGISTERED: CaseEvent.REGISTERED,
    Outcome.MERGED: CaseEvent.MERGED,
    Outcome.REJECTED: CaseEvent.REJECTED,
}


class IntakeMetrics:
    """Counters over a passed registry; exercises are in none but that of the plan."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric with `registry`."""
        self._sources = Names()
        self._reports = Counter(
            "tongxin_reports",
            "Reports by what became of them; repeats the inbox knew are in stage events",
            ["source", "outcome"],
            registry=registry,
        )
        self._events = Counter(
            "tongxin_case_events",
            "Events intake told of cases",
            ["type", "source_system"],
            registry=registry,
        )
        self.keys_missing = Gauge(
            "tongxin_contact_keys_missing",
            "Master keys that contacts are sealed by and the file of keys has not",
            registry=registry,
        )
        self._rejected = Counter(
            "tongxin_case_intake_rejected",
            "Readable reports the plan does not accept",
            ["reason"],
            registry=registry,
        )
        self._dedup = Counter(
            "tongxin_case_dedup",
            "Searches for an open case to join",
            ["outcome"],
            registry=registry,
        )

    def count(self, recorded: Iterable[Recorded]) -> None:
        """Count what became of the reports of a batch."""
        counted = [(self._sources.label(one.source), one) for one in recorded if not one.exercise]
        count(self._reports, ((source, one.outcome.value) for source, one in counted))
        told = [(source, one) for source, one in counted if one.outcome in _EVENTS]
        count(self._events, ((_EVENTS[one.outcome].value, source) for source, one in told))
        count(
            self._dedup,
            (
                ("merged" if one.outcome is Outcome.MERGED else "opened",)
                for _, one in told
                if one.searched
            ),
        )
        count(self._rejected, ((one.refused.value,) for _, one in told if one.refused is not None))
