"""What departments answer: judged, then carried out, or refused without effect."""

from schemas.events.case import (
    AssignmentAccepted,
    CaseProgressed,
    CaseReturned,
    HandlingStarted,
    PartChanged,
)
from schemas.events.feedback import Declined, DepartmentAnswer, Done, Progress
from schemas.lifecycle import Actor
from schemas.vocabulary import Role
from services.notifier.domain import labels
from services.notifier.domain.answers import Reason, Refusal, Step, Word, judge_department
from services.notifier.domain.case import CaseFile, Part, PartStatus
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.closing import is_done
from services.notifier.use_cases.closing import SUBMITTING, submit
from services.notifier.use_cases.inputs import Answer
from services.notifier.use_cases.tally import Span
from services.notifier.use_cases.timing import end_clocks
from services.notifier.use_cases.work import Work


def answer_assignment(
    work: Work, file: CaseFile, answer: Answer, *, said: DepartmentAnswer
) -> Refusal | None:
    """Carry out what a department says of an assignment; returns why when it changes nothing."""
    part = file.parts[said.assignment_id]
    word = Word(said.kind)
    proofs = _proofs_of(said) if isinstance(said, Done) else []
    verdict = judge_department(file, part, party=answer.party, word=word, proofs=proofs)
    if isinstance(verdict, Refusal):
        gone = part.status is PartStatus.REVOKED and answer.party not in work.plan.departments
        return Refusal(reason=Reason.LEFT_THE_PLAN) if gone else verdict
    _keep(work, part, said, step=verdict)
    if isinstance(said, Progress):
        _progress(work, file, said, party=answer.party)
    elif part.role is Role.LEAD:
        _of_lead(work, file, said, word=word)
    else:
        _of_co_handler(work, file, said)
    _count(work, file, part, word=word)
    return None


def _proofs_of(said: Done) -> list[str]:
    """Return the kinds of evidence that count: what nobody can look at proves nothing."""
    return [proof.kind for proof in said.evidence if (proof.link or "").strip()]


def _keep(work: Work, part: Part, said: DepartmentAnswer, *, step: Step) -> None:
    if step.status is None:
        return
    part.become(step.status, now=work.now)
    if isinstance(said, Done):
        part.result = said.result
        part.evidence = [proof.model_dump(exclude_none=True) for proof in said.evidence]
    work.keep_part(part)


def _progress(work: Work, file: CaseFile, said: Progress, *, party: str) -> None:
    fact = CaseProgressed(
        case_id=said.case_id,
        at=work.now,
        assignment_id=said.assignment_id,
        department=party,
        note=said.note,
    )
    work.tell(
        file,
        fact,
        actor=Actor.DEPARTMENT,
        party=party,
        department=work.name(party),
        note=said.note,
    )


def _of_lead(work: Work, file: CaseFile, said: DepartmentAnswer, *, word: Word) -> None:
    match word:
        case Word.ACCEPTED:
            _accepted(work, file, by=said.by)
        case Word.STARTED:
            _started(work, file)
        case Word.DECLINED if isinstance(said, Declined):
            _declined(work, file, said)
        case _:
            _advance(work, file, said)


def _accepted(work: Work, file: CaseFile, *, by: str | None) -> None:
    case, part = file.case, _lead_of(file)
    fact = AssignmentAccepted(
        case_id=case.case_id,
        at=work.now,
        assignment_id=part.assignment_id,
        department=part.department,
        by=by,
    )
    work.tell(file, fact, actor=Actor.DEPARTMENT, party=part.department)
    case.accepted_at, case.sign_by = work.now, None
    work.disarm(case, [TimerKind.SIGN])
    if not case.exercise:
        seconds = (work.now - part.offered_at).total_seconds()
        work.tally.signed.append(
            Span(department=part.department, urgency=case.urgency, seconds=seconds)
        )


def _started(work: Work, file: CaseFile) -> None:
    part = _lead_of(file)
    fact = HandlingStarted(
        case_id=part.case_id,
        at=work.now,
        assignment_id=part.assignment_id,
        department=part.department,
    )
    work.tell(file, fact, actor=Actor.DEPARTMENT, party=part.department)


def _declined(work: Work, file: CaseFile, said: Declined) -> None:
    """Take the case back from its lead; its clock stands until the router names the next."""
    case, part = file.case, _lead_of(file)
    fact = CaseReturned(
        case_id=case.case_id,
        at=work.now,
        assignment_id=part.assignment_id,
        department=part.department,
        reason=said.reason,
        suggested_department=said.suggested_department,
    )
    work.tell(file, fact, actor=Actor.DEPARTMENT, party=part.department, reason=said.reason)
    case.returns += 1
    end_clocks(work, case)
    case.held_by_nobody()


def _of_co_handler(work: Work, file: CaseFile, said: DepartmentAnswer) -> None:
    """Move a co-handler's own part; its end may be what the closing rule waited for."""
    part = file.parts[said.assignment_id]
    if part.status in {PartStatus.DONE, PartStatus.DECLINED}:
        _advance(work, file, said)
    else:
        _tell_part(work, file, part, note="")


def _advance(work: Work, file: CaseFile, said: DepartmentAnswer) -> None:
    """Tell that a part ended; with it the work may be done as a whole."""
    part = file.parts[said.assignment_id]
    enough = file.case.state in SUBMITTING and is_done(file)
    if part.role is Role.CO_HANDLER or not enough:
        note = said.reason if isinstance(said, Declined) else part.result or ""
        _tell_part(work, file, part, note=note)
    if enough:
        submit(work, file, last=part)


def _tell_part(work: Work, file: CaseFile, part: Part, *, note: str) -> None:
    fact = PartChanged(
        case_id=part.case_id,
        at=work.now,
        assignment_id=part.assignment_id,
        department=part.department,
        status=part.status,
        note=note,
    )
    work.tell(
        file,
        fact,
        actor=Actor.DEPARTMENT,
        party=part.department,
        department=work.name(part.department),
        status=labels.STATUS[part.status],
        note=note,
    )


def _lead_of(file: CaseFile) -> Part:
    lead = file.lead
    if lead is None:
        msg = f"case {file.case.case_id} has no lead"
        raise LookupError(msg)
    return lead


def _count(work: Work, file: CaseFile, part: Part, *, word: Word) -> None:
    if not file.case.exercise and word in {Word.ACCEPTED, Word.DECLINED}:
        work.tally.offers.append((part.department, kind_of(part), word))


def kind_of(part: Part) -> str:
    """Return whether a desk or a person was asked."""
    return "desk" if part.tier.is_desk else "person"
