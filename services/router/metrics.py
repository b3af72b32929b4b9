"""What the router counts; exercise cases are left out of everything but the sequence check."""

from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter, Histogram

from schemas.vocabulary import DEFAULT_RULE
from services.kit.metrics import SECONDS, count
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
            "Offers by department, and whether one that is staffed or a person was asked",
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

    def count(self, decided: Collection[Decided], *, seconds: float) -> None:
        """Count a batch's decisions; `seconds` is the time each of them took on average."""
        for _ in decided:
            self.decision_seconds.observe(seconds)
        count(self.sequence_gaps, ((one.producer,) for one in decided if one.gap))
        real = [one for one in decided if not one.exercise]
        count(self.decisions, ((_rule(one), one.outcome) for one in real))
        count(
            self.offers,
            (
                (offer.department, "staffed" if offer.tier.is_staffed else "person", "offered")
                for one in real
                if one.new is not None
                for offer in one.new.new_offers
            ),
        )
        unfilled = (code for one in real if one.new is not None for code in one.new.unfilled)
        count(self.duty_unfilled, ((code,) for code in unfilled))


def _rule(one: Decided) -> str:
    """Return the label of a decision's rule: one per rule of the plan, one for all defaults."""
    return "default" if one.rule.startswith(DEFAULT_RULE) else one.rule
