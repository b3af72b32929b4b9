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
from schemas.vocabulary import case_id_for
from services.kit.sealing.keys import KeyFile
from services.kit.stage.dead_letters import opened

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

_OUTCOMES = frozenset({CaseEvent.REGISTERED, CaseEvent.MERGED, CaseEvent.REJECTED})
_FOR_ROUTER = frozenset({CaseState.REGISTERED, CaseState.RETURNED, CaseState.REOPENED})
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
    letters: set[bytes] = field(default_factory=set)
    notices: int = 0
    refusals: int = 0
    departments: dict[str, Counter[str]] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)
    event_ids: dict[tuple[str, str, int], str] = field(default_factory=dict)
    repeated: int = 0
    moves: int = 0
    keys: KeyFile | None = None
    _pending: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _unoffered: set[str] = field(default_factory=set)

    def take(self, topic: str, value: bytes | None, headers: Headers, key: bytes | None) -> None:
        """Enter one record of any topic."""
        if topic == INCIDENT_REPORTS:
            self._take_report(value or b"")
        elif topic == CASES:
            self._take_event(value or b"", attributes(headers))
        elif topic == _INTAKE_LETTERS and value is not None:
            # Its key is where the record stands; after a restart it may be published once more.
            self.letters.add(key or b"")
            put_aside = opened(key or b"", value, headers, keys=self.keys)
            self._settle(_case_of(put_aside.value or b""))
        elif topic == NOTICES:
            self.notices += 1
            self._unoffered.discard(json.loads(value or b"{}").get("case_id", ""))
        elif topic == FEEDBACK_REFUSALS:
            self.refusals += 1

    def _take_report(self, value: bytes) -> None:
        self.records += 1
        self.moves += 1
        case_id = _case_of(value)
        if not case_id:
            self.unreadable += 1
            return
        if case_id in self.reports:
            self.repeats += 1
        self.reports.add(case_id)
        self._pending |= {case_id} - self._answered

    def _take_event(self, value: bytes, told: dict[str, str]) -> None:
        kind, case_id = told["type"], told["subject"]
        if not self._in_sequence(told, case_id):
            return
        body = json.loads(value)
        if kind in _OUTCOMES:
            self._settle(str(body.get("merged_id", case_id)))
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

    def _settle(self, case_id: str) -> None:
        """Note what became of a report."""
        self.moves += case_id not in self._answered
        self._answered.add(case_id)
        self._pending.discard(case_id)

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
            self.moves += 1
        self._count(case, kind, body)
        if kind in _NOTED:
            self.noted.append(f"{case.title}: {_NOTED[kind]} ({_who(body)})")

    def _count(self, case: CaseLine, kind: str, body: dict[str, Any]) -> None:
        if kind == CaseEvent.ASSIGNED:
            case.department = body["lead"]["department"]
            self._unoffered.add(case.case_id)
        if kind == "case.escalated":
            case.level = body["level"]
        if kind in COUNTED:
            self.departments.setdefault(case.department, Counter())[kind] += 1

    def waiting(self) -> set[str]:
        """Return what waits for the house itself, each thing under a name of its own.

        Reports for intake, cases for the router, and offers that nobody was told of yet.
        """
        for_router = {
            f"{case.case_id} {len(case.history)}"
            for case in self.cases.values()
            if case.state in _FOR_ROUTER
        }
        return self._pending | for_router | {f"offer {case_id}" for case_id in self._unoffered}

    # The sums ---------------------------------------------------------------------------------

    @property
    def reported(self) -> int:
        """Reports, each counted once however often it was sent, unreadable ones included."""
        return len(self.reports) + self.unreadable

    @property
    def refused(self) -> int:
        """Reports that were not accepted: by the plan, or as unreadable."""
        return sum(self.rejected.values()) + len(self.letters)

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
        return not self.broken()

    def broken(self) -> list[str]:
        """Return each sum that does not hold, with its numbers, and how many events are wrong."""
        told = []
        if self.missing():
            told.append(
                f"reported {self.reported} is not registered {len(self.cases)} + merged "
                f"{len(self.merged)} + rejected {sum(self.rejected.values())} + unreadable "
                f"{len(self.letters)}: {self.missing()} not accounted for"
            )
        if self.violations:
            told.append(f"{len(self.violations)} events out of order or against the life cycle")
        return told

    def states(self) -> Counter[str]:
        """Return how many cases are in each state."""
        return Counter(str(case.state) for case in self.cases.values())


def _case_of(report: bytes) -> str:
    """Return the id of a report's case, empty when it cannot even be named."""
    try:
        body = json.loads(report)
        return str(case_id_for(body["source"], body["id"]))
    except (ValueError, TypeError, KeyError):
        return ""


def _who(body: dict[str, Any]) -> str:
    told: Iterable[object] = (
        body.get(name, "") for name in ("department", "owner", "trigger", "reason")
    )
    return ", ".join(str(one) for one in told if one)
