"""The notifier's composition root: builds every part and knows how they fit."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from fastapi import APIRouter, FastAPI

from schemas import topics
from schemas.addresses import LOOPBACK, Network
from schemas.plan import Plan
from services.access.guarding import guard_by_passes
from services.access.report_links import ReportLinks
from services.kit.http.outside import Outside
from services.kit.process.life import running
from services.kit.process.runtime import Runtime, build_runtime, serve
from services.kit.process.secret_settings import secrets_in
from services.kit.process.standard_routes import add_operations, http_app
from services.letters_door import DEAD_LETTERS, letters_of, letters_router
from services.notifier.bounds import (
    ARCHIVE_SECONDS,
    GAUGES_SECONDS,
    LEAVERS_SECONDS,
    MISSED_SECONDS,
    PRUNE_SECONDS,
    WEBHOOK_SECONDS,
)
from services.notifier.handlers import (
    STAGE,
    TELLING,
    FollowingReader,
    TellingReader,
    all_about_cases,
    all_notices,
)
from services.notifier.http.answers import answers_router
from services.notifier.http.cases import cases_router
from services.notifier.http.clocks import clocks_router
from services.notifier.http.commands import commands_router
from services.notifier.http.deliveries import DELIVERIES, deliveries_router
from services.notifier.http.door import MEDIA_TYPES, Parts
from services.notifier.metrics import NotifierMetrics
from services.notifier.migrations import HISTORY
from services.notifier.settings import NotifierSettings
from services.notifier.sweeps import (
    CaseSearch,
    Postman,
    forget_deliveries,
    show_calendar,
    show_gauges,
)
from services.notifier.use_cases.archiving import archive_due
from services.notifier.use_cases.delivering import Webhooks
from services.notifier.use_cases.missing import look_for_missed
from services.notifier.use_cases.signatures import secrets_of
from services.plan_in_use import described, followed_plan, topics_of

Settings: Final = NotifierSettings


def build_app(settings: NotifierSettings) -> FastAPI:
    """Return the notifier as an HTTP app whose lifespan runs all of it.

    Raises `InvalidPlan` when the plan's file cannot be used.
    """
    runtime = build_runtime(settings)
    metrics = NotifierMetrics(runtime.registry)
    outside = Outside()
    plan = followed_plan(runtime)
    _add_stages(runtime, settings, metrics, plan=plan)
    _add_sweeps(runtime, settings, metrics, outside=outside, plan=plan)
    _look_for_cases(runtime, plan=plan)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with running(runtime, history=HISTORY, topics=topics_of(plan())):
                yield
        finally:
            await outside.close()

    http = http_app(
        "Tongxin notifier",
        description="Follows each case until it is closed, and tells those who must know.",
        lifespan=lifespan,
        hosts=settings.http_hosts,
        media_types=MEDIA_TYPES,
    )
    http.include_router(cases_router(runtime.database, clock=runtime.clock))
    http.include_router(clocks_router(runtime.database, plan=plan, clock=runtime.clock))
    door = _door(runtime, plan=plan)
    http.include_router(answers_router(door))
    http.include_router(commands_router(door))
    http.include_router(_deliveries(runtime, settings, plan=plan))
    http.include_router(letters_router(letters_of(runtime), service=settings.service))
    guard_by_passes(http, runtime, below=(DELIVERIES, DEAD_LETTERS))
    add_operations(http, runtime, asyncapi=described(settings.service, plan))
    return http


def _webhooks(settings: NotifierSettings, *, plan: Callable[[], Plan]) -> Webhooks:
    secrets = secrets_in(settings.access_secret.get_secret_value())
    links = ReportLinks(plan=plan, secrets=secrets)
    return Webhooks(reporters=settings.reporter_webhook, link_of=links.link_of)


def _deliveries(
    runtime: Runtime, settings: NotifierSettings, *, plan: Callable[[], Plan]
) -> APIRouter:
    webhooks = _webhooks(settings, plan=plan)
    return deliveries_router(runtime.database, plan=plan, webhooks=webhooks, clock=runtime.clock)


def _door(runtime: Runtime, *, plan: Callable[[], Plan]) -> Parts:
    return Parts(
        database=runtime.database, publisher=runtime.publisher, plan=plan, clock=runtime.clock
    )


def _look_for_cases(runtime: Runtime, *, plan: Callable[[], Plan]) -> None:
    search = CaseSearch(runtime.database, plan=plan, stage=STAGE, clock=runtime.clock)
    runtime.every(LEAVERS_SECONDS, search.look)

    async def archive() -> None:
        await archive_due(runtime.database, plan=plan(), stage=STAGE, now=runtime.clock())

    async def look() -> None:
        await look_for_missed(runtime.database, stage=STAGE, now=runtime.clock())

    runtime.every(ARCHIVE_SECONDS, archive)
    runtime.every(MISSED_SECONDS, look)


def run(settings: NotifierSettings) -> None:
    """Run the notifier until it is told to stop."""
    serve(build_app(settings), settings)


def _add_stages(
    runtime: Runtime,
    settings: NotifierSettings,
    metrics: NotifierMetrics,
    *,
    plan: Callable[[], Plan],
) -> None:
    letters = topics.dead_letters(settings.service)
    runtime.add_stage(
        FollowingReader(
            plan=plan,
            metrics=metrics,
            console=settings.console,
            secrets=secrets_in(settings.access_secret.get_secret_value()),
        ),
        all_about_cases(settings.instance),
        name=STAGE,
        primary_topic=topics.CASES,
        dead_letter_topic=letters,
        tells=(topics.CASES, topics.NOTICES, topics.FEEDBACK_REFUSALS),
    )
    runtime.add_stage(
        TellingReader(
            plan=plan,
            webhooks=_webhooks(settings, plan=plan),
        ),
        all_notices(settings.instance),
        name=TELLING,
        primary_topic=topics.NOTICES,
        dead_letter_topic=letters,
    )


def _add_sweeps(
    runtime: Runtime,
    settings: NotifierSettings,
    metrics: NotifierMetrics,
    *,
    outside: Outside,
    plan: Callable[[], Plan],
) -> None:
    def allowed() -> tuple[Network, ...]:
        here = LOOPBACK if settings.webhooks_to_loopback else ()
        return (*plan().webhooks.allow, *here)

    postman = Postman(
        runtime.database,
        outside=outside,
        allowed=allowed,
        secrets=secrets_of(settings.webhook_secret.get_secret_value()),
        metrics=metrics,
        clock=runtime.clock,
    )

    async def forget() -> None:
        before = runtime.clock() - timedelta(days=settings.keep_days)
        await forget_deliveries(runtime.database, before=before)

    show = partial(show_gauges, runtime.database, metrics=metrics, clock=runtime.clock)
    runtime.every(GAUGES_SECONDS, show)
    tell = partial(show_calendar, plan, metrics=metrics, clock=runtime.clock)
    runtime.every(GAUGES_SECONDS, tell)
    runtime.every(WEBHOOK_SECONDS, postman.deliver)
    runtime.every(PRUNE_SECONDS, forget)
