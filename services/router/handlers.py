"""The router's stage: case events that ask who is responsible now."""

import time
from collections.abc import Callable
from typing import Any, Final

from pydantic import TypeAdapter

from schemas import topics
from schemas.cloudevents import event_source, event_type
from schemas.events.base import source_of
from schemas.events.case import (
    AssignmentRevoked,
    CaseEscalated,
    CaseRegistered,
    CaseReopened,
    CaseReturned,
)
from schemas.plan import Plan
from schemas.vocabulary import derived_id
from services.kit.records import Fault, Incoming, Record, Rejected
from services.kit.stage.batch import Batch
from services.kit.stage.dead_letters import replay_of
from services.kit.stage.decoding import cloud_event, fact_of, strict_json
from services.kit.stage.subscriber import Subscription
from services.router.metrics import RouterMetrics
from services.router.use_cases.cases import INTAKE, SERVICE, route_cases
from services.router.use_cases.steps import Told

STAGE: Final = "router.cases"
_NOTIFIER: Final = "notifier"
_PRODUCERS: Final = {
    CaseRegistered.type: INTAKE,
    CaseReturned.type: _NOTIFIER,
    CaseEscalated.type: _NOTIFIER,
    CaseReopened.type: _NOTIFIER,
    AssignmentRevoked.type: _NOTIFIER,
}
_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    model.type: TypeAdapter(model)
    for model in (CaseRegistered, CaseReturned, CaseEscalated, CaseReopened, AssignmentRevoked)
}


def cases_of(instance: str | None) -> Subscription:
    """Return what the stage reads."""
    return Subscription(group="tongxin.router", topics=(topics.CASES,), instance=instance)


class CasesReader:
    """Reads the five kinds of event that lead to an assignment; all others are not its business."""

    def __init__(self, *, plan: Callable[[], Plan], metrics: RouterMetrics) -> None:
        """Take where the current plan is found, asked once a batch, and what counts."""
        self._plan = plan
        self._metrics = metrics

    def decode(self, record: Record) -> Incoming[Told] | None:
        """Return the event of a record, None when no assignment can follow from it."""
        producer = _PRODUCERS.get(event_type(record.headers))
        if producer is None:
            return None
        if event_source(record.headers) != source_of(producer):
            raise Rejected("unknown_source", (Fault("ce_source", f"is not the {producer}"),))
        event = cloud_event(record)
        strict_json(record.value)
        fact = fact_of(event, _ADAPTERS)
        if event.key != str(fact.case_id):
            raise Rejected("wrong_key", (Fault("key", "is not the case_id"),))
        if not event.sequence:
            raise Rejected("not_numbered", (Fault("ce_sequence", "is missing"),))
        letter = replay_of(record, service=SERVICE)
        told = Told(
            fact=fact,
            producer=producer,
            sequence=event.sequence,
            data=event.data,
            replayed=letter is not None,
        )
        return Incoming(
            id=event.id if letter is None else derived_id("replay", letter),
            event=told,
            record=record,
            known_by_state=letter is None,
            home=event.key,
        )

    async def decide(self, batch: Batch[Told]) -> None:
        """Route the batch's cases under the plan of this moment, and count."""
        started = time.perf_counter()
        decided = await route_cases(batch, plan=self._plan())
        spent = time.perf_counter() - started
        self._metrics.count(decided, seconds=spent / max(1, len(decided)))
