"""What a case does with what is said of it: every word and every command is a row."""

from collections.abc import Callable
from typing import Final

from tests.model.case import FAILURES_THAT_RAISE, PARKED_FOR, REOPEN_WITHIN, Case
from tests.model.commands import COMMANDS, withdrawn
from tests.model.deadlines import overdue, rework
from tests.model.parts import COUNTED, Part
from tests.model.plans import knows
from tests.model.requests import closes, lapse
from tests.model.rights import (
    HELPER_WORDS,
    HELPING,
    LEAD_WORDS,
    OTHERS,
    RIGHTS,
)
from tests.model.said import Said, Why
from tests.model.triage import named
from tests.model.waiting import go_on, part_ended, wait


def hear(case: Case, said: Said, now: int) -> None:
    """Take what is said, let it wait, or refuse it."""
    why = _barred(said)
    if why is None and _is_early(case, said):
        case.parked.append((now + PARKED_FOR, said))
        return
    if why is None:
        overdue(case, now)
        why = _take(case, said, now)
        lapse(case, now)
        case.note_dispatch(now)
    if why is not None:
        case.refused.append((said.id, *why))


def again(case: Case, now: int) -> None:
    """Hear what waited, after the router has spoken; what is still early waits on."""
    waiting, case.parked = case.parked, []
    still = []
    for until, said in waiting:
        if _is_early(case, said):
            still.append((until, said))
        else:
            hear(case, said, now)
    case.parked = [*still, *case.parked]


def waited_in_vain(case: Case, now: int) -> None:
    """Refuse what has waited for too long."""
    late = [item for item in case.parked if item[0] <= now]
    for item in sorted(late, key=lambda one: one[0]):
        case.parked.remove(item)
        said = item[1]
        if not _is_early(case, said):
            hear(case, said, now)
        else:
            case.refused.append((said.id, _in_vain(case, said), None))


def _in_vain(case: Case, said: Said) -> str:
    if "part" in said.fields:
        return "unknown_assignment"
    return "unknown_case" if case.state == "unknown" else "wrong_state"


def _barred(said: Said) -> Why | None:
    if said.is_command:
        roles = RIGHTS[said.word].roles
        may = roles is None or bool(roles & said.roles)
        return None if may else ("wrong_role", "acting.roles")
    words = OTHERS.get(said.party, LEAD_WORDS)
    return None if said.word in words else ("not_your_word", None)


def _is_early(case: Case, said: Said) -> bool:
    if case.state == "unknown":
        return True
    if said.is_command:
        ends = said.word == "case.approve" and closes(case, said.fields["request_id"])
        return (RIGHTS[said.word].waits or ends) and case.awaits_the_router
    if said.word == "withdraw":
        return case.awaits_the_router
    return "part" in said.fields and said.fields["part"] not in case.parts


def _take(case: Case, said: Said, now: int) -> Why | None:
    if "part" in said.fields:
        return _answered(case, said, now)
    states = RIGHTS[said.word].states if said.is_command else OTHERS[said.party][said.word]
    if case.state not in states:
        return "wrong_state", None
    return (COMMANDS if said.is_command else _OTHERS)[said.word](case, said, now)


# Departments ------------------------------------------------------------------------------------


def _answered(case: Case, said: Said, now: int) -> Why | None:
    part = case.parts[said.fields["part"]]
    if part.department != said.party or part.status not in COUNTED:
        was_theirs = part.department == said.party and part.status == "revoked"
        return "not_yours" if knows(said.party) or not was_theirs else "left_the_plan", None
    if not part.lead:
        return _helped(case, said, now)
    why = _unfit(case, part, said)
    if why is None and said.word == "blocked":
        return wait(case, said.fields["blocked_by"], now)
    if why is None:
        _LEAD[said.word](case, said, now)
    return why


def _unfit(case: Case, part: Part, said: Said) -> Why | None:
    """Return why the lead cannot say this."""
    finished = part.status == "done" and said.word not in {"progress", "unblocked"}
    waits = {"blocked": case.waits_for is None, "unblocked": case.waits_for is not None}
    if case.state not in LEAD_WORDS[said.word] or finished or not waits.get(said.word, True):
        return "wrong_state", None
    if said.word == "declined" and case.final:
        return "final_assignment", None
    if said.word == "done" and not said.fields["proofs"] >= {*case.terms[1]}:
        return "evidence_missing", None
    return None


def _lead_signs(case: Case, said: Said, _: int) -> None:
    part = case.parts[said.fields["part"]]
    part.status, part.signed, case.state = "accepted", True, "accepted"
    case.sign_by = case.sign_due = None
    case.tell("assignment.accepted")


def _lead_declines(case: Case, _: Said, now: int) -> None:
    case.tell_left("case.returned", now)
    case.take_away("declined", now)


def _lead_starts(case: Case, said: Said, _: int) -> None:
    case.parts[said.fields["part"]].status, case.state = "working", "handling"
    named(case)
    case.tell("handling.started")


def _progress(case: Case, _said: Said, _now: int) -> None:
    case.tell("case.progressed")


def _lead_is_done(case: Case, said: Said, now: int) -> None:
    part = case.parts[said.fields["part"]]
    if case.is_done(besides=part):
        case.submit(part, now)
    else:
        part.status = "done"
        case.tell("part.changed")
        case.look_for_signatures()


def _lead_goes_on(case: Case, _: Said, now: int) -> None:
    go_on(case, now)


_LEAD: Final[dict[str, Callable[[Case, Said, int], None]]] = {
    "accepted": _lead_signs,
    "declined": _lead_declines,
    "started": _lead_starts,
    "progress": _progress,
    "done": _lead_is_done,
    "unblocked": _lead_goes_on,
}
_BECOMES: Final = {
    "accepted": "accepted",
    "declined": "declined",
    "started": "working",
    "done": "done",
}


def _helped(case: Case, said: Said, now: int) -> Why | None:
    part = case.parts[said.fields["part"]]
    if case.state not in HELPING or part.status not in HELPER_WORDS.get(said.word, ()):
        return "wrong_state", None
    if said.word == "progress":
        case.tell("case.progressed")
        return None
    part.status = _BECOMES[said.word]
    part.signed |= said.word == "accepted"
    case.tell("part.changed")
    case.look_for_signatures()
    if said.word in {"done", "declined"}:
        part_ended(case, part, now)
    return None


# Supervision and reporters ------------------------------------------------------------------------


def _passed(case: Case, _: Said, now: int) -> Why | None:
    case.tell("check.passed")
    case.close(now)
    return None


def _failed(case: Case, _: Said, now: int) -> Why | None:
    case.tell("check.failed")
    case.failures += 1
    case.state, case.check_by, case.check_due = "rework", None, None
    rework(case, now)
    assert case.lead is not None
    case.lead.status = "working"
    case.look_for_signatures()
    case.look_for_leavers(now)
    if case.failures == FAILURES_THAT_RAISE:
        case.raise_to(case.level + 1)
    return None


def _reopened(case: Case, said: Said, now: int) -> Why | None:
    assert case.closed is not None
    if said.party == "reporters" and now > case.closed + REOPEN_WITHIN:
        return "too_late", None
    case.tell("case.reopened")
    case.before, case.had = (case.closed, case.overdue, now), {}
    case.open_again("reopened", now)
    return None


def _rated(case: Case, _: Said, now: int) -> Why | None:
    assert case.closed is not None
    if now > case.closed + REOPEN_WITHIN:
        return "rated_too_late", None
    if case.rated_at is not None and case.rated_at >= case.closed:
        return "rated_already", None
    case.tell("case.rated")
    case.rated_at = now
    return None


_OTHERS: Final[dict[str, Callable[[Case, Said, int], Why | None]]] = {
    "check_passed": _passed,
    "check_failed": _failed,
    "reopen": _reopened,
    "rate": _rated,
    "withdraw": withdrawn,
}
