"""Notes that people add to a case."""

from datetime import datetime

from schemas.events.charge import CaseAnnotated
from schemas.events.commands import Annotate
from schemas.plan import Plan
from schemas.vocabulary import CommandKind
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, by_person


def annotated(file: CaseFile, said: Annotate, _plan: Plan, now: datetime) -> Life:
    """Keep a note, of a closed case too; one to which nothing can happen any more takes none."""
    refusal = judge_command(file, CommandKind.ANNOTATE)
    if refusal is not None:
        return refusal
    fact = CaseAnnotated(case_id=said.case_id, at=now, note=said.note, acting=said.acting)
    yield by_person(fact, said.acting)
    return None
