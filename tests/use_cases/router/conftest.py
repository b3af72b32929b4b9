"""A router's bench over a database of its own."""

from collections.abc import AsyncIterator

import pytest

from services.router.migrations import HISTORY
from tests.support.databases import Place
from tests.support.router import RouterBench


@pytest.fixture
async def bench(place: Place) -> AsyncIterator[RouterBench]:
    """Return a bench whose database is closed afterwards."""
    async with place.opened(HISTORY) as database:
        yield RouterBench(database)
