"""A batch of case events: load, decide in order, save once, tell."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from schemas import topics
from schemas.events.base import event_of
from schemas.events.case import CaseEscalated, CaseRegistered, CaseReturned
from schemas.plan import Plan
from services.kit.records import Fault, Incoming, Rejected, message_of
from services.kit.stage.batch import Batch
from services.kit.stage.decoding import validated
from services.router.domain.decisions import Outcome
from services.router.store import Round, Routed, Store
from services.router.use_cases.orders import order_event
from services.router.use_cases.steps import Known, Step, Told, first_step, next_step

logger = logging.getLogger(__name__)

SERVICE: Final = "router"
INTAKE: Final = "intake"
_REGISTERED: Final = TypeAdapter(CaseRegistered)
_UNKNOWN: Final = (Fault("case_id", "was never registered with the router"),)
_MOST_AHEAD: Final = 1_000
"""The router reads a few of a case's many events; no case has so many between two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of one event, for counting.

    `offers` are the departments newly offered, each with whether it is a desk; `gap` tells
    that events of the same producer before this one are missing.
    """

    rule: str
    outcome: Outcome
    exercise: bool
    producer: str
    gap: bool
    offers: tuple[tuple[str, bool], ...] = ()
    unfilled: tuple[str, ...] = ()


async def route_cases(batch: Batch[Told], *, plan: Plan) -> list[Decided]:
    """Route every case of the batch under one plan; an event of an unknown case is rejected."""
    store = Store(batch.conn)
    cases = await store.load({incoming.event.fact.case_id for incoming in batch.incoming})
    fold = _Fold(plan=plan, now=batch.now, cases=cases)
    decided: list[Decided] = []
    for incoming in batch.incoming:
        try:
            step = fold.step(incoming.event)
        except Rejected as rejected:
            batch.reject(incoming, rejected)
            continue
        numbers = _numbers(batch, step)
        decided.append(fold.note(incoming.event, step, numbers=numbers))
        _tell(batch, incoming, step, numbers=numbers)
    await store.save(cases[case_id] for case_id in fold.changed)
    await store.add_rounds(fold.rounds)
    return decided


class _Fold:
    """The cases of one batch, moved on event by event."""

    def __init__(self, *, plan: Plan, now: datetime, cases: dict[UUID, Routed]) -> None:
        self.changed: set[UUID] = set()
        self.rounds: list[Round] = []
        self._plan = plan
        self._now = now
        self._cases = cases
        self._registered: dict[UUID, CaseRegistered] = {}

    def step(self, told: Told) -> Step:
        """Return what an event leads to.

        Raises `Rejected` for a case nobody registered, and for a number that cannot be true: taken,
        it would make repeats of all that the notifier says of this case afterwards.
        """
        fact = told.fact
        case = self._cases.get(fact.case_id)
        if case is not None and not told.replayed and _is_repeat(told, case):
            return Step(case=case, outcome=Outcome.DUPLICATE)
        if case is not None and told.sequence > case.seen.get(told.producer, 0) + _MOST_AHEAD:
            fault = Fault("ce_sequence", f"is {told.sequence}, far ahead of its turn")
            raise Rejected("ahead_of_turn", (fault,))
        if isinstance(fact, CaseRegistered):
            if case is not None:
                return Step(case=case, outcome=Outcome.DUPLICATE)
            self._registered[fact.case_id] = fact
            return first_step(fact, data=told.data, plan=self._plan, now=self._now)
        if case is None:
            raise Rejected("unknown_case", _UNKNOWN)
        known = Known(case=case, registered=self.registered(case))
        return next_step(fact, known, plan=self._plan, now=self._now)

    def registered(self, case: Routed) -> CaseRegistered:
        """Return what was registered, read from its bytes at most once a batch."""
        found = self._registered.get(case.case_id)
        if found is None:
            found = validated(_REGISTERED, case.registered)
            self._registered[case.case_id] = found
        return found

    def note(self, told: Told, step: Step, *, numbers: Sequence[int]) -> Decided:
        """Remember the case after the step, and return what to count."""
        before = self._cases.get(step.case.case_id)
        last = 0 if before is None else before.seen.get(told.producer, 0)
        # Of intake the router reads a case's first event only, of the notifier some of many.
        gap = before is None and told.producer == INTAKE and told.sequence > 1
        if gap:
            logger.error(
                "events are missing before this one",
                extra={"case_id": str(step.case.case_id), "sequence": told.sequence},
            )
        if step.outcome is not Outcome.DUPLICATE:
            self._remember(told, step, last=last, numbers=numbers)
        return Decided(
            rule=step.case.rule,
            outcome=step.outcome,
            exercise=self.registered(step.case).exercise,
            producer=told.producer,
            gap=gap,
            offers=tuple((i.offer.department, i.offer.tier.is_staffed) for i in step.issues),
            unfilled=() if step.assignment is None else step.assignment.unfilled,
        )

    def _remember(self, told: Told, step: Step, *, last: int, numbers: Sequence[int]) -> None:
        case = step.case
        self._cases[case.case_id] = replace(
            case,
            sequence=numbers[-1] if numbers else case.sequence,
            seen=case.seen | {told.producer: max(last, told.sequence)},
        )
        self.changed.add(case.case_id)
        if step.assignment is not None:
            self.rounds.append(step.assignment.round)


def _is_repeat(told: Told, case: Routed) -> bool:
    """Tell whether an event was heard before: by its number, unless it is about this very round.

    A round is over when somebody returned it or did not sign; so what is said about the one that
    goes on is new, whatever numbers were seen.
    """
    if told.sequence > case.seen.get(told.producer, 0):
        return False
    about = told.fact.assignment_id if isinstance(told.fact, CaseReturned | CaseEscalated) else None
    return about != case.assignment_id


def _numbers(batch: Batch[Told], step: Step) -> list[int]:
    """Return the number of each event that tells a step."""
    numbers, last = [], step.case.sequence
    for fact in step.facts:
        last = batch.next_number(step.case.case_id, last=last, kind=fact.type)
        numbers.append(last)
    return numbers


def _tell(
    batch: Batch[Told], incoming: Incoming[Told], step: Step, *, numbers: Sequence[int]
) -> None:
    cause, partition = str(incoming.id), incoming.partition
    for sequence, fact in zip(numbers, step.facts, strict=True):
        event = event_of(fact, service=SERVICE, sequence=sequence, cause=cause)
        batch.emit(message_of(event, topic=topics.CASES), partition=partition)
    for issue in step.issues:
        order = issue.order
        message = message_of(
            order_event(order, cause=cause), topic=topics.assignments(order.department)
        )
        batch.emit(message, partition=partition)
