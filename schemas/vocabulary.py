"""The words every service shares: tiers, urgencies, channels, roles; ids derived from their cause.

Standard library only, so that a producer of events or a pure rule can import it without a cost.
"""

from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from typing import Final
from uuid import UUID

INTAKE: Final = "intake"
ROUTER: Final = "router"
NOTIFIER: Final = "notifier"
DESK: Final = "desk"

FALLBACK_CATEGORY: Final = "E9999"
"""Category of what no keyword and no code explains (domain handbook, part d: `E9999 其他`)."""

SUPERVISION: Final = "supervision"
"""Feedback party that checks and closes: the one who finds never judges the one who fixes."""

DEFAULT_RULE: Final = "default:"
"""Before the code of a category, where that itself and no rule of the plan decided."""
REPORTERS: Final = "reporters"
"""Feedback party of those who reported: they reopen or withdraw."""

EXERCISE_EN: Final = "EXERCISE: "
EXERCISE_ZH: Final = "演练:"
"""How whatever is told of an exercise (演练) begins, so that nobody takes it for the real thing."""

CALENDAR_CHANGED: Final = "calendar_changed"
"""Why a deadline moves when holidays or working periods of the plan are others."""

CASE_CORRECTED: Final = "case_corrected"
CASE_REOPENED: Final = "case_reopened"
MAY_REST: Final = "may_rest"
MAY_TAKE_LONGER: Final = "may_take_longer"
"""Why what reporters were promised moves: the case is another one, is opened again, may rest until
a date, or has its limit once more."""

DANGER_TOLD: Final = "danger_told"
MORE_URGENT: Final = "more_urgent"
"""Why a report that joined a case raises its urgency: words of danger, or its own urgency."""

_NAMESPACE: Final = UUID("7b0f5d52-6f0c-5c39-9c4e-3f1d8d9e7a10")
_OF_NAMESPACE: Final = sha1(_NAMESPACE.bytes, usedforsecurity=False)
_VERSION_5: Final = 0x5 << 76 | 0x8 << 60
_RANDOM_BITS: Final = (1 << 128) - 1 & ~(0xF << 76) & ~(0xC << 60)


class Tier(StrEnum):
    """Where a department stands in 1+3+N."""

    MAIN = "1"
    RESIDENT = "3"
    ON_CALL = "N"

    @property
    def is_staffed(self) -> bool:
        """Tell whether somebody always sits there (1 and 3), so no person has to be looked up."""
        return self is not Tier.ON_CALL


class Urgency(StrEnum):
    """How fast a category must be taken up (特急, 紧急, 一般, 工程), most pressing first."""

    EMERGENCY = "E"
    URGENT = "U"
    GENERAL = "G"
    PROJECT = "P"

    def outranks(self, other: "Urgency") -> bool:
        """Tell whether this one is more pressing than another.

        >>> Urgency.EMERGENCY.outranks(Urgency.URGENT), Urgency.URGENT.outranks(Urgency.URGENT)
        (True, False)
        """
        ranks = [*Urgency]
        return ranks.index(self) < ranks.index(other)


class Channel(StrEnum):
    """The way a report came in."""

    GRID_MEMBER = "grid_member"
    RESIDENT = "resident"
    PHONE = "phone"
    APP = "app"
    SENSOR = "sensor"
    SUPERIOR = "superior"
    MEDIA = "media"

    @property
    def is_public(self) -> bool:
        """Tell whether a member of the public spoke, whose case is always checked (row 20)."""
        return self in _PUBLIC


_PUBLIC: Final = frozenset({Channel.RESIDENT, Channel.PHONE, Channel.APP, Channel.MEDIA})


class Role(StrEnum):
    """A department's part in a case."""

    LEAD = "lead"
    CO_HANDLER = "co_handler"


class Audience(StrEnum):
    """Whom a notice is for."""

    REPORTER = "reporter"
    FOLLOWER = "follower"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"


class PartStatus(StrEnum):
    """Where one department's part in a case stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    WORKING = "working"
    DONE = "done"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Word(StrEnum):
    """What can be answered; the values are the `kind` of a feedback record."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    STARTED = "started"
    PROGRESS = "progress"
    DONE = "done"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    CHECK_PASSED = "check_passed"
    CHECK_FAILED = "check_failed"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    RATE = "rate"


class Satisfaction(StrEnum):
    """How satisfied whoever reported is with what came out (满意, 基本满意, 不满意)."""

    SATISFIED = "satisfied"
    MOSTLY = "mostly_satisfied"
    DISSATISFIED = "dissatisfied"


class CommandKind(StrEnum):
    """What can be commanded; the values are the `kind` of a command and its CloudEvents type."""

    ANNOTATE = "case.annotate"
    REASSIGN = "case.reassign"
    CORRECT = "case.correct"
    ADD_CO_HANDLER = "case.add_co_handler"
    DROP_CO_HANDLER = "case.drop_co_handler"
    SUPERVISE = "case.supervise"
    UNSUPERVISE = "case.unsupervise"
    REQUEST = "case.request"
    WITHDRAW_REQUEST = "case.withdraw_request"
    APPROVE = "case.approve"
    REFUSE = "case.refuse"
    RESUME = "case.resume"
    DISMISS = "case.dismiss"
    REFUSE_REOPENING = "case.refuse_reopening"
    MERGE = "case.merge"
    UNMERGE = "case.unmerge"
    WITHDRAW = "case.withdraw"


class RequestKind(StrEnum):
    """What can be asked for that another person has to allow; the `what` of a request."""

    SUSPENSION = "suspension"
    EXTENSION = "extension"
    FORCE_CLOSE = "force_close"
    APPEAL = "appeal"


class Door(StrEnum):
    """By which way a person's word came in."""

    KAFKA = "kafka"
    HTTP = "http"
    DESK = "desk"


class EscalationTrigger(StrEnum):
    """Why a case was raised a level."""

    SIGN_TIMEOUT = "sign_timeout"
    OVERDUE = "overdue"
    REWORK = "rework"
    CHECK_LATE = "check_late"
    TRIAGE_LATE = "triage_late"
    PART_LATE = "part_late"


UP_TO_SUPERVISION: Final = frozenset({EscalationTrigger.CHECK_LATE, EscalationTrigger.TRIAGE_LATE})
"""Of what the supervision did not do: whom it is told by name has the move from then on."""


MAX_LEVEL: Final = 3
"""Top of the ladder 0 grid, 1 sub-district, 2 district, 3 supervision (domain handbook c.3)."""


def first_level(urgency: Urgency) -> int:
    """Return the lowest level a case of this urgency is on: an emergency starts above the grid."""
    return 1 if urgency is Urgency.EMERGENCY else 0


def raised(level: int) -> int:
    """Return the next level up, the top staying the top; a level never falls by itself.

    >>> raised(0), raised(3)
    (1, 3)
    """
    return min(level + 1, MAX_LEVEL)


def derived_id(kind: str, *cause: object) -> UUID:
    """Return the id that `cause` gives a thing of this `kind`; the same cause gives it again.

    >>> derived_id("case", "hotline", "1") == derived_id("case", "hotline", "1")
    True
    >>> derived_id("case", "a", "bc") == derived_id("case", "ab", "c")
    False
    """
    # RFC 9562's version 5, as `uuid.uuid5` makes it, at a lower cost: every event has several.
    name = "\x1f".join([kind, *map(str, cause)]).encode()
    digest = _OF_NAMESPACE.copy()
    digest.update(name)
    number = int.from_bytes(digest.digest()[:16])
    return UUID(int=number & _RANDOM_BITS | _VERSION_5)


def case_id_for(source: str, source_id: str) -> UUID:
    """Return the id of the case that a source's own report id stands for."""
    return derived_id("case", source, source_id)


def assignment_id_for(case_id: UUID, round_: int, department: str) -> UUID:
    """Return the id of a department's assignment in the case's n-th round of routing."""
    return derived_id("assignment", case_id, round_, department)


def is_aware(instant: datetime) -> bool:
    """Tell whether an instant carries its offset from UTC."""
    return instant.tzinfo is not None and instant.utcoffset() is not None
