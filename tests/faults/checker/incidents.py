"""I1, I2: every accepted report has exactly one end, what was refused or never said has none."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.lifecycle import CaseEvent
from schemas.topics import INCIDENT_REPORTS
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import INTAKE, Book
from tests.faults.history import Seen, Sent

Name = tuple[str, str]
_MADE_A_CASE = {str(CaseEvent.REGISTERED), str(CaseEvent.MERGED)}
_ENDS = _MADE_A_CASE | {str(CaseEvent.REJECTED)}


@dataclass(slots=True)
class _Report:
    """All that is known of one (source, id)."""

    sent: list[Sent] = field(default_factory=list)
    read: list[Seen] = field(default_factory=list)
    ends: list[Seen] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return bool(self.read) or any(s.outcome == "ok" for s in self.sent)

    @property
    def unsaid(self) -> bool:
        """Whether nobody said it, or whoever tried was told that it did not count."""
        return all(s.outcome == "refused" for s in self.sent) and (bool(self.sent) or not self.read)

    @property
    def impossible(self) -> bool:
        return bool(self.sent) and all(s.expected == "invalid" for s in self.sent)

    def distinct_ends(self) -> dict[tuple[str, str | None], Seen]:
        return {(end.ce_type, end.case_id): end for end in reversed(self.ends)}


def check_incidents(book: Book) -> Iterator[Anomaly]:
    """Judge every report that was said or that a case says it comes from."""
    for name, report in _reports(book).items():
        subject = "/".join(name)
        ends = report.distinct_ends()
        where = tuple(end.position for end in ends.values())
        if len(ends) > 1:
            told = " and ".join(f"{type_} ({case_id})" for type_, case_id in ends)
            yield Anomaly(Kind.DUP_CASE, subject, f"ended as {told}", where)
        elif report.unsaid and ends:
            yield Anomaly(Kind.ABORTED_INCIDENT, subject, "nobody said it, or was refused", where)
        elif report.impossible and any(type_ in _MADE_A_CASE for type_, _ in ends):
            yield Anomaly(Kind.ABORTED_INCIDENT, subject, "can be no case and became one", where)
        elif report.accepted:
            yield from _lost(book, report, subject=subject)


def _reports(book: Book) -> dict[Name, _Report]:
    found: dict[Name, _Report] = defaultdict(_Report)
    for sent in book.sent_reports:
        found[sent.source, sent.id].sent.append(sent)
    for record in book.reports:
        if record.readable:
            found[record.source, record.id].read.append(record)
    for case in book.cases.values():
        for event in case.events:
            if event.ce_source == INTAKE and event.ce_type in _ENDS:
                found[event.source, event.id].ends.append(event)
    return found


def _lost(book: Book, report: _Report, *, subject: str) -> Iterator[Anomaly]:
    positions = {r.position for r in report.read} | {s.position or "" for s in report.sent}
    where = tuple(sorted(positions - {""}))
    if not report.ends:
        if not any(book.letter("intake", position) for position in positions):
            yield Anomaly(Kind.LOST_INCIDENT, subject, "accepted, and has no end", where)
        return
    primary = book.cases.get(report.ends[0].case_id or "")
    if report.ends[0].ce_type == CaseEvent.MERGED and (primary is None or not primary.registered):
        told = f"joined case {report.ends[0].case_id}, which is none"
        yield Anomaly(Kind.LOST_INCIDENT, subject, told, (report.ends[0].position,))
    if not report.read and INCIDENT_REPORTS not in book.history.meta.truncated:
        yield Anomaly(Kind.UNSEEN, subject, f"acknowledged, not on {INCIDENT_REPORTS}", where)
