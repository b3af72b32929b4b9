"""A notifier's bench over a database of its own."""

from collections.abc import AsyncIterator

import pytest

from services.notifier.migrations import HISTORY
from tests.support.databases import Place
from tests.support.notifier import NotifierBench


@pytest.fixture
async def bench(place: Place) -> AsyncIterator[NotifierBench]:
    """Return a bench whose database is closed afterwards."""
    async with place.opened(HISTORY) as database:
        yield NotifierBench(database)
