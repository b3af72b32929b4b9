"""What the desk hears: everything that happens to cases, whole files, and what else is told."""

from typing import Final, NamedTuple
from uuid import UUID

from schemas import topics
from schemas.events.assignment import (
    CaseAssigned,
    CoHandlerOffered,
    DutyUnfilled,
    LoopDetected,
    WorkOrder,
)
from schemas.events.base import CaseFact
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.events.case_file import CaseFiled
from schemas.events.notice import Notice
from schemas.events.refusals import CommandRefused, FeedbackRefused
from schemas.vocabulary import DESK, INTAKE, NOTIFIER, ROUTER
from services.case_events import CaseEvents, Told
from services.kit.records import Incoming

_OF_INTAKE: Final = (CaseRegistered.type, CaseMerged.type)
_OF_ROUTER: Final = (
    *(CaseAssigned.type, CoHandlerOffered.type, LoopDetected.type, DutyUnfilled.type),
)

CASES: Final = CaseEvents[CaseFact](
    DESK,
    {
        type_: (
            INTAKE if type_ in _OF_INTAKE else ROUTER if type_ in _OF_ROUTER else NOTIFIER,
            model,
        )
        for type_, model in topics.CASE_FACTS.items()
        if type_ != CaseRejected.type  # never a case
    },
    # A report that joins stands outside the numbers of the case.
    loose=(CaseMerged.type,),
)
"""What happens to cases: which events, and of which service."""

FILES: Final = CaseEvents[CaseFiled](
    DESK, {CaseFiled.type: (NOTIFIER, CaseFiled)}, loose=(CaseFiled.type,), keyed=True
)

NEWS: Final = CaseEvents[CaseFact](
    DESK,
    {
        Notice.type: (NOTIFIER, Notice),
        FeedbackRefused.type: (NOTIFIER, FeedbackRefused),
        CommandRefused.type: (NOTIFIER, CommandRefused),
        WorkOrder.type: (ROUTER, WorkOrder),
    },
    loose=(Notice.type, FeedbackRefused.type, CommandRefused.type, WorkOrder.type),
    keyed=True,
)
"""What else is told of cases: to people, of what changed nothing, and to departments."""

NOTICE: Final = "notice"
REFUSAL: Final = "refusal"
WORK_ORDER: Final = "work_order"
KINDS: Final = {
    Notice.type: NOTICE,
    FeedbackRefused.type: REFUSAL,
    CommandRefused.type: REFUSAL,
    WorkOrder.type: WORK_ORDER,
}
"""As what these are kept."""


class Happened(NamedTuple):
    """Something happened to a case, as an event on `cases.v1` tells."""

    told: Told[CaseFact]


class Filed(NamedTuple):
    """The whole file of a case was published."""

    told: Told[CaseFiled]


class Reported(NamedTuple):
    """Something else was told of a case."""

    told: Told[CaseFact]


class TakenAway(NamedTuple):
    """The file of a case was taken away, and every copy of it shall be."""

    case_id: UUID


Input = Happened | Filed | Reported | TakenAway


def case_of(incoming: Incoming[Input]) -> UUID:
    """Return the case that a record is about."""
    event = incoming.event
    return event.case_id if isinstance(event, TakenAway) else event.told.case_id
