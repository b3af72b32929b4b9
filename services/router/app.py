"""The router's composition root: builds every part and knows how they fit."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI

from schemas import asyncapi, topics
from schemas.plan import Plan, half_of, parse_plan
from services.kit.process.followed_file import FOLLOW_SECONDS, FollowedFile
from services.kit.process.life import running
from services.kit.process.runtime import Runtime, build_runtime, serve
from services.kit.process.standard_routes import add_operations, http_app
from services.router.handlers import STAGE, CasesReader, cases_of
from services.router.http import routes
from services.router.metrics import RouterMetrics
from services.router.migrations import HISTORY
from services.router.settings import RouterSettings


def build_app(settings: RouterSettings) -> FastAPI:
    """Return the router as an HTTP app whose lifespan runs all of it.

    Raises `InvalidPlan` when the plan's file cannot be used.
    """
    runtime = build_runtime(settings)
    metrics = RouterMetrics(runtime.registry)

    plan = _followed_plan(runtime, metrics)
    runtime.add_stage(
        CasesReader(plan=plan, metrics=metrics),
        cases_of(settings.instance),
        name=STAGE,
        primary_topic=topics.CASES,
        dead_letter_topic=topics.dead_letters(settings.service),
        tells=(topics.CASES,),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(runtime, history=HISTORY, topics=_topics_of(plan())):
            yield

    def described() -> dict[str, Any]:
        now = plan()
        return asyncapi.document(
            settings.service, departments=sorted(now.departments), parties=now.feedback_parties()
        )

    http = http_app(
        "Tongxin router",
        description="Finds who is responsible for each case, and says why.",
        lifespan=lifespan,
        hosts=settings.http_hosts,
    )
    http.include_router(routes(plan=plan, database=runtime.database, clock=runtime.clock))
    add_operations(http, runtime, asyncapi=described)
    return http


def _followed_plan(runtime: Runtime, metrics: RouterMetrics) -> Callable[[], Plan]:
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


def _topics_of(plan: Plan) -> tuple[topics.Topic, ...]:
    return topics.all_topics(sorted(plan.departments), plan.feedback_parties())


def run(settings: RouterSettings) -> None:
    """Run the router until it is told to stop."""
    serve(build_app(settings), settings)
