"""Two cases that are one, and are taken apart again."""

from tests.model.case import Case
from tests.model.rights import CLOSED, TERMINAL

Why = tuple[str, str | None]
ITSELF, OTHER = "itself", "other"


def merge(case: Case, into: str, now: int) -> Why | None:
    """End a case that is the same thing as another, which goes on for both."""
    other = case.other
    reason = None
    if into == ITSELF:
        reason = "same_case"
    elif into != OTHER or other is None or other.state == "unknown":
        reason = "unknown_primary"
    elif other.state == "merged":
        reason = "merged_already"
    elif other.state in CLOSED | TERMINAL:
        reason = "primary_ended"
    if reason is not None or other is None:
        return reason or "", "into"
    case.tell("case.merged_into")
    case.end("merged", now)
    other.look_due = now
    return None


def unmerge(case: Case, now: int) -> None:
    """Let a merged case go on by itself: the router says with whom."""
    assert case.other is not None
    case.tell("case.unmerged")
    case.open_again("returned", now)
    case.other.look_due = now


def look(case: Case, _: int) -> None:
    """Tell of a case that was merged into this one, or is no more."""
    assert case.other is not None
    is_here = case.other.state == "merged"
    if is_here != case.took_in:
        case.tell("case.joined" if is_here else "case.left")
        case.took_in = is_here


def archive(case: Case, now: int, *, after: int) -> None:
    """Let nothing happen to a case any more that was closed so long ago."""
    if case.state in CLOSED and case.closed is not None and now - case.closed >= after:
        case.tell("case.archived")
        case.state = "archived"
