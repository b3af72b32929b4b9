"""A small part of a recorded history that shows the same: some cases, and all about them."""

import io
import lzma
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from schemas.vocabulary import case_id_for
from tests.faults.checker.anomalies import Anomaly
from tests.faults.history import (
    History,
    OutboxMessage,
    PendingTimer,
    RouterCase,
    Seen,
    Sent,
    StateRow,
    load,
)

_SHOWN: Final = 3
"""So many anomalies, and as many cases that nothing happened to, make a history small."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What belongs to some cases and to some records that belong to none, by their positions."""

    cases: frozenset[str]
    positions: frozenset[str]

    def of(self, history: History) -> History:
        """Return the part of a history; its faults, and how the services did, are left whole."""
        sent = [one for one in history.sent if self._has_sent(one)]
        return replace(
            history,
            # Of several clients: each numbers its attempts, and here they stand in one file.
            sent=[one.model_copy(update={"attempt": n}) for n, one in enumerate(sent, start=1)],
            observed={name: self._seen(seen) for name, seen in history.observed.items()},
            final=self._seen(history.final),
            state={
                s: [row for row in rows if self._has_row(row)] for s, rows in history.state.items()
            },
        )

    def _seen(self, seen: Iterable[Seen]) -> list[Seen]:
        return [record for record in seen if self._has(record)]

    def _has(self, record: Seen) -> bool:
        own = {record.case_id, record.merged_id} & self.cases
        return bool(own) or bool({record.position, record.letter_of} & self.positions)

    def _has_sent(self, sent: Sent) -> bool:
        return _case_of(sent) in self.cases or sent.position in self.positions

    def _has_row(self, row: StateRow) -> bool:
        if isinstance(row, PendingTimer):
            return row.subject in self.cases
        if isinstance(row, OutboxMessage):
            return row.case_id in self.cases or row.key in self.positions
        return row.case_id in self.cases


def _case_of(sent: Sent) -> str | None:
    told = sent.case_id is None and sent.source and sent.id
    return str(case_id_for(sent.source, sent.id)) if told else sent.case_id


def shown(history: History, anomalies: Iterable[Anomaly]) -> History:
    """Return a small part of a history that has some of these anomalies, and some sound cases."""
    chosen = list(anomalies)[:_SHOWN]
    positions = {where for anomaly in chosen for where in anomaly.where}
    cases = {anomaly.subject for anomaly in chosen}
    cases |= {str(case_id_for(*a.subject.split("/"))) for a in chosen if a.subject.count("/") == 1}
    records = [r for seen in (history.final, *history.observed.values()) for r in seen]
    cases |= {r.case_id for r in records if r.position in positions and r.case_id}
    routed = [
        r.case_id for rows in history.state.values() for r in rows if isinstance(r, RouterCase)
    ]
    cases |= set(routed[:_SHOWN])
    for merged in (r for r in records if r.merged_id):
        if {merged.case_id, merged.merged_id} & cases:
            cases |= {merged.case_id or "", merged.merged_id or ""}
    return Excerpt(frozenset(cases), frozenset(positions)).of(history)


def packed(history: History) -> bytes:
    """Return a history as one compressed file, the same bytes for the same history."""
    with TemporaryDirectory() as scratch, io.BytesIO() as raw:
        history.save(Path(scratch))
        with tarfile.open(fileobj=raw, mode="w") as archive:
            for file in sorted(Path(scratch).iterdir()):
                archive.add(file, arcname=file.name, filter=_without_owner)
        return lzma.compress(raw.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    entry.mode = 0o644
    return entry


def unpacked(file: Path) -> History:
    """Return the history in a packed file."""
    with TemporaryDirectory() as scratch:
        with tarfile.open(file, mode="r:xz") as archive:
            archive.extractall(scratch, filter="data")
        return load(Path(scratch))
