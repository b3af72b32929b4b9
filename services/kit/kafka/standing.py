"""Notices a lane that stands: records wait on its partition, and none of them is handed out.

Nothing else would tell: the consumer waits, as it does when there is nothing to read.
"""

import logging
import time
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from services.kit.kafka.bounds import STUCK_SECONDS, UNANSWERED_MS
from services.kit.kafka.patches.fetching import position_of
from services.kit.metrics import StageMetrics

logger = logging.getLogger(__name__)


class Place(NamedTuple):
    """How far a lane is, how far its partition goes, and when its broker last said so."""

    position: int | None
    end: int | None
    stable_end: int | None
    answered_ms: int

    def why_behind(self, *, heard_ms: int) -> str:
        """Return why its records are not handed out, empty when it has them all."""
        position, end, stable = self.position, self.end, self.stable_end
        silent = heard_ms - self.answered_ms > UNANSWERED_MS
        if position is None or end is None or stable is None or silent:
            return "its broker does not answer for it"
        if position >= end:
            return ""
        told = f"at offset {position} of {end}"
        if position >= stable:
            return f"{told}: a transaction is open there"
        return f"{told}: nothing is handed out"


class _Seen(NamedTuple):
    position: int | None
    seconds: float


class Standing:
    """Looks at the lanes of one stage every now and then.

    Time counts for a lane only while its consumer hears from the brokers and hands out what it
    hears: a database or broker that is away, a long batch, a rebalance have signs of their own.
    """

    def __init__(self, stage: str, metrics: StageMetrics) -> None:
        """Take whose lanes these are."""
        self._stage = stage
        self._metrics = metrics
        self._seen: dict[TopicPartition, _Seen] = {}
        self._looked_at = time.monotonic()
        self._heard_ms = 0
        self._has_handed_out = self._is_failing = False
        self.is_at_work = False
        """Whether a batch is worked on now."""
        self.stuck: dict[TopicPartition, str] = {}
        """The lanes that stand for `STUCK_SECONDS` and more, and why."""

    def begins(self) -> None:
        """Note that a batch was handed out, and is worked on."""
        self.is_at_work = self._has_handed_out = True

    def ends(self, *, done: bool) -> None:
        """Note that the batch is done, or that it is handed out again."""
        self.is_at_work, self._is_failing = False, not done

    def look(self, consumer: Any) -> None:  # noqa: ANN401 - aiokafka has no types
        """See which lanes moved, and tell once of one that stands and once when it moves again."""
        places = {tp: _place(consumer, tp) for tp in consumer.assignment()}
        seconds = self._counted({place.answered_ms for place in places.values()})
        if places.keys() != self._seen.keys():
            self._is_failing = False
        seen: dict[TopicPartition, _Seen] = {}
        stuck: dict[TopicPartition, str] = {}
        for tp, place in places.items():
            why = place.why_behind(heard_ms=self._heard_ms)
            before = self._seen.get(tp, _Seen(None, -seconds))
            stands = bool(why) and before.position == place.position
            seen[tp] = _Seen(place.position, before.seconds + seconds if stands else 0.0)
            if seen[tp].seconds >= STUCK_SECONDS:
                stuck[tp] = why
        self._seen = seen
        self._tell(stuck)

    def _counted(self, answered_ms: set[int]) -> float:
        """Return how many seconds a lane might have moved in since the last look."""
        now, heard_ms = time.monotonic(), max(answered_ms, default=0)
        passed, hears = now - self._looked_at, heard_ms > self._heard_ms
        is_asking = not self.is_at_work or self._has_handed_out
        self._looked_at, self._heard_ms, self._has_handed_out = now, heard_ms, False
        return passed if hears and is_asking and not self._is_failing else 0.0

    def _tell(self, stuck: dict[TopicPartition, str]) -> None:
        for tp in sorted(stuck.keys() - self.stuck.keys()):
            logger.error("%s/%d stands %s", tp.topic, tp.partition, stuck[tp])
        for tp in sorted(self.stuck.keys() - stuck.keys()):
            logger.warning("%s/%d moves again, or is another's", tp.topic, tp.partition)
        self.stuck = stuck
        self._metrics.stuck_lanes.labels(stage=self._stage).set(len(stuck))

    def told(self) -> dict[str, str]:
        """Return what stands and why, as readiness tells it."""
        return {f"{tp.topic}/{tp.partition}": f"stands {why}" for tp, why in self.stuck.items()}


def _place(consumer: Any, tp: TopicPartition) -> Place:  # noqa: ANN401 - aiokafka has no types
    return Place(
        position=position_of(consumer, tp),
        end=consumer.highwater(tp),
        stable_end=consumer.last_stable_offset(tp),
        answered_ms=consumer.last_poll_timestamp(tp) or 0,
    )
