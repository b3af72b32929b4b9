"""Co-handlers who do not sign: each is asked once more, then the case goes on without them.

Of a department on call the router offers the part to the next of its people meanwhile.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from schemas.events.part import PartAskedAgain, PartChanged
from schemas.plan import Plan
from schemas.vocabulary import PartStatus, Role
from schemas.words.labels import NOBODY_SIGNED
from schemas.work_orders import sign_by
from services.notifier.domain.blocking import part_ended
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, by_system
from services.notifier.domain.lateness import heads_at
from services.notifier.domain.part import Part


def unsigned(file: CaseFile) -> Iterator[Part]:
    """Yield the parts of co-handlers that nobody has signed for."""
    for part in file.parts.values():
        if part.role is Role.CO_HANDLER and part.status is PartStatus.OFFERED:
            yield part


def asked_until(file: CaseFile, part: Part, plan: Plan) -> datetime:
    """Return until when an unsigned part waits: when it was asked again, longer than at first."""
    at, times = part.offered_at, 1
    if part.asked_again_at is not None:
        at, times = part.asked_again_at, plan.limits.co_handler_patience
    for _ in range(times):
        at = sign_by(plan, part, urgency=file.case.urgency, at=at)
    return at


def nobody_helps(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Ask again who has not signed; go on without who was asked again in vain.

    What the closing rule waited for may be complete then.
    """
    silent = [part for part in unsigned(file) if asked_until(file, part, plan) <= now]
    for part in silent:
        if part.status is not PartStatus.OFFERED:
            continue  # closed meanwhile, by what went before
        if part.asked_again_at is None:
            yield by_system(_asked_again(file, part, plan, now))
        else:
            yield by_system(_expired(part, now))
            yield from part_ended(file, part, plan, now)
    return None


def _asked_again(file: CaseFile, part: Part, plan: Plan, now: datetime) -> PartAskedAgain:
    again = replace(part, asked_again_at=now)
    return PartAskedAgain(
        case_id=part.case_id,
        at=now,
        assignment_id=part.assignment_id,
        department=part.department,
        person=part.person,
        sign_by=asked_until(file, part, plan),
        until=asked_until(file, again, plan),
        due_by=file.case.due_by,
        heads=heads_at(plan, file.case.level, part.department),
        wanted=part.wanted,
    )


def _expired(part: Part, now: datetime) -> PartChanged:
    return PartChanged(
        case_id=part.case_id,
        at=now,
        assignment_id=part.assignment_id,
        department=part.department,
        status=PartStatus.EXPIRED,
        note=NOBODY_SIGNED,
    )
