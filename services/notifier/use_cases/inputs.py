"""What the notifier hears: news of intake and the router, and what the parties answer."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from schemas.events.assignment import CaseAssigned, DutyUnfilled, LoopDetected
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.events.feedback import DepartmentAnswer, Feedback
from services.kit.records import Incoming
from services.notifier.domain.facts import INTAKE, ROUTER

IntakeFact = CaseRegistered | CaseMerged | CaseRejected
RouterFact = CaseAssigned | LoopDetected | DutyUnfilled

NEWS: Final[dict[str, tuple[str, TypeAdapter[IntakeFact | RouterFact]]]] = {
    CaseRegistered.type: (INTAKE, TypeAdapter(CaseRegistered)),
    CaseMerged.type: (INTAKE, TypeAdapter(CaseMerged)),
    CaseRejected.type: (INTAKE, TypeAdapter(CaseRejected)),
    CaseAssigned.type: (ROUTER, TypeAdapter(CaseAssigned)),
    LoopDetected.type: (ROUTER, TypeAdapter(LoopDetected)),
    DutyUnfilled.type: (ROUTER, TypeAdapter(DutyUnfilled)),
}
"""Which events matter, of which service, and how each is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An event another service told about a case, as its n-th; `data` is its JSON.

    A `replayed` one was put aside before: its number may be passed, and it had no effect.
    """

    fact: IntakeFact | RouterFact
    producer: str
    sequence: int
    data: bytes
    replayed: bool = False

    @property
    def case_id(self) -> UUID:
        """The case it is about."""
        return self.fact.case_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a party said; `id` is the event's, `data` its JSON."""

    id: UUID
    party: str
    said: Feedback
    data: bytes

    @property
    def case_id(self) -> UUID:
        """The case it is about."""
        return self.said.case_id

    @property
    def assignment_id(self) -> UUID | None:
        """The assignment it answers; only departments answer one."""
        return self.said.assignment_id if isinstance(self.said, DepartmentAnswer) else None


Input = News | Answer


def in_order(incoming: list[Incoming[Input]]) -> list[Incoming[Input]]:
    """Return a batch with all news before all answers, each in the order read.

    An answer is never older than the assignment it answers, but another topic's records may be
    read first.
    """
    return sorted(incoming, key=lambda item: isinstance(item.event, Answer))
