"""A service process: its parts, started in order and stopped in the reverse one.

A service's `app.py` builds its own parts on a `Runtime`, whose life is `services.kit.process.life`;
`serve` runs it until it is told to stop.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from schemas.events.base import source_of
from schemas.topics import Topic, dead_letters
from services.kit.clock import Clock, clock_from
from services.kit.exits import BUG_EXIT
from services.kit.http.server import server_of
from services.kit.kafka.frames import expect_foreign_frames
from services.kit.kafka.membership import expect_unknown_topics
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.topics import administered, ensure_topics, specs_of
from services.kit.metrics import ProcessMetrics, StageMetrics
from services.kit.process.bounds import DRAIN_SECONDS, METADATA_MS, SETTLING_SECONDS, STUCK_SECONDS
from services.kit.process.folding import BROKER, DATABASE, FOLDING
from services.kit.process.logging import set_up_logging
from services.kit.process.reachability import Reachability
from services.kit.process.settings import ServiceSettings
from services.kit.recovery.retracing import Retracing
from services.kit.sealing.keys import KeyFile
from services.kit.sql.database import Database, open_database
from services.kit.stage.batch import Reader
from services.kit.stage.connecting import faststream_options
from services.kit.stage.going_back import GoingBack
from services.kit.stage.letter_topic import LetterTopic
from services.kit.stage.raw_batches import RawCodec
from services.kit.stage.said_before import SaidBefore
from services.kit.stage.settling import StageParts
from services.kit.stage.stage import Stage
from services.kit.stage.subscriber import Feed, Subscription, subscribe
from services.kit.traces import said_by

logger = logging.getLogger(__name__)


Sweep = Callable[[], Awaitable[None]]


class Beside(Protocol):
    """A part that runs beside the stages: it starts before them and ends after them."""

    async def start(self) -> None:
        """Return when it can be used. Raises what keeps it from that."""

    async def stop(self) -> None:
        """End it."""

    def missing(self) -> dict[str, str]:
        """Return what keeps it from being used, by name; empty when nothing does."""


def stop_loudly(error: BaseException) -> None:
    """End the process at once: the outbox and the offsets make a restart safe."""
    FOLDING.release()
    logger.critical("stopping: %s", said_by(error), exc_info=error)
    logging.shutdown()
    sys.stderr.flush()
    os._exit(BUG_EXIT)


@dataclass(slots=True)
class Runtime:
    """The parts every service has; made by `build_runtime`, closed by `running`.

    With `letter_keys` the stages that are added from then on seal their dead letters.
    """

    settings: ServiceSettings
    clock: Clock
    registry: CollectorRegistry
    metrics: ProcessMetrics
    stage_metrics: StageMetrics
    reachability: Reachability
    database: Database
    publisher: Publisher
    broker: KafkaBroker
    letter_topic: LetterTopic
    fatal: Callable[[BaseException], None] = stop_loudly
    letter_keys: KeyFile | None = None
    stages: list[Stage[Any]] = field(default_factory=list)
    feeds: list[Feed] = field(default_factory=list)
    retracings: list[Retracing] = field(default_factory=list)
    sweeps: list[tuple[float, Sweep]] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    loops: list[asyncio.Task[None]] = field(default_factory=list)
    tick_began_at: float | None = None
    started: bool = False
    failed_exit: int = 1
    is_settled: bool = False

    def add_stage(
        self,
        reader: Reader[Any],
        subscription: Subscription,
        *,
        name: str,
        primary_topic: str,
        dead_letter_topic: str,
        tells: Collection[str] = (),
    ) -> Stage[Any]:
        """Add a stage that reads a subscription; its lanes are `primary_topic`'s partitions.

        `tells` are the topics that say what it decided, first the one that all services read.
        """
        said_before = SaidBefore(source_of(self.settings.service))
        parts = self._parts(name, primary_topic, dead_letter_topic, said_before)
        stage = Stage(parts, reader)
        feed = subscribe(
            self.broker,
            stage,
            subscription,
            metrics=self.stage_metrics,
            fatal=self.fatal,
            going_back=self._going_back(name, said_before, own_topic=primary_topic),
        )
        if tells:
            self._add_retracing(stage, subscription, said_before, tells)
        self.stages.append(stage)
        self.feeds.append(feed)
        return stage

    def _parts(
        self, name: str, primary_topic: str, dead_letter_topic: str, said_before: SaidBefore
    ) -> StageParts:
        return StageParts(
            name=name,
            primary_topic=primary_topic,
            database=self.database,
            publisher=self.publisher,
            clock=self.clock,
            metrics=self.stage_metrics,
            dead_letter_topic=dead_letter_topic,
            fatal=self.fatal,
            unforeseen_limit=self.settings.unforeseen_limit,
            said_before=said_before,
            letter_keys=self.letter_keys,
        )

    def _add_retracing(
        self,
        stage: Stage[Any],
        subscription: Subscription,
        said_before: SaidBefore,
        tells: Collection[str],
    ) -> None:
        self.retracings.append(
            Retracing(
                stage=stage,
                subscription=subscription,
                database=self.database,
                kafka=self.settings.brokers,
                said_before=said_before,
                metrics=self.stage_metrics,
                tells=tells,
            )
        )

    def _going_back(self, stage: str, said_before: SaidBefore, *, own_topic: str) -> GoingBack:
        return GoingBack(
            stage=stage,
            database=self.database,
            kafka=self.settings.brokers,
            metrics=self.stage_metrics,
            said_before=said_before,
            own_topic=own_topic,
        )

    def every(self, seconds: float, sweep: Sweep) -> None:
        """Run `sweep` again and again, `seconds` of real time apart, while the service runs."""
        self.sweeps.append((seconds, sweep))

    async def ensure_topics(self, topics: Iterable[Topic]) -> None:
        """Create the topics that are missing, unless this process was told not to."""
        if not self.settings.create_topics:
            return
        specs = specs_of(
            topics,
            partitions=self.settings.partitions,
            replication=self.settings.replication,
        )
        async with administered(self.settings.brokers) as admin:
            created = await ensure_topics(admin, specs)
        logger.info("topics ready", extra={"topics_created": created})

    async def ready(self) -> dict[str, str]:
        """Return what keeps the service from taking work; empty when nothing does."""
        missing: dict[str, str] = {}
        if not self.started:
            missing["service"] = "is starting or stopping"
        for feed in self.feeds:
            if feed.consumer is None or not feed.consumer.assignment():
                missing[feed.subscription.group] = "has no partitions yet"
            missing |= feed.standing.told()
        for part in self.beside:
            missing |= part.missing()
        await self.reachability.ask(DATABASE)
        return missing | self.reachability.away()

    async def look(self) -> None:
        """Look whether broker and database can be reached, and show whether this is ready.

        What clients say for a while after a start and after an outage, such as that a group has no
        coordinator yet, is written only if the service does not become ready.
        """
        await self.reachability.look()
        is_ready = not await self.ready()
        self.metrics.ready.set(is_ready)
        if self.reachability.calm_seconds < SETTLING_SECONDS:
            self.is_settled = False
        elif is_ready and not self.is_settled:
            self.is_settled = True
            logger.info("ready", extra={"lines_not_written": FOLDING.drop()})
        else:
            FOLDING.release()

    def stuck(self) -> dict[str, str]:
        """Return what stands still for good though broker and database are there; empty: nothing.

        The tick takes each stage's lock: a batch that hangs holds it up, too.
        """
        found = {}
        if any(loop.done() for loop in self.loops):
            found["loops"] = "one has ended"
        if self.tick_began_at is not None:
            seconds = time.monotonic() - self.tick_began_at
            if min(seconds, self.reachability.calm_seconds) > STUCK_SECONDS:
                found["tick"] = f"a round takes {seconds:.0f} s"
        return found


def build_runtime(settings: ServiceSettings) -> Runtime:
    """Return the parts of a service, not connected yet."""
    registry = CollectorRegistry()
    metrics = ProcessMetrics(registry)
    client_id = f"tongxin.{settings.service}"
    database = open_database(settings.database_url, name=client_id)
    publisher = Publisher(settings.brokers, client_id=client_id)

    async def ask_database() -> None:
        async with database.read() as conn:
            await conn.execute(text("SELECT 1"))

    broker = KafkaBroker(
        **faststream_options(settings.brokers),
        client_id=client_id,
        codec=RawCodec(),
        apply_types=False,  # a handler takes what the parser made; looking for more costs a thread
        graceful_timeout=DRAIN_SECONDS,
        logger=None,
        metadata_max_age_ms=METADATA_MS,
    )
    return Runtime(
        settings=settings,
        clock=clock_from(settings.clock),
        registry=registry,
        metrics=metrics,
        stage_metrics=StageMetrics(registry),
        reachability=Reachability(
            {BROKER: publisher.ask, DATABASE: ask_database}, gauge=metrics.reachable
        ),
        database=database,
        publisher=publisher,
        broker=broker,
        letter_topic=LetterTopic(dead_letters(settings.service), kafka=settings.brokers),
    )


def serve(http: FastAPI, settings: ServiceSettings) -> None:
    """Run a service's HTTP app, whose lifespan runs everything else, until SIGINT or SIGTERM."""
    set_up_logging(settings.service, level=settings.log_level)
    expect_unknown_topics()
    expect_foreign_frames()
    server = server_of(http, host=settings.http_host, port=settings.http_port)
    # uvicorn raises the signal again after its shutdown; a drained service has ended well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server.run()
    if not server.started:
        sys.exit(http.state.runtime.failed_exit)
