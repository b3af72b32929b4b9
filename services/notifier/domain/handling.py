"""What a department answers to its assignment: signed for, declined, at work, done."""

from datetime import datetime

from schemas.events.case import AssignmentAccepted, CaseProgressed, CaseReturned, HandlingStarted
from schemas.events.feedback import (
    Accepted,
    Blocked,
    Declined,
    DepartmentAnswer,
    Done,
    Progress,
    Started,
    Unblock,
)
from schemas.events.part import PartChanged
from schemas.plan import Plan
from schemas.vocabulary import PartStatus, Role, Word
from schemas.words.refusals import Reason
from services.notifier.domain.answers import judge_department
from services.notifier.domain.blocking import blocked, part_ended, unblocked
from services.notifier.domain.case import CaseFile
from services.notifier.domain.closing import feedback, is_done, submit
from services.notifier.domain.facts import Life, Refusal, by_department
from services.notifier.domain.part import Part


def answered(file: CaseFile, said: DepartmentAnswer, party: str, plan: Plan, now: datetime) -> Life:
    """Return what follows from a department's answer."""
    part = file.parts[said.assignment_id]
    refusal = _judged(file, part, said, party=party, plan=plan)
    if refusal is not None:
        return refusal
    if isinstance(said, Progress):
        fact = CaseProgressed(
            case_id=said.case_id,
            at=now,
            assignment_id=said.assignment_id,
            department=party,
            note=said.note,
            acting=said.acting,
        )
        yield by_department(fact, party)
        return None
    decide = _of_lead if part.role is Role.LEAD else _of_co_handler
    return (yield from decide(file, part, said, plan, now))


def _judged(
    file: CaseFile, part: Part, said: DepartmentAnswer, *, party: str, plan: Plan
) -> Refusal | None:
    # What nobody can look at proves nothing.
    evidence = said.evidence if isinstance(said, Done) else ()
    proofs = [proof.kind for proof in evidence if (proof.link or "").strip()]
    refusal = judge_department(file, part, party=party, word=Word(said.kind), proofs=proofs)
    was_theirs = part.department == party and part.status is PartStatus.REVOKED
    gone = was_theirs and party not in plan.departments
    return Refusal(reason=Reason.LEFT_THE_PLAN) if refusal is not None and gone else refusal


def _of_lead(file: CaseFile, part: Part, said: DepartmentAnswer, plan: Plan, now: datetime) -> Life:
    who, id_ = part.department, part.assignment_id
    match said:
        case Accepted():
            signed = AssignmentAccepted(
                case_id=part.case_id,
                at=now,
                assignment_id=id_,
                department=who,
                by=said.by,
                acting=said.acting,
            )
            yield by_department(signed, who)
        case Started():
            started = HandlingStarted(
                case_id=part.case_id,
                at=now,
                assignment_id=id_,
                department=who,
                acting=said.acting,
            )
            yield by_department(started, who)
        case Declined():
            left = file.case.left_seconds(now)
            yield by_department(_returned(part, said, left_seconds=left, now=now), who)
        case Blocked():
            return (yield from blocked(file, part, said, plan, now))
        case Unblock():
            return (yield from unblocked(file, part, said, now))
        case Done() if is_done(file, besides=part):
            fact = feedback(
                part, now=now, result=said.result, evidence=said.evidence, acting=said.acting
            )
            return (yield from submit(file, fact, plan))
        case _:
            yield by_department(_changed(part, said, now=now), who)
    return None


def _returned(
    part: Part, said: Declined, *, left_seconds: float | None, now: datetime
) -> CaseReturned:
    return CaseReturned(
        case_id=part.case_id,
        at=now,
        assignment_id=part.assignment_id,
        department=part.department,
        reason=said.reason,
        suggested_department=said.suggested_department,
        left_seconds=left_seconds,
        acting=said.acting,
    )


def _of_co_handler(
    file: CaseFile, part: Part, said: DepartmentAnswer, plan: Plan, now: datetime
) -> Life:
    """Move a co-handler's own part; its end may be what the closing rule waited for."""
    yield by_department(_changed(part, said, now=now), part.department)
    if isinstance(said, Done | Declined):
        return (yield from part_ended(file, part, plan, now))
    return None


_STATUS = {
    Word.ACCEPTED: PartStatus.ACCEPTED,
    Word.DECLINED: PartStatus.DECLINED,
    Word.STARTED: PartStatus.WORKING,
    Word.DONE: PartStatus.DONE,
}


def _changed(part: Part, said: DepartmentAnswer, *, now: datetime) -> PartChanged:
    reason = said.reason if isinstance(said, Declined) else ""
    return PartChanged(
        case_id=part.case_id,
        at=now,
        assignment_id=part.assignment_id,
        department=part.department,
        status=_STATUS[Word(said.kind)],
        note=said.result if isinstance(said, Done) else reason,
        evidence=said.evidence if isinstance(said, Done) else (),
        acting=said.acting,
    )
