"""What one person asks for and another decides: suspension, extension, force-close, appeal.

From the page on a case that must wait. What is asked for waits, lapses, or happens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.model.case import Case
from tests.model.minutes import DAY, growing, reached
from tests.model.parts import Pending
from tests.model.rights import OPEN

Why = tuple[str, str | None]
OF_A_DEPARTMENT: Final = {"handler", "department"}
MOST_REST: Final = 365 * DAY
APPEAL_WITHIN: Final = ("WH", 5 * 8 * 60)
DECIDE: Final = {"E": ("min", 15), "U": ("min", 30), "G": ("WH", 240), "P": ("WH", 480)}
"""How long whoever decides has, by urgency."""


@dataclass(frozen=True)
class Kind:
    """A kind of request: who asks, in which states, how often it is granted, and by which event."""

    asks: frozenset[str]
    states: frozenset[str]
    event: str
    most: int | None = None


def _kind(asks: set[str], states: set[str], event: str, most: int | None = None) -> Kind:
    return Kind(frozenset(OF_A_DEPARTMENT | asks), frozenset(states), event, most)


KINDS: Final = {
    "suspension": _kind({"dispatcher"}, {"handling"}, "suspension.approved", 1),
    "extension": _kind({"dispatcher"}, {"handling"}, "extension.approved", 2),
    "force_close": _kind({"dispatcher", "shift_lead"}, {*OPEN}, "case.force_closed"),
    "appeal": _kind(set(), {"closed"}, "appeal.approved", 1),
}


def ask(case: Case, pending: Pending, roles: frozenset[str], now: int) -> Why | None:
    """Keep a request, or return why it cannot be."""
    kind = KINDS[pending.what]
    if not kind.asks & roles:
        return "wrong_role", "acting.roles"
    is_for_lead = pending.department is not None or not (kind.asks - OF_A_DEPARTMENT) & roles
    if is_for_lead and (pending.department is None or pending.department != case.department):
        return "not_the_lead", "department"
    why = _not_again(case, pending) or _unfit(case, pending, now)
    if why is not None:
        return why
    decide = reached(*_split(DECIDE[case.urgency], now))
    ends = _ends(case, pending)
    pending.decide_by = pending.next = decide if ends is None else min(decide, ends)
    pending.part = None if pending.department is None else case.holder
    case.requests.append(pending)
    case.tell("request.submitted")
    return None


def _split(wait: tuple[str, int], since: int) -> tuple[str, int, int]:
    return wait[0], since, wait[1]


def _not_again(case: Case, pending: Pending) -> Why | None:
    kind, what = KINDS[pending.what], pending.what
    if case.state not in kind.states:
        return "not_requestable", "what"
    if any(other.what == what for other in case.requests):
        return "asked_already", "what"
    if kind.most is not None and case.spent.count(what) >= kind.most:
        return "used_up", "what"
    return None


def _ends(case: Case, pending: Pending) -> int | None:
    """Return when a request makes no sense any more."""
    if pending.what == "extension":
        return None if case.clock is None else case.clock.due
    return pending.until if pending.what == "suspension" else None


def _unfit(case: Case, pending: Pending, now: int) -> Why | None:
    """Return why it cannot be granted now."""
    if pending.what == "force_close" and not pending.has_basis:
        return "field_missing", "legal_basis"
    judge = _UNFIT.get(pending.what)
    return None if judge is None else judge(case, pending, now)


def _no_suspension(_: Case, pending: Pending, now: int) -> Why | None:
    if pending.until is None:
        return "field_missing", "until"
    if pending.until <= now:
        return "in_the_past", "until"
    return ("too_far", "until") if pending.until > now + MOST_REST else None


def _no_extension(case: Case, _: Pending, now: int) -> Why | None:
    due = None if case.clock is None else case.clock.due
    over = due if case.overdue is None else case.overdue
    is_late = case.clock is None or (over is not None and over <= now)
    return ("is_overdue", "what") if is_late else None


def _no_appeal(case: Case, pending: Pending, _: int) -> Why | None:
    if case.overdue is None or case.closed is None:
        return "not_overdue", "what"
    until = reached(*_split(APPEAL_WITHIN, case.closed))
    return ("appeal_too_late", None) if pending.asked > until else None


_UNFIT: Final[dict[str, Callable[[Case, Pending, int], Why | None]]] = {
    "suspension": _no_suspension,
    "extension": _no_extension,
    "appeal": _no_appeal,
}


# Decided ----------------------------------------------------------------------------------------


def decide(case: Case, request: str, person: str, *, allowed: bool, now: int) -> Why | None:
    """Let a person who did not ask allow it or not."""
    pending = found(case, request)
    if pending is None:
        return "unknown_request", "request_id"
    if pending.by == person:
        return "own_request", "acting.person"
    return (_allow if allowed else _refuse)(case, pending, person, now)


def _refuse(case: Case, pending: Pending, _person: str, _now: int) -> Why | None:
    case.requests.remove(pending)
    case.spent += ["appeal"] if pending.what == "appeal" else []
    case.tell("request.refused")
    return None


def _allow(case: Case, pending: Pending, person: str, now: int) -> Why | None:
    if pending.what == "force_close" and person in hands(case):
        return "handled_it", "acting.person"
    why = _unfit(case, pending, now)
    if why is None:
        case.requests.remove(pending)
        case.spent.append(pending.what)
        case.tell(KINDS[pending.what].event)
        _GRANTS[pending.what](case, pending, now)
    return why


def take_back(case: Case, request: str, person: str) -> Why | None:
    """Let whoever asked take it back."""
    pending = found(case, request)
    if pending is None:
        return "unknown_request", "request_id"
    if pending.by != person:
        return "not_your_request", "acting.person"
    case.requests.remove(pending)
    case.tell("request.withdrawn")
    return None


def found(case: Case, request: str) -> Pending | None:
    """Return a request that waits."""
    return next((one for one in case.requests if one.id == request), None)


def hands(case: Case) -> set[str]:
    """Return whose signed parts there are or were."""
    return {part.person for part in case.parts.values() if part.person and part.signed}


def _suspend(case: Case, pending: Pending, now: int) -> None:
    case.stop_clock(now)
    case.state, case.rests_until = "suspended", pending.until


def _extend(case: Case, _: Pending, now: int) -> None:
    assert case.clock is not None
    case.clock.extensions += 1
    case.clock.ends = None
    case.clock.told.discard("remind")
    case.run_clock(now)


def _force_close(case: Case, _: Pending, now: int) -> None:
    case.end("force_closed", now)


def _exempt(_case: Case, _pending: Pending, _now: int) -> None:
    """Change statistics only."""


_GRANTS: Final[dict[str, Callable[[Case, Pending, int], None]]] = {
    "suspension": _suspend,
    "extension": _extend,
    "force_close": _force_close,
    "appeal": _exempt,
}


def resume(case: Case, now: int) -> None:
    """Let a suspended case go on; it may be done by what others did."""
    rest_no_more(case, now)
    done_meanwhile(case, now)


def rest_no_more(case: Case, now: int) -> None:
    """Let a suspended case go on with what was left."""
    case.tell("suspension.ended")
    case.state, case.rests_until = "handling", None
    case.run_clock(now)
    case.look_for_signatures()
    case.look_for_leavers(now)


def done_meanwhile(case: Case, now: int) -> None:
    """Submit the work if what others did while the case rested is all that it takes."""
    done = [part for part in case.parts.values() if part.status == "done"]
    if done:
        case.complete(done[0], now)


# Nobody decides ---------------------------------------------------------------------------------


def ask_again(case: Case, now: int) -> None:
    """Tell again whoever has to decide, in pauses that grow to a day."""
    for pending in case.requests:
        if pending.next <= now and not _is_over(case, pending, now):
            told = pending.decide_by - pending.asked
            at = growing(pending.decide_by, DECIDE[case.urgency], told, now)
            ends = _ends(case, pending)
            pending.next = at if ends is None else min(at, ends)
            case.tell("request.asked_again")


def lapse(case: Case, now: int) -> None:
    """End what can be granted no more."""
    over = [pending for pending in case.requests if _is_over(case, pending, now)]
    for pending in over:
        case.requests.remove(pending)
        case.tell("request.lapsed")


def _is_over(case: Case, pending: Pending, now: int) -> bool:
    is_others = pending.part is not None and pending.part != case.holder
    impossible = case.state not in KINDS[pending.what].states
    return is_others or impossible or _unfit(case, pending, now) is not None


def closes(case: Case, request: str) -> bool:
    """Tell whether a request would end the case."""
    pending = found(case, request)
    return pending is not None and pending.what == "force_close"
