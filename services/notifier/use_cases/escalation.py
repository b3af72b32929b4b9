"""Up the ladder: the case's level rises, and the supervision hears why."""

from schemas.events.case import CaseEscalated
from schemas.lifecycle import Actor
from schemas.vocabulary import EscalationTrigger
from services.notifier.domain import labels, notices
from services.notifier.domain.case import CaseFile
from services.notifier.domain.notices import Template
from services.notifier.use_cases.work import Work


def escalate(work: Work, file: CaseFile, *, trigger: EscalationTrigger, level: int) -> None:
    """Raise a held case to a level; on the top level it stays there, and is told of again."""
    case = file.case
    if case.assignment_id is None or case.department is None:
        msg = f"case {case.case_id} is held by nobody and cannot be escalated"
        raise LookupError(msg)
    case.level = level
    fact = CaseEscalated(
        case_id=case.case_id,
        at=work.now,
        level=level,
        trigger=trigger,
        assignment_id=case.assignment_id,
        department=case.department,
        person=case.person,
        due_by=case.due_by,
    )
    why = labels.TRIGGER[trigger]
    work.tell(file, fact, actor=Actor.SYSTEM, level=level, trigger=why)
    work.notify(case, Template.ESCALATED, notices.supervisor(), level=level, trigger=why)
