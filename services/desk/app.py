"""The desk's composition root: builds every part and knows how they fit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import FastAPI

from schemas.cloudevents import JSON_CONTENT
from services.access.actor import Actor
from services.access.guarding import guard, registered
from services.desk.bounds import FORGET_SECONDS
from services.desk.http.commands import commands_router
from services.desk.http.form import FORM
from services.desk.http.identity import OPEN_BELOW, OPEN_PATHS, add_identity, entrance_of
from services.desk.http.site import prover_of
from services.desk.metrics import DeskMetrics
from services.desk.migrations import HISTORY
from services.desk.settings import DeskSettings
from services.desk.sweeps import forgetting, tell_who_may
from services.desk.use_cases.commanding import Commanding
from services.desk.use_cases.telling import ALL
from services.kit.clock import system_clock
from services.kit.process.life import running
from services.kit.process.runtime import build_runtime, serve
from services.kit.process.standard_routes import add_operations, http_app
from services.plan_in_use import described, followed_plan, topics_of


def build_app(settings: DeskSettings) -> FastAPI:
    """Return the desk as an HTTP app whose lifespan runs all of it.

    Raises `InvalidPlan` when the plan's file cannot be used.
    """
    runtime = build_runtime(settings)
    metrics = DeskMetrics(runtime.registry)
    plan = followed_plan(runtime)
    entrance = entrance_of(settings, database=runtime.database, metrics=metrics)
    # People are let in and out by the machine's time, also where the city's runs faster.
    runtime.every(FORGET_SECONDS, forgetting(runtime.database, clock=system_clock))
    register = registered(runtime)
    tell_who_may(runtime, register, ALL)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(runtime, history=HISTORY, topics=topics_of(plan())):
            yield

    http = http_app(
        "Tongxin desk",
        description="What people see of the cases, and who they are.",
        lifespan=lifespan,
        hosts=settings.http_hosts,
        media_types=(JSON_CONTENT, FORM),
    )
    add_identity(http, entrance, plan=plan)
    door = Commanding(publisher=runtime.publisher, clock=runtime.clock, sees=_sees)
    http.include_router(commands_router(door))
    guard(
        http,
        runtime,
        register=register,
        provers=(prover_of(entrance.site, identity=entrance.identity),),
        open_paths=OPEN_PATHS,
        open_below=OPEN_BELOW,
    )
    add_operations(http, runtime, asyncapi=described(settings.service, plan))
    return http


async def _sees(actor: Actor, _case_id: UUID) -> bool:
    """Tell whether a case is one that somebody may see: whose parties have it is not known here."""
    return actor.sees_all


def run(settings: DeskSettings) -> None:
    """Run the desk until it is told to stop."""
    serve(build_app(settings), settings)
