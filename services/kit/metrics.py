"""Metrics of the machine itself; each service adds those of its own work.

A class over a passed registry, so that two services in one test process do not collide.
"""

from collections import Counter as Tallied
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.kit.bounds import MOST_NAMES

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
RECORDS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)


def count(counter: Counter, labels: Iterable[tuple[str, ...]]) -> None:
    """Add one for each of these values of a counter's labels; each is looked up once a batch."""
    for values, times in Tallied(labels).items():
        counter.labels(*values).inc(times)


class Names:
    """Names that others give themselves, as labels: a bound keeps them from filling the memory."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: set[str] = set()

    def label(self, name: str) -> str:
        """Return a name, or `other` for one that comes when there are enough."""
        if name not in self._known and len(self._known) >= MOST_NAMES:
            return "other"
        self._known.add(name)
        return name


class StageMetrics:
    """What a stage counts, by stage."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric with `registry`."""
        self.batch_records = Histogram(
            "tongxin_stage_batch_records",
            "Records in a batch as it was read",
            ["stage"],
            buckets=RECORDS,
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "tongxin_stage_batch_seconds",
            "From a batch read to its offsets acknowledged",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        self.events = Counter(
            "tongxin_stage_events",
            "Events by what became of them",
            ["stage", "outcome"],
            registry=registry,
        )
        self.timers_fired = Counter(
            "tongxin_stage_timers_fired", "Deadlines that were fired", ["stage"], registry=registry
        )
        self.idle_rounds = Counter(
            "tongxin_stage_idle_rounds",
            "Looks for what is due or was brought that found nothing to do",
            ["stage"],
            registry=registry,
        )
        self.dead_letters = Counter(
            "tongxin_dead_letters", "Records put aside for good", ["stage"], registry=registry
        )
        self.unforeseen = Counter(
            "tongxin_unforeseen",
            "Records put aside and deadlines put off because deciding failed as nobody foresaw",
            ["stage", "what"],
            registry=registry,
        )
        self.moved = Counter(
            "tongxin_stage_moved_records",
            "Records that stood on another partition than their case's, brought to its lane",
            ["stage"],
            registry=registry,
        )
        self.skipped = Counter(
            "tongxin_records_skipped",
            "Records passed over because an operator asked for it",
            ["stage"],
            registry=registry,
        )
        self.retries = Counter(
            "tongxin_stage_retries",
            "Batches tried again after a passing fault",
            ["stage", "cause"],
            registry=registry,
        )
        self.went_back = Counter(
            "tongxin_stage_went_back",
            "Records read again because the database had not taken them",
            ["stage"],
            registry=registry,
        )
        self.records_missed = Counter(
            "tongxin_stage_records_missed",
            "Records the broker removed before they were read",
            ["stage"],
            registry=registry,
        )
        self.lanes = Gauge(
            "tongxin_stage_lanes", "Partitions this process owns", ["stage"], registry=registry
        )
        self.stuck_lanes = Gauge(
            "tongxin_stage_stuck_lanes",
            "Partitions this process owns with records that are not handed out for a minute",
            ["stage"],
            registry=registry,
        )
        self.outbox_lag = Gauge(
            "tongxin_outbox_lag_seconds",
            "Age of the oldest output the broker does not have yet",
            ["stage"],
            registry=registry,
        )
        self.consumer_lag = Gauge(
            "tongxin_consumer_lag",
            "Records not read yet, over the partitions this process owns",
            ["topic", "group"],
            registry=registry,
        )


class ProcessMetrics:
    """What a process tells of itself, whatever it does."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric with `registry`."""
        self.ready = Gauge(
            "tongxin_ready",
            "1 while the process takes work, as /health/ready says",
            registry=registry,
        )
        self.reachable = Gauge(
            "tongxin_reachable",
            "1 while a server that the process needs can be reached",
            ["server"],
            registry=registry,
        )
        self.answers = Counter(
            "tongxin_http_requests",
            "Requests by how they were answered",
            ["method", "route", "status"],
            registry=registry,
        )
