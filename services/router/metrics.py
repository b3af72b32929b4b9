"""What the router counts; exercise cases are left out of everything but the sequence check."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from services.kit.metrics import SECONDS
from services.router.use_cases.cases import Decided


class RouterMetrics:
    """The router's metrics over a passed registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric with `registry`."""
        self.decisions = Counter(
            "tongxin_routing_decisions",
            "Events by the rule that decided and what became of the case",
            ["rule", "outcome"],
            registry=registry,
        )
        self.decision_seconds = Histogram(
            "tongxin_routing_decision_seconds",
            "Time per event to load, decide and save, averaged over its batch",
            buckets=(0.0001, 0.00025, 0.0005, *SECONDS),
            registry=registry,
        )
        self.offers = Counter(
            "tongxin_assignment_offers",
            "Offers by department, and whether a desk or a person was asked",
            ["department", "kind", "outcome"],
            registry=registry,
        )
        self.duty_unfilled = Counter(
            "tongxin_duty_unfilled",
            "Times nobody of a department on call was left to ask",
            ["department"],
            registry=registry,
        )
        self.sequence_gaps = Counter(
            "tongxin_sequence_gaps",
            "Events before which others of the same producer are missing",
            ["producer"],
            registry=registry,
        )
        self.plan_reloads = Counter(
            "tongxin_plan_reloads",
            "New versions of the plan, by whether they could be used",
            ["outcome"],
            registry=registry,
        )

    def count(self, decided: Iterable[Decided], *, seconds: float) -> None:
        """Count a batch's decisions; `seconds` is the time each of them took on average."""
        for one in decided:
            self.decision_seconds.observe(seconds)
            if one.gap:
                self.sequence_gaps.labels(producer=one.producer).inc()
            if not one.exercise:
                self._count(one)

    def _count(self, one: Decided) -> None:
        # A label per rule of the plan; the many defaults share one.
        rule = "default" if one.rule.startswith("default:") else one.rule
        self.decisions.labels(rule=rule, outcome=one.outcome).inc()
        for department, is_desk in one.offers:
            kind = "desk" if is_desk else "person"
            self.offers.labels(department=department, kind=kind, outcome="offered").inc()
        for department in one.unfilled:
            self.duty_unfilled.labels(department=department).inc()
