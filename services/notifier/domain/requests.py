"""What somebody asks for and another person decides: asked, taken back, allowed or not.

The rules of each kind are rows of `GRANTS`.
"""

from datetime import datetime
from uuid import UUID

from schemas.events.commands import (
    ASKS_FOR,
    Approve,
    Command,
    Refuse,
    Request,
    WithdrawRequest,
)
from schemas.events.requests import (
    PendingRequest,
    RequestRefused,
    RequestSubmitted,
    RequestWithdrawn,
)
from schemas.folding import fold
from schemas.lifecycle import Actor, is_possible
from schemas.plan import Plan
from schemas.roles import ASKS, ActingRole
from schemas.vocabulary import CommandKind, derived_id
from schemas.words.labels import REQUEST
from schemas.words.refusals import Reason
from services.notifier.domain import promising
from services.notifier.domain.authority import judge_asker, judge_command
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Life, Refusal, by_person
from services.notifier.domain.grants import GRANTS, about


def asked(file: CaseFile, said: Request, plan: Plan, now: datetime) -> Life:
    """Keep a request that may be granted as the case is now; it waits for its decision."""
    case, row = file.case, GRANTS[said.what]
    refusal = judge_command(file, CommandKind.REQUEST) or _may_not_ask(case, said)
    if refusal is None:
        refusal = _not_again(case, said, plan)
    if refusal is not None:
        return refusal
    pending = _pending(case, said, plan, now)
    refusal = row.unfit(case, pending, plan, now)
    if refusal is not None:
        return refusal
    ends = row.ends(case, pending)
    fact = RequestSubmitted(
        case_id=said.case_id,
        at=now,
        request_id=pending.request_id,
        what=said.what,
        department=pending.department,
        assignment_id=pending.assignment_id,
        reason=said.reason,
        until=said.until,
        legal_basis=said.legal_basis,
        decide_by=pending.decide_by if ends is None else min(pending.decide_by, ends),
        level=pending.level,
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return None


def _may_not_ask(case: Case, said: Request) -> Refusal | None:
    """Return why this person cannot ask for this, or not for this department."""
    asks, roles = ASKS[said.what], said.acting.roles
    if asks.isdisjoint(roles):
        named = tuple(role for role in ActingRole if role in asks)
        return Refusal(reason=Reason.WRONG_ROLE, field="acting.roles", detail=named)
    return judge_asker(case, said.department, said.acting, asked=asks, field=ASKS_FOR[Request])


def _not_again(case: Case, said: Request, plan: Plan) -> Refusal | None:
    """Return that the case is not one for such a request, has one, or had its share of them."""
    row, named = GRANTS[said.what], REQUEST[said.what]
    if not is_possible(case.state, row.event, actor=Actor.PERSON):
        return Refusal(reason=Reason.NOT_REQUESTABLE, field="what", detail=named)
    if any(pending.what is said.what for pending in case.requests):
        return Refusal(reason=Reason.ASKED_ALREADY, field="what", detail=named)
    if row.most is not None and case.spent.count(said.what) >= (most := row.most(plan.requests)):
        return Refusal(reason=Reason.USED_UP, field="what", detail=str(most))
    return None


def _pending(case: Case, said: Request, plan: Plan, now: datetime) -> PendingRequest:
    decide_by = plan.until(plan.requests.decide[case.urgency], now)
    return PendingRequest(
        request_id=derived_id("request", said.case_id, said.command_id),
        what=said.what,
        asked_by=said.acting.person,
        asked_at=now,
        department=said.department,
        assignment_id=None if said.department is None else case.assignment_id,
        reason=said.reason,
        until=said.until,
        legal_basis=said.legal_basis,
        decide_by=decide_by,
        next_at=decide_by,
        level=case.level,
    )


# What becomes of it -------------------------------------------------------------------------


def approved(file: CaseFile, said: Approve, plan: Plan, now: datetime) -> Life:
    """Let what was asked for happen, if it still can (rows 16, 18, 24, 28)."""
    pending, refusal = _judged(file, said)
    if pending is None:
        return refusal
    row, person = GRANTS[pending.what], said.acting.person
    if row.closes and any(_same(person, one) for one in hands(file)):
        return Refusal(reason=Reason.HANDLED_IT, field="acting.person", detail=person)
    refusal = row.unfit(file.case, pending, plan, now)
    if refusal is not None:
        return refusal
    yield from row.grant(file, pending, said, now)
    yield from promising.allowed(file, pending, plan, now)
    return None


def refused(file: CaseFile, said: Refuse, _plan: Plan, now: datetime) -> Life:
    """Do not allow what was asked for."""
    pending, refusal = _judged(file, said)
    if pending is None:
        return refusal
    fact = RequestRefused(
        **about(file.case, pending, now),
        reason=said.reason,
        final=GRANTS[pending.what].refused_for_good,
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return None


def withdrawn(file: CaseFile, said: WithdrawRequest, _plan: Plan, now: datetime) -> Life:
    """Let whoever asked take the request back."""
    pending = found(file.case, said.request_id)
    if pending is None:
        return _UNKNOWN
    if not _same(pending.asked_by, said.acting.person):
        by = pending.asked_by
        return Refusal(reason=Reason.NOT_YOUR_REQUEST, field="acting.person", detail=by)
    fact = RequestWithdrawn(
        **about(file.case, pending, now), reason=said.reason, acting=said.acting
    )
    yield by_person(fact, said.acting)
    return None


_UNKNOWN = Refusal(reason=Reason.UNKNOWN_REQUEST, field="request_id")


def _judged(file: CaseFile, said: Approve | Refuse) -> tuple[PendingRequest | None, Refusal | None]:
    """Return the request that somebody decides, or why they cannot: nobody decides their own."""
    pending = found(file.case, said.request_id)
    if pending is None:
        return None, _UNKNOWN
    if _same(pending.asked_by, said.acting.person):
        by = pending.asked_by
        return None, Refusal(reason=Reason.OWN_REQUEST, field="acting.person", detail=by)
    return pending, None


def _same(one: str, other: str) -> bool:
    """Tell whether two names are one person's: width, case and blanks do not count."""
    return fold(one) == fold(other)


def found(case: Case, request_id: UUID) -> PendingRequest | None:
    """Return the request of this id, if it waits in a case."""
    return next((one for one in case.requests if one.request_id == request_id), None)


def hands(file: CaseFile) -> frozenset[str]:
    """Return everybody who handled a case: who answered, and whose signed part it is or was."""
    signed = (p.person for p in file.parts.values() if p.accepted_at and p.person)
    return frozenset((*file.case.hands, *signed))


def waits_for_router(file: CaseFile, said: Command) -> bool:
    """Tell whether something would end a case whose next assignment is on its way."""
    if not (isinstance(said, Approve) and file.awaits_assignment):
        return False
    pending = found(file.case, said.request_id)
    return pending is not None and GRANTS[pending.what].closes
