"""The reports of one import on disk: each id once, in the order of time, and what to tell of them.

A temporary database of its own that goes with the process, so that memory stays the same however
long the file is.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from schemas.events.incident import IncidentReport
from services.upstream.bounds import MOST_KINDS
from services.upstream.outcomes import BadRow, Outcome, Skipped, Translated

REPEATED: Final = "the same report again"

_CROWDED_SHARE: Final = 0.02
"""No place in a city has so many of all its reports; the point stands for "unknown" then."""
_CROWDED_LEAST: Final = 20

_TABLE: Final = """CREATE TABLE report (
  id TEXT PRIMARY KEY, number INTEGER, line INTEGER, digest BLOB,
  at REAL, lat REAL, lon REAL, kind TEXT, data TEXT
) WITHOUT ROWID"""
_INSERT: Final = "INSERT OR IGNORE INTO report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_EARLIER: Final = "SELECT line, digest FROM report WHERE id = ?"
_ORDERED: Final = "SELECT data FROM report ORDER BY at, number"
_KINDS: Final = """SELECT kind, count(*) FROM report WHERE kind IS NOT NULL
  GROUP BY kind ORDER BY count(*) DESC, kind"""
_CROWDED: Final = """SELECT lat, lon, count(*) FROM report WHERE lat IS NOT NULL
  GROUP BY lat, lon HAVING count(*) >= ? ORDER BY count(*) DESC"""


class Spool:
    """What an import has read; `keep` says whether `in_order_of_time` will be asked for."""

    def __init__(self, database: sqlite3.Connection, *, keep: bool) -> None:
        """Take an empty database."""
        self._database = database
        self._keep = keep
        self._number = 0
        database.execute(_TABLE)

    def admit(self, outcome: Outcome) -> Outcome:
        """Return the outcome, or what it becomes because an earlier row has the report's id."""
        if not isinstance(outcome, Translated):
            return outcome
        report = outcome.report
        point = report.place.point
        data = report.model_dump_json(exclude_none=True)
        digest = hashlib.sha256(data.encode()).digest()
        self._number += 1
        row = (
            *(report.id, self._number, outcome.line, digest, report.reported_at.timestamp()),
            *((None, None) if point is None else (point.lat, point.lon)),
            *(outcome.unknown_kind, data if self._keep else None),
        )
        if self._database.execute(_INSERT, row).rowcount:
            return outcome
        line, earlier = self._database.execute(_EARLIER, (report.id,)).fetchone()
        if earlier == digest:
            return Skipped(outcome.line, REPEATED)
        reason = f"{report.id!r} stands on line {line} with other content, which counts"
        return BadRow(outcome.line, {"id": reason}, report.model_dump(mode="json"))

    def in_order_of_time(self) -> Iterator[IncidentReport]:
        """Yield the reports by their time; those of one instant keep the file's order."""
        for (data,) in self._database.execute(_ORDERED):
            yield IncidentReport.model_validate_json(data)

    def advice(self) -> Iterator[str]:
        """Yield what an operator should know of these reports, a line each."""
        kinds = self._database.execute(_KINDS).fetchall()
        if kinds:
            many = sum(count for _, count in kinds)
            yield (
                f"warning: the mapping does not know the kind of {many} of {self._number} reports; "
                'they go without a category. Write the kinds under [categories], with "" where '
                "there is none:"
            )
            yield from (f"{count:>9} {kind}" for kind, count in kinds[:MOST_KINDS])
            if left := kinds[MOST_KINDS:]:
                yield f"{sum(count for _, count in left):>9} of {len(left)} more kinds"
        least = max(_CROWDED_LEAST, int(self._number * _CROWDED_SHARE) + 1)
        for lat, lon, count in self._database.execute(_CROWDED, (least,)):
            share = count / self._number
            yield (
                f"warning: {count} reports ({share:.0%}) are at one point. If it means that no "
                f"place is known, write [[nowhere]] with lat = {lat} and lon = {lon}: reports that "
                "share a point are merged"
            )


@contextmanager
def spooled(*, keep: bool) -> Iterator[Spool]:
    """Keep a spool for as long as the block runs."""
    # Rows are taken in one thread after the other, never in two at once.
    with closing(sqlite3.connect("", check_same_thread=False)) as database:
        yield Spool(database, keep=keep)
