"""Intake put together: the only place that knows all of its parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from schemas import asyncapi, topics
from schemas.plan import Plan, half_of, parse_plan
from services.intake.domain.plan_index import PlanIndex
from services.intake.handlers import (
    ClosuresReader,
    ReportsReader,
    closures_subscription,
    reports_subscription,
)
from services.intake.http import MEDIA_TYPES, reports_router
from services.intake.metrics import IntakeMetrics
from services.intake.migrations import HISTORY
from services.intake.settings import IntakeSettings
from services.intake.sweeps import FORGET_SECONDS, forgetting
from services.intake.use_cases.submissions import Door
from services.kit.process.followed_file import FOLLOW_SECONDS, FollowedFile
from services.kit.process.life import running
from services.kit.process.runtime import Runtime, build_runtime, serve
from services.kit.process.standard_routes import add_operations, http_app

_SERVICE = IntakeSettings.service


def build_app(settings: IntakeSettings, *, plan: Plan | None = None) -> FastAPI:
    """Return intake as an HTTP app whose lifespan runs its stages.

    With a `plan` that one holds for good; without, the settings' file is followed.
    """
    runtime = build_runtime(settings)
    metrics = IntakeMetrics(runtime.registry)
    index = _watched_index(runtime, metrics) if plan is None else _fixed(PlanIndex(plan))
    _add_stages(runtime, metrics, index=index)
    runtime.every(FORGET_SECONDS, forgetting(runtime.database, clock=runtime.clock))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(runtime, history=HISTORY, topics=topics.shared_topics()):
            yield

    http = http_app(
        "Tongxin intake",
        description="Takes reports of incidents and opens a case for each new one.",
        lifespan=lifespan,
        hosts=settings.http_hosts,
        media_types=MEDIA_TYPES,
    )
    door = Door(publisher=runtime.publisher, database=runtime.database, clock=runtime.clock)
    http.include_router(reports_router(door))
    document = partial(asyncapi.document, _SERVICE)
    add_operations(http, runtime, asyncapi=document)
    return http


def run(settings: IntakeSettings) -> None:
    """Run intake until it is told to stop."""
    serve(build_app(settings), settings)


def _fixed(index: PlanIndex) -> Callable[[], PlanIndex]:
    return lambda: index


def _watched_index(runtime: Runtime, metrics: IntakeMetrics) -> Callable[[], PlanIndex]:
    path = runtime.settings.plan

    def parse(data: bytes) -> PlanIndex:
        loopback = runtime.settings.webhooks_to_loopback
        return PlanIndex(parse_plan(data, name=str(path), loopback=loopback))

    index = FollowedFile(path, parse, reloads=metrics.plan_reloads, half=half_of)
    runtime.every(FOLLOW_SECONDS, index.follow)
    return index


def _add_stages(
    runtime: Runtime, metrics: IntakeMetrics, *, index: Callable[[], PlanIndex]
) -> None:
    instance = runtime.settings.instance
    letters = topics.dead_letters(_SERVICE)
    runtime.add_stage(
        ReportsReader(index=index, metrics=metrics),
        reports_subscription(instance=instance),
        name="intake.reports",
        primary_topic=topics.INCIDENT_REPORTS,
        dead_letter_topic=letters,
        tells=(topics.CASES,),
    )
    runtime.add_stage(
        ClosuresReader(),
        closures_subscription(instance=instance),
        name="intake.closures",
        primary_topic=topics.CASES,
        dead_letter_topic=letters,
    )
