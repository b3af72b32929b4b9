"""Reports at their own times: put in order first, then let go at a multiple of the real pace."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from schemas.events.incident import IncidentReport
from services.commands.upstream.outcomes import Outcome, Translated

_TABLE: Final = "CREATE TABLE report (at REAL, number INTEGER, line INTEGER, data TEXT)"
_INDEX: Final = "CREATE INDEX report_at ON report (at, number)"
_INSERT: Final = "INSERT INTO report VALUES (?, ?, ?, ?)"
_ORDERED: Final = "SELECT line, data FROM report ORDER BY at, number"


def in_order_of_time(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield what is no report as it comes, then all reports by their time.

    Reports wait in a temporary file, not in memory; those of one instant keep the file's order.
    """
    # Rows are taken in one thread after the other, never in two at once.
    with closing(sqlite3.connect("", check_same_thread=False)) as waiting:
        waiting.execute(_TABLE)
        for number, outcome in enumerate(outcomes):
            if isinstance(outcome, Translated):
                at, data = outcome.report.reported_at.timestamp(), outcome.report.model_dump_json()
                waiting.execute(_INSERT, (at, number, outcome.line, data))
            else:
                yield outcome
        waiting.execute(_INDEX)
        for line, data in waiting.execute(_ORDERED):
            yield Translated(line, IncidentReport.model_validate_json(data))


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
