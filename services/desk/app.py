"""The desk's composition root: builds every part and knows how they fit."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import httpx
from fastapi import APIRouter, FastAPI

from schemas import topics
from schemas.cloudevents import JSON_CONTENT
from schemas.plan import Plan
from services.access.guarding import guard, registered
from services.access.register import Register
from services.assessment.plan_index import PlanIndex
from services.desk.bounds import (
    AS_OF_SECONDS,
    FOLLOW_SECONDS,
    FORGET_SECONDS,
    SEND_BULKS_SECONDS,
    SESSIONS_SECONDS,
)
from services.desk.handlers import STAGE, CasesReader, all_that_is_told
from services.desk.http.answers import answers_router
from services.desk.http.cases import cases_router
from services.desk.http.commands import commands_router
from services.desk.http.entrance import OPEN_BELOW, OPEN_PATHS, Entrance
from services.desk.http.files import TAKEN_AT, files_router
from services.desk.http.form import FORM
from services.desk.http.identity import add_identity, entrance_of
from services.desk.http.live import forget_what_moved, live_router
from services.desk.http.overview import overview_router
from services.desk.http.passes import passes_router
from services.desk.http.site import prover_of
from services.desk.metrics import DeskMetrics
from services.desk.migrations import HISTORY
from services.desk.pages.admin.administration import Administration, Installation
from services.desk.pages.all_pages import PAGES_OPEN, add_administration, add_entrance, add_pages
from services.desk.pages.frame import Frame
from services.desk.pages.refusals import RefusalPages, broken_page
from services.desk.pages.resident_page import RESIDENTS_BELOW, Residents, resident_router
from services.desk.settings import DeskSettings, peers_in
from services.desk.store import story
from services.desk.store.files import FolderFiles
from services.desk.sweeps import (
    Watch,
    counting_for_all,
    forgetting,
    forgetting_bulks,
    keep_uses,
    tell_who_may,
)
from services.desk.use_cases.bulks import Bulks
from services.desk.use_cases.live import Hub
from services.desk.use_cases.saying import Saying
from services.desk.use_cases.taking_away import clear
from services.desk.use_cases.telling import ALL
from services.desk.use_cases.uploading import Files
from services.kit.clock import system_clock
from services.kit.process.life import running
from services.kit.process.runtime import Runtime, build_runtime, serve
from services.kit.process.secret_settings import secrets_in
from services.kit.process.standard_routes import add_operations, http_app
from services.letters_door import letters_of, letters_router
from services.plan_in_use import described, followed, topics_of


def build_app(settings: DeskSettings) -> FastAPI:
    """Return the desk as an HTTP app whose lifespan runs all of it.

    Raises `InvalidPlan` when the plan's file cannot be used.
    """
    runtime = build_runtime(settings)
    metrics = DeskMetrics(runtime.registry)
    index = followed(runtime, PlanIndex)
    plan = _plan_of(index)
    _show_cases(runtime, settings, metrics, plan=plan)
    entrance = entrance_of(settings, database=runtime.database, metrics=metrics)
    # People are let in and out by the machine's time, also where the city's runs faster.
    runtime.every(FORGET_SECONDS, forgetting(runtime.database, clock=system_clock))
    register = _who_may(runtime)

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
        files=TAKEN_AT,
    )
    _add_doors(http, runtime, settings, entrance, plan=plan, index=index)
    guard(
        http,
        runtime,
        register=register,
        provers=(prover_of(entrance.site, identity=entrance.identity),),
        open_paths=OPEN_PATHS | PAGES_OPEN,
        open_below=OPEN_BELOW + RESIDENTS_BELOW,
    )
    http.add_middleware(RefusalPages, plan=plan, clock=runtime.clock)
    add_operations(http, runtime, asyncapi=described(settings.service, plan))
    return http


def _plan_of(index: Callable[[], PlanIndex]) -> Callable[[], Plan]:
    return lambda: index().plan


def _who_may(runtime: Runtime) -> Register:
    """Know who may come in, tell it, and keep when keys were used."""
    register = registered(runtime)
    tell_who_may(runtime, register, ALL)
    keep_uses(runtime, register)
    return register


def _add_doors(
    http: FastAPI,
    runtime: Runtime,
    settings: DeskSettings,
    entrance: Entrance,
    *,
    plan: Callable[[], Plan],
    index: Callable[[], PlanIndex],
) -> None:
    """Let people in, show cases to browsers, answer others, and take what is said of cases."""
    looks = partial(story.shown, runtime.database)
    door = Saying(publisher=runtime.publisher, clock=runtime.clock, looks=looks)
    # Pages stand before the doors of the same addresses, which answer whoever wants no page.
    hub, files = _hub(runtime), _files(runtime, settings)
    http.include_router(live_router(hub, entrance.site, runtime.database, clock=hub.clock))
    frame = Frame(
        database=runtime.database,
        clock=runtime.clock,
        plan=plan,
        index=index,
        files=files,
        hub=hub,
    )
    add_entrance(http, frame, entrance)
    add_pages(http, frame, entrance.site, door)
    add_identity(http, entrance)
    http.add_exception_handler(Exception, broken_page(frame))
    bulks = Bulks(database=runtime.database, publisher=runtime.publisher, clock=runtime.clock)
    runtime.every(SEND_BULKS_SECONDS, bulks.send_left)
    runtime.every(FORGET_SECONDS, forgetting_bulks(runtime.database, clock=runtime.clock))
    secrets = secrets_in(settings.access_secret.get_secret_value())
    residents = Residents(frame=frame, site=entrance.site, door=door, secrets=secrets)
    http.include_router(resident_router(residents))
    _administer(http, runtime, settings, frame, entrance)
    http.include_router(cases_router(runtime.database, clock=runtime.clock))
    http.include_router(overview_router(runtime.database, clock=runtime.clock, plan=plan))
    http.include_router(commands_router(door))
    http.include_router(answers_router(door, plan=plan))
    http.include_router(files_router(files, plan=plan))
    http.include_router(_passes(settings))


def _hub(runtime: Runtime) -> Hub:
    """Tell pages that are open what changes, by the machine's time."""
    hub = Hub(runtime.database, clock=system_clock)
    runtime.every(FOLLOW_SECONDS, hub.look)
    runtime.every(SESSIONS_SECONDS, hub.end_sessions_that_are_over)
    forget = partial(forget_what_moved, runtime.database, clock=system_clock)
    runtime.every(FORGET_SECONDS, forget)
    return hub


def _writes(_: str) -> bool:
    """Tell which topics that it reads the desk writes: none, so it can publish nothing again."""
    return False


def _administer(
    http: FastAPI, runtime: Runtime, settings: DeskSettings, frame: Frame, entrance: Entrance
) -> None:
    """Add the pages of administrators, and the door to the desk's own dead letters."""
    secrets = secrets_in(settings.access_secret.get_secret_value())
    letters = letters_of(runtime, is_ours=_writes)
    administration = Administration(
        frame=frame,
        site=entrance.site,
        clock=system_clock,
        secret=secrets[0] if secrets else None,
        installation=Installation(
            plan_path=settings.plan,
            webhooks_to_loopback=settings.webhooks_to_loopback,
            peers=peers_in(settings.peers),
            # Of a proxy in the environment nobody says that it leads to our own machines.
            transport=httpx.AsyncHTTPTransport(trust_env=False),
            missing=runtime.ready,
            letters=letters,
        ),
    )
    add_administration(http, administration)
    http.include_router(letters_router(letters, service=settings.service))


def _show_cases(
    runtime: Runtime, settings: DeskSettings, metrics: DeskMetrics, *, plan: Callable[[], Plan]
) -> None:
    """Read all that is told of cases, watch how far behind that is, and count it for everybody."""
    reader = CasesReader(plan=plan, metrics=metrics)
    stage = runtime.add_stage(
        reader,
        all_that_is_told(settings.instance),
        name=STAGE,
        primary_topic=topics.CASES,
        dead_letter_topic=topics.dead_letters(settings.service),
    )
    watch = Watch(
        runtime.database,
        next(feed for feed in runtime.feeds if feed.stage is stage),
        seen=lambda: reader.seen,
        metrics=metrics,
        clock=runtime.clock,
    )
    runtime.every(AS_OF_SECONDS, watch.look)
    count = counting_for_all(runtime.database, plan=plan, clock=runtime.clock)
    runtime.every(FORGET_SECONDS, count)


def _files(runtime: Runtime, settings: DeskSettings) -> Files:
    files = Files(
        database=runtime.database,
        store=FolderFiles(settings.files_folder),
        clock=runtime.clock,
        secrets=secrets_in(settings.access_secret.get_secret_value()),
    )
    runtime.every(FORGET_SECONDS, partial(clear, files))
    return files


def _passes(settings: DeskSettings) -> APIRouter:
    secrets = secrets_in(settings.access_secret.get_secret_value())
    return passes_router(secrets=secrets, clock=system_clock)


def run(settings: DeskSettings) -> None:
    """Run the desk until it is told to stop."""
    serve(build_app(settings), settings)
