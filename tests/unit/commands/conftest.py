"""What the tests of the commands share."""

import signal
from collections.abc import Iterator

import pytest

from services.upstream.spool import Spool, spooled


@pytest.fixture
def signals() -> Iterator[None]:
    """Let a command in this process answer signals in its own way until the test is over."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def spool() -> Iterator[Spool]:
    """Return an empty spool that keeps its reports."""
    with spooled(keep=True) as kept:
        yield kept
