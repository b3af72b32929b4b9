"""Co-handlers who do not sign: each is asked once more, then the case goes on without them.

Of a department on call the router offers the part to the next of its people meanwhile.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from schemas.events.clocks import UnsignedPart
from schemas.events.part import PartAskedAgain, PartChanged
from schemas.plan import Plan
from schemas.vocabulary import PartStatus, Role, Urgency
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


def signed_until(file: CaseFile, part: Part, plan: Plan) -> datetime:
    """Return until when a part is to be signed for: as it was told, whatever the plan says now."""
    return part.sign_by or _waiting(part, plan, urgency=file.case.urgency, since=part.offered_at)


def asked_until(file: CaseFile, part: Part, plan: Plan) -> datetime:
    """Return until when an unsigned part waits: when it was asked again, longer than at first."""
    if part.asked_again_at is None:
        return signed_until(file, part, plan)
    return part.expires_at or _waiting(
        part, plan, urgency=file.case.urgency, since=part.asked_again_at
    )


def still_asked(
    file: CaseFile, urgency: Urgency, plan: Plan, now: datetime
) -> Iterator[UnsignedPart]:
    """Yield until when each unsigned part waits in a case that is so urgent now: never longer."""
    for part in unsigned(file):
        counted = _waiting(part, plan, urgency=urgency, since=now)
        yield UnsignedPart(
            assignment_id=part.assignment_id,
            department=part.department,
            until=min(asked_until(file, part, plan), counted),
        )


def _waiting(part: Part, plan: Plan, *, urgency: Urgency, since: datetime) -> datetime:
    """Return until when somebody who is asked has to sign by the plan; longer if asked again."""
    times = 1 if part.asked_again_at is None else plan.limits.co_handler_patience
    for _ in range(times):
        since = sign_by(plan, part, urgency=urgency, at=since)
    return since


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
        sign_by=signed_until(file, part, plan),
        until=_waiting(again, plan, urgency=file.case.urgency, since=now),
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
