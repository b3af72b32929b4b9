"""A desk's bench over a database of its own, and a notifier that it follows."""

from collections.abc import AsyncIterator

import pytest

from services.desk.migrations import HISTORY as DESKS
from services.notifier.migrations import HISTORY as NOTIFIERS
from tests.support.answering import HELPER, LEAD, Door
from tests.support.databases import Place
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, registered
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
async def other(place: Place) -> AsyncIterator[DeskBench]:
    """Return another desk that heard nothing yet."""
    async with place.opened(DESKS, name="other-desk") as database:
        yield DeskBench(database)


@pytest.fixture
async def door(bench: FollowedBench) -> Door:
    """Return the door of a desk with a case that one department leads and another helps with."""
    await bench.tell(registered(), assigned(LEAD, HELPER))
    return Door(bench)
