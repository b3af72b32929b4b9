"""A house for those who do not mind that others were there; a module may have its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.machine.house import House
from tests.support.databases import ENGINES
from tests.support.town import Town, shifted_house, town_in


@pytest.fixture(scope="session", params=ENGINES)
def house(request: pytest.FixtureRequest) -> Iterator[tuple[House, Path]]:
    """Return a running house on an engine, with the file that moves its clock."""
    with shifted_house(engine=request.param) as running:
        yield running


@pytest.fixture
async def town(house: tuple[House, Path]) -> AsyncIterator[Town]:
    """Return a house with whoever reports, answers and watches."""
    async with town_in(*house) as observed:
        yield observed
