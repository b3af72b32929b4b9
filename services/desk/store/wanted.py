"""Which cases a list is of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas import lifecycle
from services.kit.sql.cursors import Cursor

_NEVER_OPEN: Final = frozenset(map(str, lifecycle.ENDED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases a list is of; what is None or false does not matter.

    `party` leads the case or has a part in it, `person` is on it or handled it, `mine` are those of
    whoever reads, `unsigned` those that their departments have to sign for, or a part of. `watcher`
    are those that are up to one person of the supervision, or wait for that person's decision.
    `since` and `until` are when it was registered, the latter not included. `unheld` are open ones
    that nobody leads. `overdue` are those whose handling clock has run out by now, `overran` those
    of which that was so at any time since their last lead got them. `turn` has the move, by this
    `clock`; `late` are those that are late with it, whatever clock it is, to a department that
    helps those of which its own part is. `ended_since` and `ended_until` are when it ended, the
    latter not included, and `dissatisfied_...` when a reporter said last that they are. `unplaced`
    are open ones of which no grid is known.
    """

    state: str | None = None
    party: str | None = None
    person: str | None = None
    watcher: str | None = None
    mine: bool = False
    unsigned: bool = False
    unheld: bool = False
    unplaced: bool = False
    category: str | None = None
    class_code: str | None = None
    grid: str | None = None
    source: str | None = None
    level: int | None = None
    urgency: str | None = None
    exercise: bool | None = None
    open: bool | None = None
    overdue: bool = False
    overran: bool = False
    late: bool = False
    turn: str | None = None
    clock: str | None = None
    ended_since: datetime | None = None
    ended_until: datetime | None = None
    dissatisfied_since: datetime | None = None
    dissatisfied_until: datetime | None = None
    triage: bool = False
    supervised: bool = False
    requested: bool = False
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    after: Cursor | None = None
    limit: int = 50

    @property
    def is_open(self) -> bool | None:
        """Whether only open cases, or only ended ones, can be among them."""
        if self.overdue or self.late or self.turn or self.clock or self.unheld or self.unplaced:
            return True
        if self.unsigned:
            return True
        if self.state and self.state not in _NEVER_OPEN:
            return True
        return self.open
