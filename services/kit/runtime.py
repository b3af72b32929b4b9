"""A service process: its parts, started in order and stopped in the reverse one.

A service's `app.py` builds its own parts on a `Runtime`, whose life `running` is; `serve` runs it
until it is told to stop, then drains: no new batch, the running one finished, the outbox flushed.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import uvicorn
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from prometheus_client import CollectorRegistry
from sqlalchemy import MetaData, text

from schemas.topics import Topic
from services.kit import cluster, inbox, outbox
from services.kit.batch import Reader
from services.kit.catching_up import CatchUp
from services.kit.clock import Clock, clock_from
from services.kit.database import PASSING_FAULTS, Database, open_database
from services.kit.fence import Fenced
from services.kit.logging import set_up_logging
from services.kit.metrics import StageMetrics
from services.kit.producer import Publisher
from services.kit.settings import ServiceSettings
from services.kit.stage import Stage, StageParts
from services.kit.subscriber import RawCodec, Subscription, subscribe

logger = logging.getLogger(__name__)

BUG_EXIT = 70
"""Exit code of a process that stopped because going on could lose or reorder something."""

DRAIN_SECONDS = 8.0
TICK_SECONDS = 0.1
_HOUSEKEEPING_SECONDS = 30.0
_LAG_SECONDS = 2.0

Sweep = Callable[[], Awaitable[None]]


def stop_loudly(error: BaseException) -> None:
    """End the process at once: the outbox and the offsets make a restart safe."""
    logger.critical("stopping: %s", error, exc_info=error)
    logging.shutdown()
    sys.stderr.flush()
    os._exit(BUG_EXIT)


@dataclass(slots=True)
class Runtime:
    """The parts every service has; made by `build_runtime`, closed by `running`."""

    settings: ServiceSettings
    clock: Clock
    registry: CollectorRegistry
    stage_metrics: StageMetrics
    database: Database
    publisher: Publisher
    broker: KafkaBroker
    fatal: Callable[[BaseException], None] = stop_loudly
    stages: list[Stage[Any]] = field(default_factory=list)
    subscribers: list[tuple[Subscription, Any]] = field(default_factory=list)
    sweeps: list[tuple[float, Sweep]] = field(default_factory=list)
    started: bool = False

    def add_stage(
        self,
        reader: Reader[Any],
        subscription: Subscription,
        *,
        name: str,
        primary_topic: str,
        dead_letter_topic: str,
    ) -> Stage[Any]:
        """Add a stage that reads a subscription; its lanes are `primary_topic`'s partitions."""
        stage = Stage(
            StageParts(
                name=name,
                primary_topic=primary_topic,
                database=self.database,
                publisher=self.publisher,
                clock=self.clock,
                metrics=self.stage_metrics,
                dead_letter_topic=dead_letter_topic,
                fatal=self.fatal,
            ),
            reader,
        )
        subscriber = subscribe(
            self.broker, stage, subscription, metrics=self.stage_metrics, fatal=self.fatal
        )
        self.stages.append(stage)
        self.subscribers.append((subscription, subscriber))
        return stage

    def every(self, seconds: float, sweep: Sweep) -> None:
        """Run `sweep` again and again, `seconds` of real time apart, while the service runs."""
        self.sweeps.append((seconds, sweep))

    async def ensure_topics(self, topics: Iterable[Topic]) -> None:
        """Create the topics that are missing, unless this process was told not to."""
        if not self.settings.create_topics:
            return
        specs = cluster.specs_of(
            topics,
            partitions=self.settings.partitions,
            replication=self.settings.replication,
        )
        admin = await cluster.open_admin(self.settings.kafka)
        try:
            created = await cluster.ensure_topics(admin, specs)
        finally:
            await admin.close()
        logger.info("topics ready", extra={"topics_created": created})

    async def ready(self) -> dict[str, str]:
        """Return what keeps the service from taking work; empty when nothing does."""
        missing: dict[str, str] = {}
        if not self.started:
            missing["service"] = "is starting or stopping"
        for subscription, subscriber in self.subscribers:
            consumer = getattr(subscriber, "consumer", None)
            if consumer is None or not consumer.assignment():
                missing[subscription.group] = "has no partitions yet"
        try:
            async with asyncio.timeout(3), self.database.read() as conn:
                await conn.execute(text("SELECT 1"))
        except (*PASSING_FAULTS, TimeoutError) as fault:
            missing["database"] = str(fault)
        return missing


def build_runtime(settings: ServiceSettings) -> Runtime:
    """Return the parts of a service, not connected yet."""
    registry = CollectorRegistry()
    client_id = f"tongxin.{settings.service}"
    broker = KafkaBroker(
        settings.kafka,
        client_id=client_id,
        codec=RawCodec(),
        graceful_timeout=DRAIN_SECONDS,
        logger=None,
        metadata_max_age_ms=10_000,
    )
    return Runtime(
        settings=settings,
        clock=clock_from(settings.clock),
        registry=registry,
        stage_metrics=StageMetrics(registry),
        database=open_database(settings.database_url),
        publisher=Publisher(settings.kafka, client_id=client_id),
        broker=broker,
    )


@asynccontextmanager
async def running(
    runtime: Runtime, *, metadata: MetaData, topics: Sequence[Topic]
) -> AsyncIterator[None]:
    """Start every part, run while the block runs, then drain and stop."""
    await runtime.database.create_tables(metadata)
    await _check_cluster(runtime)
    await runtime.ensure_topics(topics)
    await runtime.publisher.start()
    await runtime.broker.start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    runtime.started = True
    loops = [
        asyncio.create_task(_forever(runtime, seconds, sweep))
        for seconds, sweep in _sweeps(runtime)
    ]
    logger.info("started", extra={"database": runtime.database.url})
    try:
        yield
    finally:
        runtime.started = False
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await runtime.broker.stop()
        for stage in runtime.stages:
            await stage.flush()
        await runtime.publisher.stop()
        await runtime.database.close()
        logger.info("stopped")


async def _check_cluster(runtime: Runtime) -> None:
    admin = await cluster.open_admin(runtime.settings.kafka)
    try:
        found = await cluster.cluster_id(admin)
    finally:
        await admin.close()
    async with runtime.database.write() as conn:
        await cluster.remember_cluster(conn, found=found)


def _sweeps(runtime: Runtime) -> list[tuple[float, Sweep]]:
    catch_ups = [CatchUp() for _ in runtime.stages]

    async def tick() -> None:
        for stage, (_, subscriber), catch_up in zip(
            runtime.stages, runtime.subscribers, catch_ups, strict=True
        ):
            await stage.take_lanes()
            consumer = getattr(subscriber, "consumer", None)
            if consumer is not None and await catch_up.is_done(consumer):
                await stage.fire_due()
            runtime.stage_metrics.outbox_lag.labels(stage=stage.name).set(stage.outbox_age_seconds)

    async def lag() -> None:
        for subscription, subscriber in runtime.subscribers:
            await _measure_lag(runtime, subscription, subscriber)

    return [
        (TICK_SECONDS, tick),
        (_HOUSEKEEPING_SECONDS, partial(_keep_house, runtime)),
        (_LAG_SECONDS, lag),
        *runtime.sweeps,
    ]


async def _keep_house(runtime: Runtime) -> None:
    """Mark what is published, and forget what is older than it has to be kept."""
    before = runtime.clock() - timedelta(days=runtime.settings.keep_days)
    for stage in runtime.stages:
        await stage.flush()
    for prune, at_once in (
        (inbox.prune, inbox.PRUNED_AT_ONCE),
        (outbox.prune, outbox.AT_ONCE),
    ):
        pruned = at_once
        while pruned == at_once:
            # A transaction each, so that batches get through in between.
            async with runtime.database.write() as conn:
                pruned = await prune(conn, before=before)


async def _measure_lag(runtime: Runtime, subscription: Subscription, subscriber: Any) -> None:  # noqa: ANN401 - FastStream's subscriber
    consumer = getattr(subscriber, "consumer", None)
    if consumer is None:
        return
    lags: dict[str, int] = {}
    for tp in consumer.assignment():
        mark = consumer.highwater(tp)
        if mark is not None:
            lags[tp.topic] = lags.get(tp.topic, 0) + mark - await consumer.position(tp)
    for topic, behind in lags.items():
        runtime.stage_metrics.consumer_lag.labels(topic=topic, group=subscription.group).set(behind)


async def _forever(runtime: Runtime, seconds: float, sweep: Sweep) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await sweep()
        except (Fenced, KafkaError, *PASSING_FAULTS) as fault:
            logger.warning("sweep will be tried again", extra={"cause": str(fault)})
        except Exception as bug:  # noqa: BLE001 - a broken sweep must not go unnoticed
            runtime.fatal(bug)


def serve(http: FastAPI, settings: ServiceSettings) -> None:
    """Run a service's HTTP app, whose lifespan runs everything else, until SIGINT or SIGTERM."""
    set_up_logging(settings.service, level=settings.log_level)
    config = uvicorn.Config(
        http,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    # uvicorn raises the signal again after its shutdown; a drained service has ended well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server.run()
    if not server.started:
        sys.exit(1)
