"""What happens to a case by itself when a deadline has come."""

from collections.abc import Callable
from functools import partial
from typing import Final

from tests.model.case import Case
from tests.model.clock import Clock
from tests.model.merging import archive, look
from tests.model.minutes import DAY, growing
from tests.model.plans import check_within, to_sign
from tests.model.replanning import recount, take_back
from tests.model.requests import ask_again, lapse, resume
from tests.model.rights import TOP
from tests.model.triage import triage_late
from tests.model.waiting import part_ended, waited_too_long

ARCHIVE_AFTER: Final = 30 * DAY


def due(case: Case) -> dict[str, int]:
    """Return when each deadline of a case is, by its name."""
    found = {
        "sign": case.sign_due,
        "check": case.check_due,
        "triage": case.triage_due,
        "left": case.left_due,
        "recount": case.recount_due,
        "part": case.parts_due,
        "suspension": case.rests_until,
        "merged": case.look_due,
        "archive": case.archive_due,
        "blocked": None if case.waits_for is None else case.waits_for.due,
        "request": min((pending.next for pending in case.requests), default=None),
        **({} if case.clock is None else case.clock.pending),
    }
    return {name: at for name, at in found.items() if at is not None}


def fire(case: Case, now: int) -> None:
    """Let each deadline that has come have its effect, the oldest first."""
    come = sorted((at, name) for name, at in due(case).items() if at <= now)
    for _, name in come:
        _forget(case, name)
    for _, name in come:
        overdue(case, now)
        _EFFECTS[name](case, now)
        lapse(case, now)
        case.note_dispatch(now)


_LOOKS: Final = {"merged": "look_due", "archive": "archive_due"}


def _forget(case: Case, name: str) -> None:
    if name in {"sign", "check", "triage", "left", "recount"}:
        setattr(case, f"{name}_due", None)
    elif name == "part":
        case.parts_due = None
    elif name in _LOOKS:
        setattr(case, _LOOKS[name], None)
    elif case.clock is not None:
        case.clock.pending.pop(name, None)


def _sign(case: Case, now: int) -> None:
    lead = case.lead
    if case.state != "assigned" or lead is None or case.sign_by is None or lead.status != "offered":
        return
    if lead.person is None and case.level == TOP:
        case.tell("assignment.asked_again")
        case.sign_due = signed_next(case, now)
        return
    lead.status, case.sign_by = "expired", None
    case.tell("assignment.expired")
    case.raise_to(case.level + 1)


def signed_next(case: Case, now: int) -> int:
    """Return when who was offered the case should have signed, or is asked again."""
    lead = case.lead
    assert lead is not None
    assert case.sign_by is not None
    if lead.person is not None or case.level < TOP:
        return case.sign_by
    wait = to_sign(lead.tier, case.urgency)
    return growing(case.sign_by, wait, case.sign_by - case.assigned, now)


def _remind(case: Case, now: int) -> None:
    clock = _running(case)
    if clock is not None and not _is_early(clock, "remind", now) and "overdue" not in clock.told:
        clock.told.add("remind")
        case.tell("case.reminded")


def _running(case: Case) -> Clock | None:
    """Return the clock of whoever has the case, if it runs."""
    clock = case.clock
    runs = case.holder is not None and clock is not None and clock.since is not None
    return clock if runs else None


def _is_early(clock: Clock, mark: str, now: int) -> bool:
    """Tell whether a mark comes later by the days of now; it is waited for then."""
    at = clock.mark(mark)
    if at > now:
        clock.pending[mark] = at
    return at > now


def overdue(case: Case, now: int) -> None:
    """Go up a level, once: the limit is over. It is told before anything else happens."""
    ends = None if case.clock is None or "overdue" in case.clock.told else case.clock.due
    if case.holder is not None and ends is not None and ends <= now:
        case.raise_to(case.level + 1)
        case.note_overrun(now)


def _far(case: Case, now: int) -> None:
    clock = _running(case)
    if clock is not None and not _is_early(clock, "overdue_far", now) and case.level < TOP:
        case.raise_to(TOP)
        case.note_overrun(now)


def _check(case: Case, now: int) -> None:
    """Go up a level because nobody looks; on the top level they are told, and told again."""
    if case.state != "inspecting" or case.check_by is None:
        return
    if case.level < TOP:
        case.raise_to(case.level + 1)
    pause = check_within()
    case.check_due = growing(case.check_by, ("min", pause), pause, now)


def _part(case: Case, now: int) -> None:
    """Ask again whoever did not sign; go on without whoever was asked again in vain."""
    silent = [part for part in case.unsigned() if part.asked_until <= now]
    for part in silent:
        if part.status != "offered":
            continue
        if part.asked_again is None:
            part.ask_again(case.urgency, now)
            case.tell("part.asked_again")
        else:
            part.status = "expired"
            case.tell("part.changed")
            part_ended(case, part, now)
    case.look_for_signatures()


def _suspension(case: Case, now: int) -> None:
    if case.rests_until is not None and case.rests_until <= now:
        resume(case, now)


_EFFECTS: Final[dict[str, Callable[[Case, int], None]]] = {
    "sign": _sign,
    "remind": _remind,
    "overdue": overdue,
    "overdue_far": _far,
    "check": _check,
    "triage": triage_late,
    "left": take_back,
    "recount": recount,
    "part": _part,
    "request": ask_again,
    "suspension": _suspension,
    "merged": look,
    "archive": partial(archive, after=ARCHIVE_AFTER),
    "blocked": waited_too_long,
}


def rework(case: Case, now: int) -> None:
    """Let the handling clock go on after a failed check, with half of the limit at the least."""
    clock = case.clock
    assert clock is not None
    clock.used = min(clock.used, clock.whole - clock.limit // 2)
    clock.told -= {"remind", "overdue"}
    case.run_clock(now)
