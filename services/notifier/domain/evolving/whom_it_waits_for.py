"""Whether the lead waits for the part of a co-handler."""

from typing import Final

from schemas.events.base import in_utc
from schemas.events.blocking import CaseBlocked, CaseUnblocked
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.part import Part


def _blocked(file: CaseFile, fact: CaseBlocked) -> list[Part]:
    """Let the handling clock rest; the part has its own time from now on."""
    part = file.parts[fact.blocking.assignment_id]
    until = in_utc(fact.blocking.until)
    file.case.stop_clock(now=in_utc(fact.at))
    file.case.blocked = fact.blocking.model_copy(update={"until": until})
    part.due_by = until
    return [part]


def _unblocked(file: CaseFile, fact: CaseUnblocked) -> list[Part]:
    """Let the handling clock go on with what was left of it, unless the case is suspended."""
    file.case.blocked = None
    file.case.go_on(now=in_utc(fact.at))
    return []


EVOLVES: Final[Evolves] = {CaseBlocked: _blocked, CaseUnblocked: _unblocked}
"""What each of these facts changes."""
