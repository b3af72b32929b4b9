"""How a case ends that is not closed."""

from typing import Final

from schemas.events.ending import CaseDismissed, CaseWithdrawn
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.evolving.whether_done import closed_with
from services.notifier.domain.part import Part


def _given_up(file: CaseFile, fact: CaseDismissed | CaseWithdrawn) -> list[Part]:
    file.case.suspended_until = None
    return closed_with(file, fact.reason, at=fact.at)


EVOLVES: Final[Evolves] = {
    CaseDismissed: _given_up,
    CaseWithdrawn: _given_up,
}
"""What each of these facts changes."""
