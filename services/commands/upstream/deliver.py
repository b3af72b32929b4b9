"""The whole way of a file: rows, outcomes, reports sent on, and the count of each fate."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TextIO

from services.commands.upstream.mapping import UpstreamMapping
from services.commands.upstream.outcomes import (
    BadRow,
    Outcome,
    Row,
    Skipped,
    Tally,
    Translated,
)
from services.commands.upstream.publish import Outlet
from services.commands.upstream.replay import Pace
from services.commands.upstream.translate import translate


def outcomes_of(rows: Iterable[Row | BadRow], mapping: UpstreamMapping) -> Iterator[Outcome]:
    """Yield what becomes of each row, in the file's order."""
    for row in rows:
        yield translate(row, mapping) if isinstance(row, Row) else row


async def deliver(
    outcomes: Iterator[Outcome],
    *,
    outlet: Outlet,
    tally: Tally,
    on_bad: Callable[[BadRow], None],
    on_progress: Callable[[], None],
    pace: Pace | None = None,
    at_once: int = 200,
) -> None:
    """Send every report on and count every row, also when it ends in an error.

    Rows are read in a thread, `at_once` of them, so that a slow file never keeps the broker's
    connection waiting; 1 lets each row of a pipe go on at once.
    """
    try:
        while batch := await asyncio.to_thread(lambda: list(islice(outcomes, at_once))):
            for outcome in batch:
                tally.read += 1
                if isinstance(outcome, Translated):
                    if pace is not None:
                        await pace.until(outcome.report.reported_at)
                    await outlet.put(outcome.report)
                elif isinstance(outcome, Skipped):
                    tally.skipped[outcome.reason] += 1
                else:
                    tally.refused += 1
                    on_bad(outcome)
            tally.published = outlet.done
            on_progress()
        await outlet.finish()
    finally:
        # When it was interrupted or failed, reports are under way that the broker has or will have.
        await outlet.abandon()
        tally.published = outlet.done


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
