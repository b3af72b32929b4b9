"""A router and a notifier that hear each other, over a database of each."""

from collections.abc import AsyncIterator

import pytest

from services.notifier.migrations import HISTORY as NOTIFIERS
from services.router.migrations import HISTORY as ROUTERS
from tests.support.both import Both
from tests.support.databases import Place
from tests.support.notifier import NotifierBench
from tests.support.router import RouterBench


@pytest.fixture
async def both(place: Place) -> AsyncIterator[Both]:
    """Return the two, whose databases are closed afterwards."""
    async with place.opened(ROUTERS) as of_router, place.opened(NOTIFIERS) as of_notifier:
        yield Both(RouterBench(of_router), NotifierBench(of_notifier))
