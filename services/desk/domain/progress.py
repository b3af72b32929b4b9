"""What becomes of a report, as whoever made it is told: where it stands, and what was done.

Only what is named here leaves the house: no person, no department, nobody else's words, and nothing
that staff say to each other. Of a reopening the reason is left out, for another reporter may have
said it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.events.base import CaseFact, in_utc
from schemas.events.case import (
    AssignmentAccepted,
    CaseClosed,
    CaseRegistered,
    CaseReopened,
    CheckFailed,
    HandlingStarted,
)
from schemas.events.clocks import RESIDENT, CaseDeadlineMoved, PromiseMissed
from schemas.events.ending import CaseDismissed, CaseWithdrawn, ReopenRefused
from schemas.events.requests import CaseForceClosed, CaseSuspended, SuspensionEnded
from schemas.lifecycle import CaseState

_WAITS: Final = "waits"
STANDS: Final[Mapping[CaseState, str]] = {
    CaseState.ACCEPTED: "signed",
    CaseState.HANDLING: "handled",
    CaseState.REWORK: "handled",
    CaseState.SUSPENDED: "rests",
    CaseState.FEEDBACK: "checked",
    CaseState.INSPECTING: "checked",
    CaseState.PENDING_CLOSURE: "checked",
    CaseState.CLOSED: "closed",
    CaseState.FORCE_CLOSED: "closed",
    CaseState.ARCHIVED: "closed",
    CaseState.NOT_ACCEPTED: "not_accepted",
    CaseState.WITHDRAWN: "withdrawn",
}
"""In which words of a resident a state is told; all others wait for somebody to sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened; `why` is a reason, or a code that stands for one.

    `before` and `until` are the dates that were told until then and from then on.
    """

    at: datetime
    kind: str
    why: str = ""
    before: datetime | None = None
    until: datetime | None = None


def stands(state: CaseState) -> str:
    """Return in which words it is told where a case stands."""
    return STANDS.get(state, _WAITS)


def steps_of(facts: Iterable[CaseFact]) -> Iterator[Step]:
    """Yield what of all that happened its reporter is told, in order."""
    for fact in facts:
        told = _TOLD.get(type(fact))
        if told is not None and (step := told(fact)) is not None:
            yield step


def _plain(kind: str) -> Callable[[Any], Step]:
    return lambda fact: Step(at=in_utc(fact.at), kind=kind)


def _with_reason(kind: str) -> Callable[[Any], Step]:
    return lambda fact: Step(at=in_utc(fact.at), kind=kind, why=fact.reason)


def _registered(fact: CaseRegistered) -> Step:
    until = None if fact.promised_by is None else in_utc(fact.promised_by)
    return Step(at=in_utc(fact.at), kind="promised" if until else "registered", until=until)


def _moved(fact: CaseDeadlineMoved) -> Step | None:
    if fact.clock != RESIDENT:
        return None
    return Step(
        at=in_utc(fact.at),
        kind="moved",
        why=fact.reason,
        before=in_utc(fact.before),
        until=in_utc(fact.after),
    )


def _missed(fact: PromiseMissed) -> Step:
    return Step(at=in_utc(fact.at), kind="missed", before=in_utc(fact.promised_by))


def _suspended(fact: CaseSuspended) -> Step:
    return Step(at=in_utc(fact.at), kind="rests", why=fact.reason, until=in_utc(fact.until))


def _closed(fact: CaseClosed) -> Step:
    return Step(at=in_utc(fact.at), kind="closed", why=fact.result)


_TOLD: Final[Mapping[type[CaseFact], Callable[[Any], Step | None]]] = {
    CaseRegistered: _registered,
    AssignmentAccepted: _plain("signed"),
    HandlingStarted: _plain("started"),
    CaseDeadlineMoved: _moved,
    PromiseMissed: _missed,
    CaseSuspended: _suspended,
    SuspensionEnded: _plain("goes_on"),
    CheckFailed: _plain("again"),
    CaseClosed: _closed,
    CaseForceClosed: _with_reason("closed_by_law"),
    CaseReopened: _plain("reopened"),
    ReopenRefused: _with_reason("stays_closed"),
    CaseDismissed: _with_reason("not_accepted"),
    CaseWithdrawn: _with_reason("withdrawn"),
}
TOLD_TYPES: Final = frozenset(fact.type for fact in _TOLD)
"""Types of the events that are told at all."""
