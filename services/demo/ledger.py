"""The observer's book: what went over the topics, folded into sums that must add up.

It knows only what is on Kafka, so it proves the house from outside: every report accounted for,
every case's events in an order the life cycle allows, numbered without gaps.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from schemas.cloudevents import Headers, attributes
from schemas.lifecycle import ENDED, CaseEvent, CaseState, led_to
from schemas.topics import CASES, FEEDBACK_REFUSALS, INCIDENT_REPORTS, NOTICES, dead_letters

_INTAKE_LETTERS = dead_letters("intake")
_KNOWN = {str(event): event for event in CaseEvent}
COUNTED = {
    CaseEvent.ASSIGNED: "offered",
    CaseEvent.ACCEPTED: "accepted",
    CaseEvent.RETURNED: "returned",
    CaseEvent.EXPIRED: "expired",
    CaseEvent.FEEDBACK_SUBMITTED: "done",
    CaseEvent.CLOSED: "closed",
}
"""What is counted of a department as lead, and what the screen calls it."""

_NOTED = {
    "case.loop_detected": "passed around, fallback owner takes it",
    "duty.unfilled": "nobody on duty",
    "case.escalated": "escalated",
    "case.reopened": "reopened",
    "check.failed": "check failed, rework",
}


@dataclass(slots=True)
class CaseLine:
    """One case as the observer saw it."""

    case_id: str
    state: CaseState
    title: str
    department: str = ""
    level: int = 0
    history: list[CaseEvent] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """Everything counted so far."""

    records: int = 0
    reports: set[str] = field(default_factory=set)
    unreadable: int = 0
    repeats: int = 0
    cases: dict[str, CaseLine] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
    rejected: Counter[str] = field(default_factory=Counter)
    letters: int = 0
    notices: int = 0
    refusals: int = 0
    departments: dict[str, Counter[str]] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)
    event_ids: dict[tuple[str, str, int], str] = field(default_factory=dict)
    repeated: int = 0

    def take(self, topic: str, value: bytes | None, headers: Headers) -> None:
        """Enter one record of any topic."""
        if topic == INCIDENT_REPORTS:
            self._take_report(value or b"")
        elif topic == CASES:
            self._take_event(value or b"", attributes(headers))
        elif topic == _INTAKE_LETTERS and value is not None:
            self.letters += 1
        elif topic == NOTICES:
            self.notices += 1
        elif topic == FEEDBACK_REFUSALS:
            self.refusals += 1

    def _take_report(self, value: bytes) -> None:
        self.records += 1
        try:
            body = json.loads(value)
            name = f"{body['source']}/{body['id']}"
        except (ValueError, TypeError, KeyError):
            self.unreadable += 1
            return
        if name in self.reports:
            self.repeats += 1
        self.reports.add(name)

    def _take_event(self, value: bytes, told: dict[str, str]) -> None:
        kind, case_id = told["type"], told["subject"]
        if not self._in_sequence(told, case_id):
            return
        body = json.loads(value)
        if kind == CaseEvent.MERGED:
            self.merged.add(body["merged_id"])
        elif kind == CaseEvent.REJECTED:
            self.rejected[body["reason"]] += 1
        elif kind == CaseEvent.REGISTERED:
            title = f"{body['title_zh']} {body['title_en']}"
            self.cases[case_id] = CaseLine(case_id, CaseState.REGISTERED, title)
        elif case_id not in self.cases:
            self.violations.append(f"{kind} for {case_id}, which was never registered")
        else:
            self._move(self.cases[case_id], kind, body)

    def _in_sequence(self, told: dict[str, str], case_id: str) -> bool:
        """Tell whether an event is new.

        The same event again is dropped; another event under its number, or a gap, is a violation.
        """
        source, number = told["source"], int(told.get("sequence", "0"))
        if number == 0:  # intake's merges come from any partition and are told apart by their ids
            return True
        last = self.sequences.get((source, case_id), 0)
        known = self.event_ids.setdefault((source, case_id, number), told["id"])
        if known != told["id"]:
            self.violations.append(f"{source} told two things as number {number} of {case_id}")
        if number <= last:
            self.repeated += 1
            return False
        if number != last + 1:
            self.violations.append(f"{source} skipped from {last} to {number} for {case_id}")
        self.sequences[source, case_id] = number
        return True

    def _move(self, case: CaseLine, kind: str, body: dict[str, Any]) -> None:
        event = _KNOWN.get(kind)
        if event is not None:
            target = led_to(case.state, event)
            if target is None:
                self.violations.append(f"{kind} in state {case.state} of {case.case_id}")
                return
            case.state = target
            case.history.append(event)
        self._count(case, kind, body)
        if kind in _NOTED:
            self.noted.append(f"{case.title}: {_NOTED[kind]} ({_who(body)})")

    def _count(self, case: CaseLine, kind: str, body: dict[str, Any]) -> None:
        if kind == CaseEvent.ASSIGNED:
            case.department = body["lead"]["department"]
        if kind == "case.escalated":
            case.level = body["level"]
        if kind in COUNTED:
            self.departments.setdefault(case.department, Counter())[kind] += 1

    # The sums ---------------------------------------------------------------------------------

    @property
    def reported(self) -> int:
        """Reports, each counted once however often it was sent, unreadable ones included."""
        return len(self.reports) + self.unreadable

    @property
    def refused(self) -> int:
        """Reports that were not accepted: by the plan, or as unreadable."""
        return sum(self.rejected.values()) + self.letters

    def open_cases(self) -> list[CaseLine]:
        """Return the cases that are not closed."""
        return [case for case in self.cases.values() if case.state not in ENDED]

    @property
    def closed(self) -> int:
        """Cases that are closed now."""
        return len(self.cases) - len(self.open_cases())

    def missing(self) -> int:
        """Return how many reports are not accounted for; 0 when the first sum holds."""
        return self.reported - len(self.cases) - len(self.merged) - self.refused

    def holds(self) -> bool:
        """Tell whether every sum holds and every event was in order."""
        return self.missing() == 0 and not self.violations

    def states(self) -> Counter[str]:
        """Return how many cases are in each state."""
        return Counter(str(case.state) for case in self.cases.values())


def _who(body: dict[str, Any]) -> str:
    told: Iterable[object] = (
        body.get(name, "") for name in ("department", "owner", "trigger", "reason")
    )
    return ", ".join(str(one) for one in told if one)
