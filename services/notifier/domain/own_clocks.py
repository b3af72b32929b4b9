"""What each party of an open case has to do itself, by which clock, and until when."""

from collections.abc import Iterator

from schemas.events.clocks import RESIDENT
from schemas.plan import Plan
from schemas.standing import Turn, turn_of_helper, whose_turn
from schemas.vocabulary import REPORTERS, SUPERVISION, Role
from services.notifier.domain.case import CaseFile
from services.notifier.domain.helping import signed_until


def own_clocks(file: CaseFile, plan: Plan) -> Iterator[Turn]:
    """Yield the clock of each party, the one whose move it is first; none of a case that ended.

    Somebody else's move rests nobody's own clock: a co-handler has its part while the lead has its
    limit, and a request waits for the supervision meanwhile. `reporters` is by when the case is to
    be closed, as these were told.
    """
    case, turn = file.case, whose_turn(file.case)
    if turn is None:
        return
    yield turn
    if turn.clock not in {"handling", "sign"} and case.due_by is not None:
        yield Turn(
            who=case.department or "", person=case.person, clock="handling", until=case.due_by
        )
    yield from _co_handlers(file, plan, turn)
    for asked in case.requests:
        yield Turn(who=SUPERVISION, person=None, clock="request", until=asked.decide_by)
    if case.promised_by is not None:
        yield Turn(who=REPORTERS, person=None, clock=RESIDENT, until=case.promised_by)


def _co_handlers(file: CaseFile, plan: Plan, turn: Turn) -> Iterator[Turn]:
    for part in file.parts.values():
        if part.role is not Role.CO_HANDLER or part.department == turn.who:
            continue
        sign_by = signed_until(file, part, plan)
        if (own := turn_of_helper(part, file.case, sign_by=sign_by)) is not None:
            yield own
