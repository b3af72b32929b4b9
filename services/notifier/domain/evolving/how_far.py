"""How far the work of the lead is."""

from typing import Final

from schemas.events.case import FeedbackSubmitted, HandlingStarted
from schemas.vocabulary import PartStatus
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.evolving.parts import became
from services.notifier.domain.part import Part


def _started(file: CaseFile, fact: HandlingStarted) -> list[Part]:
    """Let the work begin; who is at it has seen what it is, so nobody else is asked."""
    file.case.triage_by = file.case.watcher = None
    return became(file, fact, PartStatus.WORKING)


def _submitted(file: CaseFile, fact: FeedbackSubmitted) -> list[Part]:
    file.case.stop_clock(now=fact.at)
    file.case.blocked = None
    changed = became(file, fact, PartStatus.DONE)
    file.parts[fact.assignment_id].keep(fact.result, fact.evidence)
    return changed


EVOLVES: Final[Evolves] = {
    HandlingStarted: _started,
    FeedbackSubmitted: _submitted,
}
"""What each of these facts changes."""
