"""A notifier's bench over a database of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.notifier.http.answers import answers_router
from services.notifier.http.cases import cases_router
from services.notifier.http.clocks import clocks_router
from services.notifier.http.commands import commands_router
from services.notifier.http.door import MEDIA_TYPES, Parts
from services.notifier.migrations import HISTORY
from tests.support.databases import Place
from tests.support.notifier import NotifierBench
from tests.support.published import Log
from tests.support.web import app_of, talking_to


@pytest.fixture
async def bench(place: Place) -> AsyncIterator[NotifierBench]:
    """Return a bench whose database is closed afterwards."""
    async with place.opened(HISTORY) as database:
        yield NotifierBench(database)


@pytest.fixture
def log() -> Log:
    """Return a log that keeps what it gets."""
    return Log()


@pytest.fixture
async def client(bench: NotifierBench, log: Log) -> AsyncIterator[httpx.AsyncClient]:
    door = Parts(
        database=bench.database, publisher=log, plan=lambda: bench.plan, clock=lambda: bench.now
    )
    reading = cases_router(bench.database, clock=lambda: bench.now)
    clocks = clocks_router(bench.database, plan=lambda: bench.plan, clock=lambda: bench.now)
    routes = (reading, clocks, answers_router(door), commands_router(door))
    async with talking_to(app_of(*routes, media_types=MEDIA_TYPES)) as found:
        yield found
