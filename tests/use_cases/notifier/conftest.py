"""A notifier's bench over a database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kit.database import open_database, sqlite_url
from services.kit.plumbing import PLUMBING
from services.kit.tables import merged_metadata
from services.notifier.store.tables import NOTIFIER_METADATA
from tests.support.notifier import NotifierBench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[NotifierBench]:
    """Return a bench whose database is closed afterwards."""
    database = open_database(sqlite_url(tmp_path / "notifier.sqlite"))
    await database.create_tables(merged_metadata(PLUMBING, NOTIFIER_METADATA))
    yield NotifierBench(database)
    await database.close()
