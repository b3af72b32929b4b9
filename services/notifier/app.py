"""The notifier's composition root: builds every part and knows how they fit."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final

from fastapi import FastAPI

from schemas import asyncapi, topics
from schemas.addresses import LOOPBACK, Network
from schemas.plan import Plan, half_of, parse_plan
from services.kit.http.outside import Outside
from services.kit.process.followed_file import FOLLOW_SECONDS, FollowedFile
from services.kit.process.life import running
from services.kit.process.runtime import Runtime, build_runtime, serve
from services.kit.process.standard_routes import add_operations, http_app
from services.notifier.handlers import STAGE, FollowingReader, cases_and_answers
from services.notifier.http.answers import MEDIA_TYPES, Door, answers_router
from services.notifier.http.cases import cases_router
from services.notifier.metrics import NotifierMetrics
from services.notifier.migrations import HISTORY
from services.notifier.settings import NotifierSettings
from services.notifier.sweeps import (
    GAUGES_SECONDS,
    LEAVERS_SECONDS,
    PRUNE_SECONDS,
    WEBHOOK_SECONDS,
    LeaverSearch,
    Postman,
    forget_deliveries,
    show_gauges,
)
from services.notifier.use_cases.delivering import Webhooks
from services.notifier.use_cases.signatures import secrets_of

Settings: Final = NotifierSettings


def build_app(settings: NotifierSettings, *, plan: Plan | None = None) -> FastAPI:
    """Return the notifier as an HTTP app whose lifespan runs all of it.

    With a `plan` that one holds for good; without, the settings' file is followed. Raises
    `InvalidPlan` when that cannot be used.
    """
    runtime = build_runtime(settings)
    metrics = NotifierMetrics(runtime.registry)
    outside = Outside()
    current = _followed_plan(runtime, metrics) if plan is None else _fixed(plan)
    _add_stage(runtime, settings, metrics, plan=current)
    _add_sweeps(runtime, settings, metrics, outside=outside, plan=current)
    _look_for_leavers(runtime, plan=current)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with running(runtime, history=HISTORY, topics=_topics_of(current())):
                yield
        finally:
            await outside.close()

    def described() -> dict[str, Any]:
        now = current()
        return asyncapi.document(
            settings.service, departments=sorted(now.departments), parties=now.feedback_parties()
        )

    http = http_app(
        "Tongxin notifier",
        description="Follows each case until it is closed, and tells those who must know.",
        lifespan=lifespan,
        hosts=settings.http_hosts,
        media_types=MEDIA_TYPES,
    )
    http.include_router(cases_router(runtime.database, clock=runtime.clock))
    http.include_router(answers_router(_door(runtime, plan=current)))
    add_operations(http, runtime, asyncapi=described)
    return http


def _door(runtime: Runtime, *, plan: Callable[[], Plan]) -> Door:
    return Door(
        database=runtime.database, publisher=runtime.publisher, plan=plan, clock=runtime.clock
    )


def _look_for_leavers(runtime: Runtime, *, plan: Callable[[], Plan]) -> None:
    leavers = LeaverSearch(runtime.database, plan=plan, stage=STAGE, clock=runtime.clock)
    runtime.every(LEAVERS_SECONDS, leavers.look)


def run(settings: NotifierSettings) -> None:
    """Run the notifier until it is told to stop."""
    serve(build_app(settings), settings)


def _topics_of(plan: Plan) -> tuple[topics.Topic, ...]:
    return topics.all_topics(sorted(plan.departments), plan.feedback_parties())


def _fixed(plan: Plan) -> Callable[[], Plan]:
    return lambda: plan


def _followed_plan(runtime: Runtime, metrics: NotifierMetrics) -> Callable[[], Plan]:
    async def make_topics(old: Plan, new: Plan) -> None:
        if new.departments.keys() - old.departments.keys():
            await runtime.ensure_topics(_topics_of(new))

    path = runtime.settings.plan
    plan = FollowedFile(
        path,
        partial(parse_plan, name=str(path), loopback=runtime.settings.webhooks_to_loopback),
        reloads=metrics.plan_reloads,
        half=half_of,
        prepare=make_topics,
    )
    runtime.every(FOLLOW_SECONDS, plan.follow)
    return plan


def _add_stage(
    runtime: Runtime,
    settings: NotifierSettings,
    metrics: NotifierMetrics,
    *,
    plan: Callable[[], Plan],
) -> None:
    reader = FollowingReader(
        plan=plan,
        metrics=metrics,
        webhooks=Webhooks(reporters=settings.reporter_webhook),
        console=settings.console,
    )
    runtime.add_stage(
        reader,
        cases_and_answers(settings.instance),
        name=STAGE,
        primary_topic=topics.CASES,
        dead_letter_topic=topics.dead_letters(settings.service),
        tells=(topics.CASES, topics.NOTICES, topics.FEEDBACK_REFUSALS),
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
    runtime.every(WEBHOOK_SECONDS, postman.deliver)
    runtime.every(PRUNE_SECONDS, forget)
