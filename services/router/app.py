"""The router's composition root: builds every part and knows how they fit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from schemas import topics
from services.access.guarding import guard_by_passes
from services.kit.process.life import running
from services.kit.process.runtime import build_runtime, serve
from services.kit.process.standard_routes import add_operations, http_app
from services.letters_door import DEAD_LETTERS, letters_of, letters_router
from services.plan_in_use import described, followed_plan, topics_of
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

    plan = followed_plan(runtime)
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
        async with running(runtime, history=HISTORY, topics=topics_of(plan())):
            yield

    http = http_app(
        "Tongxin router",
        description="Finds who is responsible for each case, and says why.",
        lifespan=lifespan,
        hosts=settings.http_hosts,
    )
    http.include_router(routes(plan=plan, database=runtime.database, clock=runtime.clock))
    http.include_router(letters_router(letters_of(runtime), service=settings.service))
    guard_by_passes(http, runtime, below=(DEAD_LETTERS,))
    add_operations(http, runtime, asyncapi=described(settings.service, plan))
    return http


def run(settings: RouterSettings) -> None:
    """Run the router until it is told to stop."""
    serve(build_app(settings), settings)
