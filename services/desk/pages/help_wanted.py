"""Why a department is to help with a case, as it is read there."""

from schemas.events.assignment import Wanted
from services.desk.pages.rendering import Reader


def told_why(wanted: Wanted | None, reader: Reader) -> str:
    """Return who asks for a part, and why; nothing of one that nobody asked for."""
    if wanted is None:
        return ""
    if wanted.by is None:
        return reader.say("case.wanted", reason=wanted.reason)
    return reader.say("case.wanted_by", who=reader.party(wanted.by), reason=wanted.reason)
