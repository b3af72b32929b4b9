"""What the notifier counts of its own work; exercises are left out of all that is about cases.

A batch that is tried again after a fault of the database is counted again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.kit.metrics import Names, count
from services.notifier.store.deliveries import Waiting
from services.notifier.store.gauges import OpenCases
from services.notifier.use_cases.tally import Span, Tally

_SIGNED: Final = (60, 300, 600, 900, 3600, 7200, 86400)
_HANDLED: Final = (900, 3600, 7200, 14400, 28800, 86400, 172800, 432000, 1296000, 2592000)


class NotifierMetrics:
    """Metrics over a passed registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric with `registry`."""
        self._sources = Names()

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"tongxin_{name}", told, labels, registry=registry)

        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(f"tongxin_{name}", told, labels, registry=registry)

        def spans(name: str, told: str, buckets: tuple[int, ...]) -> Histogram:
            return Histogram(
                f"tongxin_{name}",
                told,
                ["department", "urgency"],
                buckets=buckets,
                registry=registry,
            )

        self._events = counter(
            "case_events", "Events the notifier told of cases", "type", "source_system"
        )
        self._offers = counter(
            "assignment_offers",
            "Offers by what became of them, and whether one that is staffed or a person was asked",
            "department",
            "kind",
            "outcome",
        )
        self._signed = spans("assignment_ack_seconds", "From an offer to its signature", _SIGNED)
        self._handled = spans(
            "assignment_handling_seconds", "Time on the clock until it was said done", _HANDLED
        )
        self._clocks = counter("sla_clock_segments", "Stretches of clocks that began", "kind")
        self._answers = counter(
            "feedback", "Answers by word: taken, parked, or why refused", "word", "outcome"
        )
        self._commands = counter(
            "commands", "Commands by kind: taken, parked, or why refused", "kind", "outcome"
        )
        self._gaps = counter(
            "sequence_gaps", "Events before which others of the same producer miss", "producer"
        )
        self._repeats = counter(
            "sequence_repeats", "Events that were known by their number", "producer"
        )
        self.deliveries = counter(
            "notification_delivery", "Notices by channel and outcome", "channel", "outcome"
        )
        self._waiting = gauge("webhook_waiting", "Notices that no receiver has yet")
        self._oldest = gauge("webhook_oldest_seconds", "Age of the oldest of these")
        self._open = gauge("case_open", "Open cases", "state", "department", "level")
        self._overdue = gauge("case_overdue", "Open cases past due", "department", "urgency")
        self._triage = gauge(
            "case_triage", "Open cases that nobody could categorise", "department", "urgency"
        )
        self._age = gauge("case_age_seconds", "Age of the oldest open case")
        self.assumed_years = gauge(
            "calendar_assumed_years", "Years of now whose holidays the plan does not know"
        )

    def count(self, tally: Tally) -> None:
        """Count a batch."""
        events = [(type_, self._sources.label(source)) for type_, source in tally.events]
        count(self._events, events)
        count(self._offers, tally.offers)
        count(self._clocks, [(kind,) for kind in tally.clocks])
        count(self._answers, tally.answers)
        count(self._commands, tally.commands)
        count(self._gaps, [(producer,) for producer in tally.gaps])
        count(self._repeats, [(producer,) for producer in tally.repeats])
        _observe(self._signed, tally.signed)
        _observe(self._handled, tally.handled)

    def show(self, found: OpenCases, *, now: datetime) -> None:
        """Show the open cases; what is not among them any more disappears."""
        self._open.clear()
        self._overdue.clear()
        self._triage.clear()
        for (state, department, level), cases in found.by_standing.items():
            self._open.labels(state=state, department=department, level=str(level)).set(cases)
        for (department, urgency), cases in found.overdue.items():
            self._overdue.labels(department=department, urgency=urgency).set(cases)
        for (department, urgency), cases in found.triage.items():
            self._triage.labels(department=department, urgency=urgency).set(cases)
        oldest = found.oldest_at
        self._age.set(0 if oldest is None else (now - oldest).total_seconds())

    def show_waiting(self, found: Waiting, *, now: datetime) -> None:
        """Show what waits to be sent to webhooks."""
        self._waiting.set(found.count)
        oldest = found.oldest_at
        self._oldest.set(0 if oldest is None else (now - oldest).total_seconds())


def _observe(histogram: Histogram, spans: Iterable[Span]) -> None:
    for span in spans:
        histogram.labels(span.department, span.urgency).observe(span.seconds)
