"""The bridge from FastStream to a stage: raw batches in, offsets acknowledged only on success.

`AckPolicy.NACK_ON_ERROR` is the only policy that lost nothing when measured (technology handbook,
section 2.2); a batch that fails is delivered again from the same offsets. What may pass backs off
in place, keeping the order; anything else stops the process.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from schemas.cloudevents import Headers
from services.kit.kafka.frames import UnreadableFrame
from services.kit.kafka.membership import Membership, RenewingRange
from services.kit.kafka.offsets import Acknowledger
from services.kit.kafka.patches.fetching import position_of
from services.kit.kafka.standing import Standing
from services.kit.metrics import StageMetrics
from services.kit.records import Record
from services.kit.sql.faults import DatabaseAway, cause_of
from services.kit.stage.bounds import (
    BATCH_MS,
    FETCH_BYTES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MAX_RECORDS,
    POSITIONS,
    SESSION_MS,
    SPACING,
)
from services.kit.stage.fence import Fenced
from services.kit.stage.going_back import GoingBack
from services.kit.stage.raw_batches import BareParser
from services.kit.stage.stage import Stage

logger = logging.getLogger(__name__)

_OF_EVERY_STAGE: Final[Mapping[str, Any]] = {
    "batch": True,
    "max_records": MAX_RECORDS,
    "batch_timeout_ms": BATCH_MS,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
    "fetch_max_bytes": FETCH_BYTES,
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "partition_assignment_strategy": (RenewingRange,),
    "session_timeout_ms": SESSION_MS,
}
"""What FastStream's subscriber is told, whatever it reads."""
_VALUE = itemgetter(1)


class StoppedAt(Exception):
    """A stage cannot go on; the message says where it stood, and what leads out."""

    def __init__(self, stage: str, records: Sequence[Record], cause: Exception) -> None:
        """Name the first record of each partition that the stage was at."""
        first: dict[tuple[str, int], Record] = {}
        for record in records:
            first.setdefault((record.topic, record.partition), record)
        at = ", ".join(record.position for record in [*first.values()][:POSITIONS])
        super().__init__(
            f"{stage} cannot go on at {at}: {type(cause).__name__}: {cause_of(cause)}. If it ends "
            "there again and again: `tongxin records skip TOPIC PARTITION OFFSET --service "
            f"{stage.partition('.')[0]} --why ...` passes over one record."
        )
        self.__cause__ = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a stage reads: topics by name, or by pattern so that new ones are picked up.

    `pause` is how many seconds apart its rounds are at least, `longest_pause` at most because of
    their own length: what comes meanwhile waits, and costs one round together.
    """

    group: str
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    instance: str | None = None
    pause: float = 0.0
    longest_pause: float = 0.02

    def has(self, topic: str) -> bool:
        """Tell whether a topic is read."""
        is_alike = self.pattern is not None and re.fullmatch(self.pattern, topic) is not None
        return is_alike or topic in self.topics


@dataclass(frozen=True, slots=True)
class Feed:
    """How a stage is fed: FastStream's subscriber, whose consumer tells positions, and its acks."""

    subscription: Subscription
    stage: Stage[Any]
    subscriber: Any
    acknowledger: Acknowledger
    membership: Membership
    standing: Standing
    going_back: GoingBack | None = None

    @property
    def consumer(self) -> Any:  # noqa: ANN401 - aiokafka has no types
        """The consumer; None before the start."""
        return getattr(self.subscriber, "consumer", None)

    async def rest(self, since: float) -> None:
        """Wait before the stage asks for more than what came at an instant of the loop's clock.

        It grows with what a round takes, so that rounds leave the others a part of the processor,
        and records that come quicker than that share one. What the stage has nothing to do with,
        such as its own events, is no round.
        """
        wanted = SPACING * self.stage.round_seconds
        pause = max(self.subscription.pause, min(wanted, self.subscription.longest_pause))
        left = since + pause - asyncio.get_running_loop().time()
        if self.subscription.pause:
            await asyncio.sleep(left)
            return
        self.stage.passed_over.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self.stage.passed_over.wait()

    def behind(self) -> dict[str, int]:
        """Return by topic how many offsets of this process's partitions are not processed yet.

        Without work in hand it is past all that was handed out, and past what nobody is given: the
        marks of transactions, and what was aborted.
        """
        found: dict[str, int] = {}
        for tp in self.consumer.assignment():
            at, end = position_of(self.consumer, tp), self.consumer.highwater(tp)
            done = self.acknowledger.done(tp) if self.standing.is_at_work else None
            if at is not None and end is not None:
                found[tp.topic] = found.get(tp.topic, 0) + end - (at if done is None else done)
        return found


class LaneListener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Tells the stage which lanes it owns; the stage takes them before their first use."""

    def __init__(
        self, stage: Stage[Any], acknowledger: Acknowledger, going_back: GoingBack | None
    ) -> None:
        """Remember whom to tell."""
        self._stage = stage
        self._acknowledger = acknowledger
        self._going_back = going_back
        self.subscriber: Any = None

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002 - aiokafka names it
        """Forget every lane: what is kept is taken again, at the price of one statement."""
        self._stage.revoked()
        await self._acknowledger.flush()
        self._acknowledger.forget()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Note the lanes of the stage's first topic; the others share its partition numbers."""
        if self._going_back is not None:
            self._going_back.hold(self.subscriber.consumer, assigned)
        self._stage.assigned(
            {tp.partition for tp in assigned if tp.topic == self._stage.primary_topic}
        )


def subscribe(
    broker: KafkaBroker,
    stage: Stage[Any],
    subscription: Subscription,
    *,
    metrics: StageMetrics,
    fatal: Callable[[BaseException], None],
    going_back: GoingBack | None = None,
) -> Feed:
    """Let the broker feed a stage, with `going_back` from where that one settles."""
    acknowledger = Acknowledger(fatal)
    standing = Standing(stage.name, metrics)
    listener = LaneListener(stage, acknowledger, going_back)
    guarded = _guard(stage.process, name=stage.name, metrics=metrics, fatal=fatal)

    async def on_batch(records: Any) -> None:  # noqa: ANN401 - FastStream's protocol
        standing.begins()
        done = False
        try:
            await guarded([record_of(raw) for raw in records])
            done = True
        finally:
            standing.ends(done=done)

    # A topic that appears with a new department is found within seconds, not minutes.
    subscriber = broker.subscriber(
        *subscription.topics,
        pattern=subscription.pattern,
        group_id=subscription.group,
        group_instance_id=subscription.instance,
        parser=BareParser(stage, acknowledger),
        listener=listener,
        title=f"{subscription.group}:{stage.name}",
        **_OF_EVERY_STAGE,
    )
    subscriber(on_batch)
    listener.subscriber = subscriber
    membership = Membership(stage.primary_topic)
    return Feed(subscription, stage, subscriber, acknowledger, membership, standing, going_back)


def record_of(raw: ConsumerRecord[bytes, bytes]) -> Record:
    """Return a record of a consumer as stages take it."""
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        key=raw.key,
        value=raw.value,
        headers=_headers(raw),
        timestamp_ms=raw.timestamp,
        unreadable=raw.why if isinstance(raw, UnreadableFrame) else None,
    )


def _headers(raw: ConsumerRecord[bytes, bytes]) -> Headers:
    """Return a record's headers; one without a value, which is rare, has an empty one."""
    if None in map(_VALUE, raw.headers):
        return tuple((name, value or b"") for name, value in raw.headers)
    return tuple(raw.headers)


def _guard(
    process: Callable[[Sequence[Record]], Awaitable[None]],
    *,
    name: str,
    metrics: StageMetrics,
    fatal: Callable[[BaseException], None],
) -> Callable[[Sequence[Record]], Awaitable[None]]:
    """Classify a failure once: fenced or passing -> pause and deliver again; else -> stop."""
    failures = 0

    async def run(records: Sequence[Record]) -> None:
        nonlocal failures
        try:
            await process(records)
        except (Fenced, DatabaseAway) as fault:
            failures += 1
            pause = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
            metrics.retries.labels(stage=name, cause=type(fault).__name__).inc()
            logger.warning(
                "batch will be tried again",
                extra={"stage": name, "cause": fault, "pause_seconds": pause},
            )
            await asyncio.sleep(pause)
            raise
        except Exception as bug:
            fatal(StoppedAt(name, records, bug))
            raise
        failures = 0

    return run
