"""What a department has to do itself with its part of a case, whoever has the move."""

from collections.abc import Iterable

from schemas.events.case_file import FiledPart
from schemas.standing import Turn, turn_of_helper
from schemas.vocabulary import PartStatus, Role
from services.access.actor import Actor
from services.desk.domain.view import GOING_ON, View


def helping_as(actor: Actor | None) -> frozenset[str]:
    """Return for which departments somebody helps; who sees all is shown whose move it is."""
    return frozenset() if actor is None or actor.sees_all else actor.departments


def turn_of_part(view: View, part: FiledPart) -> Turn | None:
    """Return what is to be done next for a part: to sign, then to do it; None once that is done."""
    if part.role is Role.CO_HANDLER:
        return turn_of_helper(part, view, sign_by=part.sign_by)
    if part.status not in GOING_ON:
        return None
    signs = part.status is PartStatus.OFFERED
    clock, until = ("sign", view.sign_by) if signs else ("handling", view.due_by)
    return Turn(who=part.department, person=part.person, clock=clock, until=until)


def own_turn(view: View, departments: Iterable[str]) -> Turn | None:
    """Return what is due first of these departments with their parts.

    None if one of them leads the case, whose clock is theirs then, and where no limit runs.
    """
    known = {*departments}
    if view.closed_at is not None or view.department in known:
        return None
    parts = (part for part in map(view.part_of, sorted(known)) if part is not None)
    turns = (turn_of_part(view, part) for part in parts)
    due = [(turn.until, turn) for turn in turns if turn is not None and turn.until is not None]
    return min(due, key=lambda one: one[0])[1] if due else None
