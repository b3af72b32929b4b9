"""A town's desk, of which pages are shown."""

from collections.abc import AsyncIterator

import pytest

from tests.support.databases import Place, opened
from tests.support.desk_town import AFTERNOON, furnished
from tests.support.shown import DeskBench


@pytest.fixture
async def town(place: Place) -> AsyncIterator[DeskBench]:
    """Return a desk with a town's afternoon on it; the town lives it once for all tests."""
    async with opened(await place.filled("desk_town", furnished)) as database:
        yield DeskBench(database, now=AFTERNOON)
