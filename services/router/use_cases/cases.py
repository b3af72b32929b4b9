"""A batch of case events, which only this module knows: load, decide in order, save once, tell."""

import logging
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from schemas import topics
from schemas.events.base import event_of
from schemas.events.case import CaseEscalated, CaseRegistered, CaseReturned
from schemas.events.charge import CaseCorrected, CaseReassigned
from schemas.plan import Plan
from schemas.vocabulary import ROUTER, derived_id
from schemas.work_orders import Registration, as_learned
from services.case_events import Told, check_turn
from services.kit.records import Fault, Incoming, Rejected, message_of
from services.kit.stage.batch import Batch
from services.kit.stage.decoding import validated
from services.router.bounds import MOST_AHEAD
from services.router.domain.decisions import Outcome
from services.router.domain.route import LaterNews, Route
from services.router.store import Routed, Store, round_row
from services.router.use_cases.helping import Helping, Joined
from services.router.use_cases.rounds import Round, Step, first_step, help_step, next_step

logger = logging.getLogger(__name__)

CaseNews = CaseRegistered | LaterNews | Helping
_ABOUT_A_ROUND: Final = CaseReturned | CaseEscalated | CaseReassigned | CaseCorrected
_REGISTERED: Final = TypeAdapter(Registration)
_UNKNOWN: Final = (Fault("case_id", "was never registered with the router"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of one event, for counting.

    `gap` tells that events of the same producer before this one are missing, `new` is what it led
    to.
    """

    rule: str
    outcome: Outcome
    exercise: bool
    producer: str
    gap: bool = False
    new: Round | Joined | None = None


async def route_cases(batch: Batch[Told[CaseNews]], *, plan: Plan) -> list[Decided]:
    """Route every case of the batch under one plan; an event of an unknown case is rejected."""
    store = Store(batch.conn)
    cases = await store.load({incoming.event.case_id for incoming in batch.incoming})
    routing = _Routing(batch=batch, plan=plan, cases=cases)
    decided: list[Decided] = []
    for incoming in batch.incoming:
        try:
            decided.append(routing.read(incoming))
        except Rejected as rejected:
            batch.reject(incoming, rejected)
    await store.save(cases[case_id] for case_id in routing.changed)
    await store.save_corrections(cases[case_id] for case_id in routing.corrected)
    await store.add_rounds(routing.rounds)
    return decided


@dataclass(slots=True, kw_only=True)
class _Routing:
    """The cases of one batch, moved on event by event."""

    batch: Batch[Told[CaseNews]]
    plan: Plan
    cases: dict[UUID, Routed]
    changed: set[UUID] = field(default_factory=set)
    corrected: set[UUID] = field(default_factory=set)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    registered: dict[UUID, CaseRegistered] = field(default_factory=dict)

    def read(self, incoming: Incoming[Told[CaseNews]]) -> Decided:
        """Let one event have its effect.

        Raises `Rejected` for a case nobody registered, and for a number that cannot be true.
        """
        told, case = incoming.event, self.cases.get(incoming.event.case_id)
        gap = False
        if case is None:
            case, step = self._opened(told)
            # Of intake the router reads a case's first event only.
            gap = told.sequence > 1
        else:
            if _is_repeat(told, case):
                return self._decided(told, case, Outcome.DUPLICATE)
            check_turn(told.sequence, last=case.seen.get(told.producer, 0), most=MOST_AHEAD)
            if isinstance(told.fact, CaseRegistered):
                return self._decided(told, case, Outcome.DUPLICATE)
            registered = self._registration(case)
            step = self._next(case.route, told.fact, registered)
            case.route = step.route
            learned = as_learned(registered, told.fact)
            if learned is not None:
                self._correct(case, learned)
        case.seen[told.producer] = max(case.seen.get(told.producer, 0), told.sequence)
        self.changed.add(case.case_id)
        if step.round is not None:
            self.rounds.append(round_row(step.round.assigned, outcome=step.outcome))
            self._tell(incoming, case, step.round)
        if step.joined is not None:
            self._tell(incoming, case, step.joined)
        return self._decided(told, case, step.outcome, new=step.round or step.joined, gap=gap)

    def _next(self, route: Route, fact: LaterNews | Helping, registered: CaseRegistered) -> Step:
        if isinstance(fact, Helping):
            return help_step(route, fact, registered, plan=self.plan, now=self.batch.now)
        return next_step(route, fact, registered, plan=self.plan, now=self.batch.now)

    def _opened(self, told: Told[CaseNews]) -> tuple[Routed, Step]:
        fact = told.fact
        if not isinstance(fact, CaseRegistered):
            raise Rejected("unknown_case", _UNKNOWN)
        step = first_step(fact, plan=self.plan, now=self.batch.now)
        case = Routed(case_id=fact.case_id, registered=told.data, route=step.route)
        self.cases[fact.case_id], self.registered[fact.case_id] = case, fact
        return case, step

    def _correct(self, case: Routed, registered: CaseRegistered) -> None:
        """Keep what a case really is, for its next rounds."""
        case.registered, self.registered[case.case_id] = registered.encoded(), registered
        self.corrected.add(case.case_id)

    def _registration(self, case: Routed) -> CaseRegistered:
        """Return what was registered, read from its bytes at most once a batch."""
        found = self.registered.get(case.case_id)
        if found is None:
            found = self.registered[case.case_id] = validated(_REGISTERED, case.registered)
        return found

    def _tell(self, incoming: Incoming[Told[CaseNews]], case: Routed, told: Round | Joined) -> None:
        batch, cause, partition = self.batch, str(incoming.id), incoming.partition
        for fact in told.facts:
            case.sequence = batch.next_number(case.case_id, last=case.sequence, kind=fact.type)
            event = event_of(fact, service=ROUTER, sequence=case.sequence, cause=cause)
            batch.emit(message_of(event, topic=topics.CASES), partition=partition)
        asked = {offer.assignment_id: offer.asked for offer in told.new_offers}
        for order in told.orders:
            # The next of a department's people has an order of their own for the same part.
            id_ = derived_id("work-order", order.assignment_id, *asked[order.assignment_id])
            event = event_of(order, service=ROUTER, sequence=0, cause=cause, id_=id_)
            batch.emit(
                message_of(event, topic=topics.assignments(order.department)), partition=partition
            )

    def _decided(
        self,
        told: Told[CaseNews],
        case: Routed,
        outcome: Outcome,
        *,
        new: Round | Joined | None = None,
        gap: bool = False,
    ) -> Decided:
        if gap:
            logger.error(
                "events are missing before this one",
                extra={"case_id": str(case.case_id), "sequence": told.sequence},
            )
        return Decided(
            rule=case.route.rule,
            outcome=outcome,
            exercise=self._registration(case).exercise,
            producer=told.producer,
            gap=gap,
            new=new,
        )


def _is_repeat(told: Told[CaseNews], case: Routed) -> bool:
    """Tell whether an event was heard before: by its number, unless it is about this very round.

    A round is over when somebody returned it or did not sign; so what is said about the one that
    goes on is new, whatever numbers were seen.
    """
    if told.replayed or told.sequence > case.seen.get(told.producer, 0):
        return False
    about = told.fact.assignment_id if isinstance(told.fact, _ABOUT_A_ROUND) else None
    return about != case.route.assignment_id
