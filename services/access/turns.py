"""How many callers do something at the same time, of which no one holds all the turns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Lets a few go on at the same time; who comes then waits, behind their own first."""

    def __init__(self, at_once: int, *, of_one: int) -> None:
        """Take how many turns there are, and how many of them one caller may hold."""
        self._all = asyncio.Semaphore(at_once)
        self._of_one = of_one
        self._own = WeakValueDictionary[str, asyncio.Semaphore]()

    @asynccontextmanager
    async def of(self, caller: str) -> AsyncIterator[None]:
        """Wait for a turn, and hold it within this block."""
        own = self._own.setdefault(caller, asyncio.Semaphore(self._of_one))
        async with own, self._all:
            yield
