"""What the tests of whole houses share."""

import gc
from collections.abc import Iterator

import pytest

from tests.faults.servers import Yard


@pytest.fixture(scope="session")
def _yard_of_the_run() -> Iterator[Yard]:
    with Yard() as yard:
        yield yard


@pytest.fixture
def yard(_yard_of_the_run: Yard) -> Iterator[Yard]:
    """Return the servers that the row before used, if there was one in this process."""
    yield _yard_of_the_run
    gc.collect()  # what cut clients left open is not for the next test
