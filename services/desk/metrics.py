"""What the desk counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class DeskMetrics:
    """The desk's metrics over a passed registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric with `registry`."""
        self.lag = Gauge(
            "tongxin_desk_lag_seconds",
            "How far what is shown is behind what was told",
            registry=registry,
        )
        self.sign_ins = Counter(
            "tongxin_desk_sign_ins",
            "Tries to sign in by their end",
            ("by", "outcome"),
            registry=registry,
        )
