"""A desk's identity part on each engine."""

from collections.abc import AsyncIterator

import pytest

from services.desk.migrations import HISTORY
from tests.support.databases import Place
from tests.support.desk import Desk, desk_on


@pytest.fixture
async def desk(place: Place) -> AsyncIterator[Desk]:
    async with place.opened(HISTORY) as database:
        yield desk_on(database)
