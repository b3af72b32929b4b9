"""Notes that people add to a case."""

from datetime import datetime

from schemas.events.case import CaseAnnotated
from schemas.events.commands import Annotate
from schemas.lifecycle import TERMINAL
from schemas.plan import Plan
from schemas.words.refusals import Reason
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, Refusal, by_person


def annotated(file: CaseFile, said: Annotate, _plan: Plan, now: datetime) -> Life:
    """Keep a note, of a closed case too; one to which nothing can happen any more takes none."""
    if file.case.state in TERMINAL:
        return Refusal(reason=Reason.WRONG_STATE)
    fact = CaseAnnotated(case_id=said.case_id, at=now, note=said.note, acting=said.acting)
    yield by_person(fact, said.acting)
    return None
