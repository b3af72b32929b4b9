"""The pace of a replay: each report is let go at its own time, at a multiple of the real pace."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta


class Pace:
    """Holds each report back until its time has come, `speed` times as fast as it was.

    The first report starts the clock; `monotonic` gives seconds.
    """

    def __init__(
        self,
        speed: float,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the speed, and where seconds come from."""
        self._speed = speed
        self._monotonic = monotonic
        self._sleep = sleep
        self._began: tuple[datetime, float] | None = None

    async def until(self, at: datetime) -> None:
        """Return when a report of this instant is due."""
        if self._began is None:
            self._began = at, self._monotonic()
        first, began = self._began
        due = began + (at - first) / timedelta(seconds=self._speed)
        if (left := due - self._monotonic()) > 0:
            await self._sleep(left)
