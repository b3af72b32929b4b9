"""What the tests of an import share."""

from collections.abc import Iterator

import pytest

from services.upstream.spool import Spool, spooled


@pytest.fixture
def spool() -> Iterator[Spool]:
    """Return an empty spool that keeps its reports."""
    with spooled(keep=True) as kept:
        yield kept
