"""What intake hears of the cases on `cases.v1`, each read for the little that it has to know."""

from typing import Final
from uuid import UUID

from schemas.events.assignment import CaseAssigned
from schemas.events.base import Body, CaseFact, Code, Text, in_utc
from schemas.events.case import (
    AssignmentAccepted,
    AssignmentRevoked,
    CaseReturned,
)
from schemas.events.charge import CaseCorrected, CaseReassigned, CoHandlerDropped
from schemas.events.clocks import RESIDENT, CaseDeadlineMoved
from schemas.events.part import PartChanged
from schemas.vocabulary import INTAKE, NOTIFIER, ROUTER, PartStatus
from services.case_events import CaseEvents, Told
from services.intake.domain.closure import CLOSURES, Closure, closure_of
from services.intake.domain.correction import Correction
from services.intake.domain.holding import HoldingNews, Lead, Offered, Part
from services.intake.domain.promise import Promise
from services.intake.use_cases.case_news import CaseNews
from services.intake.use_cases.judging import spot_of


class End(CaseFact):
    """What is read of the end of a case, whichever: what came out, or why it ended.

    `primary_id` is the case that it was merged into.
    """

    result: Text | None = None
    reason: Text | None = None
    primary_id: UUID | None = None


class Signed(CaseFact):
    """Which department signed for a case."""

    department: Code


class TakenAway(CaseFact):
    """A case was taken from whoever had it."""


class OfPart(CaseFact):
    """How far a part is; one that somebody was let go of has no status."""

    assignment_id: UUID
    department: Code
    status: Code = PartStatus.REVOKED


class Standing(Body):
    """A part that is offered."""

    assignment_id: UUID


class Offers(CaseFact):
    """What the router offers of a case; what is not here it offers no more."""

    lead: Standing
    co_handlers: tuple[Standing, ...] = ()


Heard = End | CaseCorrected | CaseDeadlineMoved | Signed | TakenAway | OfPart | Offers

_LOST: Final = (CaseReturned, AssignmentRevoked, CaseReassigned)
_WORKING: Final = frozenset({PartStatus.ACCEPTED, PartStatus.WORKING})

NEWS: Final = CaseEvents[Heard](
    INTAKE,
    {
        **dict.fromkeys(CLOSURES, (NOTIFIER, End)),
        CaseCorrected.type: (NOTIFIER, CaseCorrected),
        CaseDeadlineMoved.type: (NOTIFIER, CaseDeadlineMoved),
        AssignmentAccepted.type: (NOTIFIER, Signed),
        **{kind.type: (NOTIFIER, TakenAway) for kind in _LOST},
        PartChanged.type: (NOTIFIER, OfPart),
        CoHandlerDropped.type: (NOTIFIER, OfPart),
        CaseAssigned.type: (ROUTER, Offers),
    },
)


def news_of(told: Told[Heard], *, type_: str) -> CaseNews | None:
    """Return what an event means to intake; None for what is nothing to it."""
    fact, sequence = told.fact, told.sequence
    if isinstance(fact, End):
        return _closure(fact, type_, sequence=sequence)
    if isinstance(fact, CaseDeadlineMoved):
        return _promise(fact, sequence=sequence)
    if isinstance(fact, CaseCorrected):
        return _correction(fact, sequence=sequence)
    return _holding(fact, sequence=sequence)


def _holding(fact: Signed | TakenAway | OfPart | Offers, *, sequence: int) -> HoldingNews:
    if isinstance(fact, Offers):
        ids = frozenset(one.assignment_id for one in (fact.lead, *fact.co_handlers))
        return Offered(case_id=fact.case_id, assignment_ids=ids, sequence=sequence)
    if isinstance(fact, OfPart):
        return Part(
            case_id=fact.case_id,
            assignment_id=fact.assignment_id,
            department=fact.department,
            works=fact.status in _WORKING,
            sequence=sequence,
        )
    department = fact.department if isinstance(fact, Signed) else None
    return Lead(case_id=fact.case_id, department=department, sequence=sequence)


def _closure(fact: End, type_: str, *, sequence: int) -> Closure:
    return closure_of(
        type_,
        case_id=fact.case_id,
        at=in_utc(fact.at),
        sequence=sequence,
        why=fact.reason if fact.result is None else fact.result,
        into=fact.primary_id,
    )


def _correction(fact: CaseCorrected, *, sequence: int) -> Correction:
    return Correction(
        case_id=fact.case_id,
        category=fact.category,
        urgency=fact.urgency.value,
        spot=None if fact.place is None else spot_of(fact.place),
        sequence=sequence,
    )


def _promise(fact: CaseDeadlineMoved, *, sequence: int) -> Promise | None:
    """Return by when a case is to be closed; None where a department's deadline moved."""
    if fact.clock != RESIDENT:
        return None
    return Promise(case_id=fact.case_id, promised_by=in_utc(fact.after), sequence=sequence)
