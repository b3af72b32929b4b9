"""Desks that pages are shown of: an empty one, one that follows a notifier, and a town's."""

from collections.abc import AsyncIterator

import pytest

from services.desk.migrations import HISTORY as DESKS
from services.notifier.migrations import HISTORY as NOTIFIERS
from tests.support.databases import Place, opened
from tests.support.desk_town import AFTERNOON, furnished
from tests.support.followed import FollowedBench
from tests.support.shown import DeskBench


@pytest.fixture
async def desk(place: Place) -> AsyncIterator[DeskBench]:
    """Return a desk whose database is closed afterwards."""
    async with place.opened(DESKS) as database:
        yield DeskBench(database)


@pytest.fixture
async def bench(place: Place, desk: DeskBench) -> AsyncIterator[FollowedBench]:
    """Return a notifier's bench, of which the desk hears everything."""
    async with place.opened(NOTIFIERS) as database:
        yield FollowedBench(database, desk=desk)


@pytest.fixture
async def town(place: Place) -> AsyncIterator[DeskBench]:
    """Return a desk with a town's afternoon on it; the town lives it once for all tests."""
    async with opened(await place.filled("desk_town", furnished)) as database:
        yield DeskBench(database, now=AFTERNOON)
