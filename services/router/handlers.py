"""The router's stage: case events that ask who is responsible now."""

import time
from collections.abc import Callable
from typing import Final

from schemas import topics
from schemas.events.case import (
    AssignmentRevoked,
    CaseEscalated,
    CaseRegistered,
    CaseReopened,
    CaseReturned,
)
from schemas.events.charge import (
    CaseCorrected,
    CaseReassigned,
    CoHandlerDropped,
    CoHandlerWanted,
)
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.ending import CaseUnmerged
from schemas.events.part import PartAskedAgain
from schemas.plan import Plan
from schemas.vocabulary import INTAKE, NOTIFIER, ROUTER
from services.case_events import CaseEvents, Told
from services.kit.records import Incoming, Record
from services.kit.stage.batch import Batch
from services.kit.stage.subscriber import Subscription
from services.router.metrics import RouterMetrics
from services.router.use_cases.cases import CaseNews, route_cases

STAGE: Final = "router.cases"
_EVENTS: Final = CaseEvents[CaseNews](
    ROUTER,
    {
        CaseRegistered.type: (INTAKE, CaseRegistered),
        CaseReturned.type: (NOTIFIER, CaseReturned),
        CaseEscalated.type: (NOTIFIER, CaseEscalated),
        CaseReopened.type: (NOTIFIER, CaseReopened),
        AssignmentRevoked.type: (NOTIFIER, AssignmentRevoked),
        CaseReassigned.type: (NOTIFIER, CaseReassigned),
        CaseCorrected.type: (NOTIFIER, CaseCorrected),
        CaseUnmerged.type: (NOTIFIER, CaseUnmerged),
        CaseUrgencyRaised.type: (NOTIFIER, CaseUrgencyRaised),
        CoHandlerWanted.type: (NOTIFIER, CoHandlerWanted),
        CoHandlerDropped.type: (NOTIFIER, CoHandlerDropped),
        PartAskedAgain.type: (NOTIFIER, PartAskedAgain),
    },
)


def cases_of(instance: str | None) -> Subscription:
    """Return what the stage reads."""
    return Subscription(group="tongxin.router", topics=(topics.CASES,), instance=instance)


class CasesReader:
    """Reads the events that lead to an assignment; all others are not its business."""

    def __init__(self, *, plan: Callable[[], Plan], metrics: RouterMetrics) -> None:
        """Take where the current plan is found, asked once a batch, and what counts."""
        self._plan = plan
        self._metrics = metrics

    def decode(self, record: Record) -> Incoming[Told[CaseNews]] | None:
        """Return the event of a record, None when no assignment can follow from it."""
        return _EVENTS.read(record)

    async def decide(self, batch: Batch[Told[CaseNews]]) -> None:
        """Route the batch's cases under the plan of this moment, and count."""
        started = time.perf_counter()
        decided = await route_cases(batch, plan=self._plan())
        spent = time.perf_counter() - started
        self._metrics.count(decided, seconds=spent / max(1, len(decided)))
