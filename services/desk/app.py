"""The desk's composition root: builds every part and knows how they fit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.desk.metrics import DeskMetrics
from services.desk.migrations import HISTORY
from services.desk.settings import DeskSettings
from services.kit.process.life import running
from services.kit.process.runtime import build_runtime, serve
from services.kit.process.standard_routes import add_operations, http_app
from services.plan_in_use import described, followed_plan, topics_of


def build_app(settings: DeskSettings) -> FastAPI:
    """Return the desk as an HTTP app whose lifespan runs all of it.

    Raises `InvalidPlan` when the plan's file cannot be used.
    """
    runtime = build_runtime(settings)
    DeskMetrics(runtime.registry)
    plan = followed_plan(runtime)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(runtime, history=HISTORY, topics=topics_of(plan())):
            yield

    http = http_app(
        "Tongxin desk",
        description="What people see of the cases, and who they are.",
        lifespan=lifespan,
        hosts=settings.http_hosts,
    )
    add_operations(http, runtime, asyncapi=described(settings.service, plan))
    return http


def run(settings: DeskSettings) -> None:
    """Run the desk until it is told to stop."""
    serve(build_app(settings), settings)
