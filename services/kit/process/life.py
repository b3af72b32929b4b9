"""A service's life: its parts started in order, its timed work, and the drain at its end."""

import asyncio
import gc
import logging
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from aiokafka.errors import KafkaError

from schemas.topics import Topic
from services.kit.exits import REFUSED_EXIT
from services.kit.kafka.catching_up import CatchUp
from services.kit.kafka.patches.fetching import (
    ask_for_all_partitions,
    stop_with_fetcher,
    wait_for_records,
)
from services.kit.kafka.topics import TopicsRefused, administered, cluster_id
from services.kit.process.bounds import (
    FEEDS_SECONDS,
    HOUSEKEEPING_SECONDS,
    LOOK_SECONDS,
    TICK_SECONDS,
    TOPICS_SECONDS,
)
from services.kit.process.folding import BROKER, FOLDING
from services.kit.process.runtime import Runtime, Sweep
from services.kit.process.settings import database_variable
from services.kit.recovery import broker_identity
from services.kit.recovery.installation import Claimant, TopicMissing, claim_topics
from services.kit.recovery.start_checks import (
    AnotherHouse,
    PartitionsDiffer,
    Reading,
    RecordsLost,
    check_partitions,
    check_records,
)
from services.kit.sql.faults import DatabaseAway, DatabaseRefused, cause_of
from services.kit.sql.retention import forget
from services.kit.sql.revisions import History, WrongTables, ensure_usable
from services.kit.stage import inbox, outbox
from services.kit.stage.bounds import CHUNKS_AT_ONCE, CLAIMED_AT_ONCE, PRUNED_AT_ONCE
from services.kit.stage.fence import Fenced
from services.kit.stage.subscriber import Feed
from services.kit.traces import said_by

logger = logging.getLogger(__name__)

_LASTING = (
    *(WrongTables, DatabaseRefused, broker_identity.ClusterChanged),
    *(AnotherHouse, PartitionsDiffer, RecordsLost),
)
"""What keeps a service from starting until somebody does something: a new start cannot help."""
_FORESEEN = (
    *_LASTING,
    *(DatabaseAway, TopicsRefused, TopicMissing, KafkaError, OSError),
)
"""What can keep a service from starting without a bug of ours."""


@asynccontextmanager
async def running(
    runtime: Runtime, *, history: History, topics: Sequence[Topic]
) -> AsyncIterator[None]:
    """Start every part, run while the block runs, then drain and stop.

    Raises what `_FORESEEN` names and logs it in one line, of anything else the traceback too.
    """
    with FOLDING.watched():
        try:
            await _start(runtime, history=history, topics=topics)
        except Exception as error:
            _tell_failure(runtime, error)
            raise
        stopping = asyncio.Event()
        runtime.loops[:] = [
            asyncio.create_task(_repeat(runtime, seconds, sweep, until=stopping))
            for seconds, sweep in _sweeps(runtime)
        ]
        logger.info("started", extra={"database": runtime.database.url})
        try:
            yield
        finally:
            stopping.set()
            await _stop(runtime)


def _tell_failure(runtime: Runtime, error: Exception) -> None:
    if isinstance(error, _LASTING):
        runtime.failed_exit = REFUSED_EXIT
    trace = None if isinstance(error, _FORESEEN) else error
    named = _named_by(error, runtime)
    logger.critical("not started: %s%s", named, cause_of(error), exc_info=trace)


async def _stop(runtime: Runtime) -> None:
    runtime.started = False
    runtime.metrics.ready.set(0)
    ticking, *loops = runtime.loops
    runtime.loops.clear()
    for loop in loops:
        loop.cancel()
    # The tick is let finish: what it committed must be published before what comes after it.
    await asyncio.gather(ticking, *loops, return_exceptions=True)
    try:
        await _drain(runtime)
    except Exception as error:
        logger.critical("not stopped in order: %s", said_by(error), exc_info=error)
        raise
    logger.info("stopped", extra={"lines_not_written": FOLDING.drop()})


def _named_by(error: Exception, runtime: Runtime) -> str:
    """Return the variable that names the server an error came from, and the address it holds."""
    match error:
        case DatabaseAway() | DatabaseRefused():
            return f"{database_variable(runtime.settings.service)}={runtime.database.url}: "
        case KafkaError():
            return f"TONGXIN_KAFKA={runtime.settings.kafka}: "
        case _:
            return ""


async def _start(runtime: Runtime, *, history: History, topics: Sequence[Topic]) -> None:
    await ensure_usable(runtime.database, history)
    await _check_broker(runtime)
    await runtime.ensure_topics(topics)
    await runtime.publisher.start()
    for part in runtime.beside:
        await part.start()
    for retracing in runtime.retracings:
        await retracing.run()
    await runtime.broker.start()
    for feed in runtime.feeds:
        stop_with_fetcher(feed.consumer, runtime.fatal)
        ask_for_all_partitions(feed.consumer, rest=feed.rest)
        wait_for_records(feed.consumer)
    _spare_the_collector()
    runtime.started = True


async def _drain(runtime: Runtime) -> None:
    """Finish the running batches and tell broker and database what is done."""
    for feed in runtime.feeds:
        await feed.acknowledger.stop_waiting()
    await runtime.broker.stop()
    for stage in runtime.stages:
        await stage.flush()
    for part in runtime.beside:
        await part.stop()
    await runtime.publisher.stop()
    await runtime.database.close()


def _spare_the_collector() -> None:
    """Keep what lives for good out of collections that batches would set off for nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


async def _check_broker(runtime: Runtime) -> None:
    """Refuse a broker that is not this database's, or lacks what it has not taken yet.

    A new database belongs to a broker only when that one has passed: it may be given another.
    """
    database, settings = runtime.database, runtime.settings
    async with administered(settings.brokers) as admin:
        found = await cluster_id(admin)
        async with database.read() as conn:
            await broker_identity.check_cluster(conn, found=found)
        for stage, feed in zip(runtime.stages, runtime.feeds, strict=True):
            group, topic = feed.subscription.group, stage.primary_topic
            reading = Reading(stage=stage.name, group=group, primary_topic=topic)
            await check_partitions(database, admin, reading, wanted=settings.partitions)
            await check_records(database, admin, reading, kafka=settings.brokers)
        claimant = Claimant(
            service=settings.service,
            kafka=settings.brokers,
            replication=settings.replication if settings.create_topics else None,
        )
        await claim_topics(database, admin, claimant)
        async with database.write() as conn:
            await broker_identity.remember_cluster(conn, found=found)


def _sweeps(runtime: Runtime) -> list[tuple[float, Sweep]]:
    catch_ups = [CatchUp() for _ in runtime.stages]

    async def tick() -> None:
        runtime.tick_began_at = time.monotonic()
        try:
            await round_of_stages()
        finally:
            runtime.tick_began_at = None

    async def round_of_stages() -> None:
        for stage, feed, catch_up in zip(runtime.stages, runtime.feeds, catch_ups, strict=True):
            await stage.take_lanes()
            if await _is_settled(feed) and catch_up.is_done(
                feed.consumer, without=feed.standing.stuck
            ):
                while await stage.fire_due() >= CLAIMED_AT_ONCE:
                    pass  # a storm of deadlines is not made to wait for the next tick

    return [
        (TICK_SECONDS, tick),
        (LOOK_SECONDS, runtime.look),
        (HOUSEKEEPING_SECONDS, partial(_keep_house, runtime)),
        (FEEDS_SECONDS, partial(_look_after_feeds, runtime)),
        (TOPICS_SECONDS, partial(_look_for_new_topics, runtime)),
        *runtime.sweeps,
    ]


async def _keep_house(runtime: Runtime) -> None:
    """Mark what is published, and forget what is older than it has to be kept."""
    before = runtime.clock() - timedelta(days=runtime.settings.keep_days)
    for stage in runtime.stages:
        await stage.flush()
    for prune, at_once in (
        (inbox.prune, PRUNED_AT_ONCE),
        (outbox.prune, CHUNKS_AT_ONCE),
    ):
        await forget(runtime.database, partial(prune, before=before), portion=at_once)


async def _is_settled(feed: Feed) -> bool:
    """Tell whether a feed reads, from where its database stands."""
    if feed.consumer is None or feed.going_back is None:
        return feed.consumer is not None
    return await feed.going_back.settle(feed.consumer)


async def _look_for_new_topics(runtime: Runtime) -> None:
    for feed in runtime.feeds:
        if feed.consumer is not None and feed.going_back is not None:
            await feed.going_back.look_for_new_topics(feed.consumer)


async def _look_after_feeds(runtime: Runtime) -> None:
    for feed in runtime.feeds:
        if feed.consumer is not None:
            feed.membership.watch(feed.consumer)
            feed.standing.look(feed.consumer)
            _measure_lag(runtime, feed)


def _measure_lag(runtime: Runtime, feed: Feed) -> None:
    """Show how many records are not processed yet; with the broker away nobody knows: NaN."""
    is_known = BROKER not in runtime.reachability.away()
    for topic, behind in feed.behind().items():
        lag = runtime.stage_metrics.consumer_lag.labels(topic=topic, group=feed.subscription.group)
        lag.set(behind if is_known else math.nan)


async def _repeat(runtime: Runtime, seconds: float, sweep: Sweep, *, until: asyncio.Event) -> None:
    while not until.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), seconds)
            return
        try:
            await sweep()
        except (Fenced, KafkaError, DatabaseAway, TimeoutError) as fault:
            logger.warning("sweep will be tried again", extra={"cause": fault})
        except Exception as bug:  # noqa: BLE001 - a broken sweep must not go unnoticed
            runtime.fatal(bug)
