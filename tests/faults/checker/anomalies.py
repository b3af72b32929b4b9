"""What can be wrong with a history, by the names of the reliability handbook (A.2)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """One way in which a promise was broken."""

    LOST_INCIDENT = "lost-incident"
    DUP_CASE = "dup-case"
    ABORTED_INCIDENT = "aborted-incident"
    DOUBLE_LEAD = "double-lead"
    NO_LEAD = "no-lead"
    ILLEGAL_TRANSITION = "illegal-transition"
    VERSION_GAP = "version-gap"
    NONMONOTONIC_CASE = "nonmonotonic-case"
    POLL_SKIP = "poll-skip"
    CONFLICTING = "conflicting"
    UNSEEN = "unseen"
    PRECOMMITTED_READ = "precommitted-read"
    DUP_ASSIGNMENT = "dup-assignment"
    DUP_EFFECT = "dup-effect"
    MISSED_DEADLINE = "missed-deadline"
    LATE_DEADLINE = "late-deadline"
    EARLY_DEADLINE = "early-deadline"
    DOUBLE_DEADLINE = "double-deadline"
    ZOMBIE_ESCALATION = "zombie-escalation"
    LEVEL_FELL = "level-fell"
    FOREIGN_FEEDBACK = "foreign-feedback"
    LOST_FEEDBACK = "lost-feedback"
    ABORTED_FEEDBACK = "aborted-feedback"
    UNASKED = "unasked"
    LOST_PAUSE = "lost-pause"
    DOUBLE_CLOCK = "double-clock"
    STATE_MISMATCH = "state-mismatch"
    WRONG_FILE = "wrong-file"
    POISON = "poison"
    STUCK = "stuck"

    @property
    def is_liveness(self) -> bool:
        """Tell whether it says that something is slow or stands still, not that it is wrong."""
        return self in _LIVENESS


_LIVENESS: Final = frozenset({Kind.NO_LEAD, Kind.LATE_DEADLINE, Kind.STUCK})


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One finding: whose it is (a case, a report, an answer), what, and where it can be seen.

    `where` are positions, "topic/partition/offset", or rows of a database.
    """

    kind: Kind
    subject: str
    detail: str
    where: tuple[str, ...] = ()
