"""The whole way of a file: rows, outcomes, reports sent on, and the count of each fate."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TextIO, TypeVar

from schemas.events.incident import IncidentReport
from services.upstream.mapping import UpstreamMapping
from services.upstream.outcomes import (
    BadRow,
    Outcome,
    Row,
    Skipped,
    Tally,
    Translated,
)
from services.upstream.publish import Outlet
from services.upstream.replay import Pace
from services.upstream.spool import Spool
from services.upstream.translate import translate

T = TypeVar("T")


def outcomes_of(rows: Iterable[Row | BadRow], mapping: UpstreamMapping) -> Iterator[Outcome]:
    """Yield what becomes of each row, in the file's order."""
    for row in rows:
        yield translate(row, mapping) if isinstance(row, Row) else row


@dataclass(kw_only=True)
class Delivery:
    """One import under way: every row is counted in `tally`, also when it ends in an error.

    Rows are read in a thread, `at_once` of them, so that a slow file never keeps the broker's
    connection waiting; 1 lets each row of a pipe go on at once.
    """

    spool: Spool
    outlet: Outlet
    tally: Tally
    on_bad: Callable[[BadRow], None]
    on_progress: Callable[[], None]
    pace: Pace | None = None
    at_once: int = 200

    async def in_order_of_time(
        self, outcomes: Iterator[Outcome], *, before_sending: Callable[[], None]
    ) -> None:
        """Read everything, then send the reports in the order of their times."""
        async for _ in self._reports(outcomes):
            pass
        before_sending()
        await self._send(self._batches(self.spool.in_order_of_time()))

    async def as_they_come(self, outcomes: Iterator[Outcome]) -> None:
        """Send each report when it is read."""
        await self._send(self._reports(outcomes))

    async def _send(self, batches: AsyncIterator[Sequence[IncidentReport]]) -> None:
        try:
            async for reports in batches:
                for report in reports:
                    if self.pace is not None:
                        await self.pace.until(report.reported_at)
                    await self.outlet.put(report)
                self.tally.published = self.outlet.done
                self.on_progress()
            await self.outlet.finish()
        finally:
            # When it was interrupted or failed, reports are under way that the broker has or will
            # have.
            await self.outlet.abandon()
            self.tally.published = self.outlet.done

    async def _reports(self, outcomes: Iterator[Outcome]) -> AsyncIterator[list[IncidentReport]]:
        """Yield the reports of each batch of rows, all else is counted."""
        async for batch in self._batches(map(self.spool.admit, outcomes)):
            reports = []
            for outcome in batch:
                self.tally.read += 1
                if isinstance(outcome, Translated):
                    reports.append(outcome.report)
                elif isinstance(outcome, Skipped):
                    self.tally.skipped[outcome.reason] += 1
                else:
                    self.tally.refused += 1
                    self.on_bad(outcome)
            self.on_progress()
            yield reports

    async def _batches(self, items: Iterator[T]) -> AsyncIterator[list[T]]:
        while batch := await asyncio.to_thread(lambda: list(islice(items, self.at_once))):
            yield batch


def reject_writer(to: TextIO) -> Callable[[BadRow], None]:
    """Return what writes a bad row as a JSON line: line, reason, reason of each field, the row."""

    def write(bad: BadRow) -> None:
        entry = {
            "line": bad.line,
            "reason": bad.reason,
            "fields": dict(bad.reasons),
            "row": bad.raw,
        }
        # ASCII, because a row may hold text that no encoding takes.
        to.write(json.dumps(entry, default=str) + "\n")

    return write
