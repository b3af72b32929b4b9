"""A department that left the plan keeps no case: it goes to who is responsible now."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from schemas.events.case import LEFT_THE_PLAN, AssignmentRevoked
from schemas.events.part import PartChanged
from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.vocabulary import PartStatus
from schemas.words.labels import NOT_IN_THE_PLAN
from services.notifier.domain.blocking import part_ended
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, by_system
from services.notifier.domain.part import GOING_ON, Part

_HELD: Final = frozenset(
    {CaseState.ASSIGNED, CaseState.ACCEPTED, CaseState.HANDLING, CaseState.REWORK}
)


def leavers(file: CaseFile, plan: Plan) -> Iterator[Part]:
    """Return the parts that somebody is at whom the plan lacks."""
    return (
        part
        for part in file.parts.values()
        if part.status in GOING_ON and part.department not in plan.departments
    )


def take_back(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Take from each department that the plan lacks what it still has of a case.

    A case that its lead said is done waits for the check all the same.
    """
    lead = file.lead
    for part in sorted(leavers(file, plan), key=lambda part: part is not lead):
        if part is not lead:
            yield from _part_taken(file, part, plan, now)
        elif file.case.state in _HELD:
            fact = AssignmentRevoked(
                case_id=part.case_id,
                at=now,
                assignment_id=part.assignment_id,
                department=part.department,
                reason=LEFT_THE_PLAN,
                left_seconds=file.case.left_seconds(now),
            )
            yield by_system(fact)
    return None


def _part_taken(file: CaseFile, part: Part, plan: Plan, now: datetime) -> Life:
    """Take back the part of a co-handler; it may be what the closing rule waited for."""
    fact = PartChanged(
        case_id=part.case_id,
        at=now,
        assignment_id=part.assignment_id,
        department=part.department,
        status=PartStatus.REVOKED,
        note=NOT_IN_THE_PLAN,
    )
    yield by_system(fact)
    return (yield from part_ended(file, part, plan, now))
