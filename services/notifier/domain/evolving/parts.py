"""What becomes of the parts: one for each department that has to do with the case."""

from functools import partial
from typing import Any, Final

from schemas.events.assignment import CoHandlerOffered
from schemas.events.base import in_utc
from schemas.events.charge import CoHandlerDropped
from schemas.events.part import PartAskedAgain, PartChanged
from schemas.lifecycle import ENDED
from schemas.vocabulary import PartStatus
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.part import Part


def became(file: CaseFile, fact: Any, status: PartStatus) -> list[Part]:  # noqa: ANN401 - whatever names an assignment
    """Let the part that a fact names come to a status."""
    part = file.parts[fact.assignment_id]
    part.become(status, now=fact.at)
    return [part]


def _co_offered(file: CaseFile, fact: CoHandlerOffered) -> list[Part]:
    """Add a part, or pass one on; of a case that ended meanwhile it is taken back at once."""
    known = file.parts.get(fact.offer.assignment_id)
    if known is not None:
        return _passed_on(known, fact)
    part = Part.of(fact.offer, case_id=fact.case_id, at=in_utc(fact.at), wanted=fact.wanted)
    if file.case.state in ENDED:
        part.become(PartStatus.REVOKED, now=fact.at)
    file.parts[part.assignment_id] = part
    return [part]


def _passed_on(part: Part, fact: CoHandlerOffered) -> list[Part]:
    """Let the next person of its department have the part, if nobody has signed meanwhile."""
    if part.status is not PartStatus.OFFERED or part.asked_again_at is None:
        return []
    offered = Part.of(fact.offer, case_id=fact.case_id, at=in_utc(fact.at))
    part.person, part.offered_at, part.sign_by = offered.person, offered.offered_at, offered.sign_by
    part.asked_again_at = part.expires_at = None
    return [part]


def _part_changed(file: CaseFile, fact: PartChanged) -> list[Part]:
    status = PartStatus(fact.status)
    changed = became(file, fact, status)
    if status is PartStatus.DONE:
        file.parts[fact.assignment_id].keep(fact.note, fact.evidence)
    return changed


def _part_asked_again(file: CaseFile, fact: PartAskedAgain) -> list[Part]:
    part = file.parts[fact.assignment_id]
    part.asked_again_at, part.expires_at = fact.at, in_utc(fact.until)
    return [part]


EVOLVES: Final[Evolves] = {
    CoHandlerOffered: _co_offered,
    CoHandlerDropped: partial(became, status=PartStatus.REVOKED),
    PartChanged: _part_changed,
    PartAskedAgain: _part_asked_again,
}
"""What each of these facts changes."""
