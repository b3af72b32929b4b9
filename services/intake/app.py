"""Intake put together: the only place that knows all of its parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI

from schemas import asyncapi, topics
from services.access.guarding import guard_by_passes
from services.access.report_links import ReportLinks
from services.assessment.plan_index import PlanIndex
from services.intake.bounds import AGEING_SECONDS, FORGET_SECONDS, SEALING_SECONDS
from services.intake.handlers import (
    ClosuresReader,
    ReportsReader,
    closures_subscription,
    reports_subscription,
)
from services.intake.http.contacts import contacts_router
from services.intake.http.reports import MEDIA_TYPES, reports_router
from services.intake.metrics import IntakeMetrics
from services.intake.migrations import HISTORY
from services.intake.settings import IntakeSettings
from services.intake.sweeps import ageing, forgetting, sealing
from services.intake.use_cases.keeping import Kept
from services.intake.use_cases.looks import Contacts
from services.intake.use_cases.submissions import Door
from services.kit.process.life import running
from services.kit.process.runtime import Runtime, build_runtime, serve
from services.kit.process.secret_settings import secrets_in
from services.kit.process.standard_routes import add_operations, http_app
from services.kit.sealing.keys import KeyFile
from services.letters_door import letters_of, letters_router
from services.plan_in_use import followed

_SERVICE = IntakeSettings.service


def build_app(settings: IntakeSettings) -> FastAPI:
    """Return intake as an HTTP app whose lifespan runs its stages.

    Raises `InvalidPlan` when the plan's file cannot be used, `WrongKeys` when that of the master
    keys cannot.
    """
    runtime = build_runtime(settings)
    metrics = IntakeMetrics(runtime.registry)
    keys = KeyFile.made(settings.key_file, now=runtime.clock())
    runtime.letter_keys = keys  # a report that cannot be read may have a contact in it
    index = followed(runtime, PlanIndex)
    _add_stages(runtime, metrics, keys=keys, index=index)
    _add_sweeps(runtime, settings, metrics, keys=keys)

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
    secrets = secrets_in(settings.access_secret.get_secret_value())
    links = ReportLinks(plan=lambda: index().plan, secrets=secrets)
    http.include_router(reports_router(door, links=links))
    contacts = Contacts(database=runtime.database, keys=keys, clock=runtime.clock)
    http.include_router(contacts_router(contacts))
    http.include_router(letters_router(letters_of(runtime), service=_SERVICE))
    document = partial(asyncapi.document, _SERVICE)
    guard_by_passes(http, runtime)
    add_operations(http, runtime, asyncapi=document)
    return http


def run(settings: IntakeSettings) -> None:
    """Run intake until it is told to stop."""
    serve(build_app(settings), settings)


def _add_sweeps(
    runtime: Runtime, settings: IntakeSettings, metrics: IntakeMetrics, *, keys: KeyFile
) -> None:
    database, clock = runtime.database, runtime.clock
    kept = Kept(
        contacts=timedelta(days=settings.contacts_keep_days),
        records=timedelta(days=settings.looks_keep_days),
    )
    runtime.every(FORGET_SECONDS, forgetting(database, clock=clock))
    runtime.every(AGEING_SECONDS, ageing(database, clock=clock, kept=kept))
    runtime.every(SEALING_SECONDS, sealing(database, keys=keys, metrics=metrics))


def _add_stages(
    runtime: Runtime, metrics: IntakeMetrics, *, keys: KeyFile, index: Callable[[], PlanIndex]
) -> None:
    instance = runtime.settings.instance
    letters = topics.dead_letters(_SERVICE)
    runtime.add_stage(
        ReportsReader(index=index, metrics=metrics, keys=keys),
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
