"""A router's bench over a database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kit.database import open_database, sqlite_url
from services.router.store import ROUTER_METADATA
from tests.support.router import RouterBench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[RouterBench]:
    """Return a bench whose database is closed afterwards."""
    database = open_database(sqlite_url(tmp_path / "router.sqlite"))
    await database.create_tables(ROUTER_METADATA)
    yield RouterBench(database)
    await database.close()
