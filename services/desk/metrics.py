"""What the desk counts."""

import math
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.desk.use_cases.follow import Seen
from services.kit.metrics import count


class DeskMetrics:
    """The desk's metrics over a passed registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric with `registry`."""
        self._lag = Gauge(
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
        self._gaps = Counter(
            "tongxin_sequence_gaps",
            "Events before which others of the same producer are missing",
            ["producer"],
            registry=registry,
        )
        self._repeats = Counter(
            "tongxin_sequence_repeats",
            "Events that were known by their number",
            ["producer"],
            registry=registry,
        )

    def count(self, seen: Seen) -> None:
        """Count a batch."""
        count(self._gaps, [(producer,) for producer in seen.gaps])
        count(self._repeats, [(producer,) for producer in seen.repeats])

    def show_lag(self, as_of: datetime | None, *, now: datetime) -> None:
        """Show how old what is shown is; NaN as long as nobody knows."""
        age = math.nan if as_of is None else max(0.0, (now - as_of).total_seconds())
        self._lag.set(age)
