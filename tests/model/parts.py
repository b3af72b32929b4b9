"""What departments have of a case, what is asked for, and what the router says of a round."""

from dataclasses import dataclass
from typing import Final

from tests.model.minutes import reached
from tests.model.plans import to_sign

COUNTED: Final = {"offered", "accepted", "working", "done"}
GOING_ON: Final = COUNTED - {"done"}
PATIENCE: Final = 3
"""How many times as long as at first a co-handler has that was asked again."""


@dataclass
class Part:
    """What one department has of a case.

    While the lead waits for it, it is `due` so many minutes of a unit after when it was `counted`.
    """

    id: str
    department: str
    lead: bool
    tier: str
    person: str | None
    offered: int
    status: str = "offered"
    asked_again: int | None = None
    signed: bool = False
    due: int | None = None
    counted: tuple[str, int, int] | None = None

    def asked_until(self, urgency: str) -> int:
        """Return until when it waits for a signature: at first once, then three times as long."""
        unit, minutes = to_sign(self.tier, urgency)
        if self.asked_again is None:
            return reached(unit, self.offered, minutes)
        at = self.asked_again
        for _ in range(PATIENCE):
            at = reached(unit, at, minutes)
        return at


@dataclass
class Pending:
    """What somebody asked for and nobody has decided; `next` is when they are told again."""

    id: str
    what: str
    by: str
    asked: int
    department: str | None
    until: int | None
    has_basis: bool
    part: str | None = None
    decide_by: int = 0
    next: int = 0


@dataclass(frozen=True, kw_only=True)
class Round:
    """What the router says of a round: minutes to sign, the limit, and how it begins."""

    sign: int
    limit: tuple[str, int]
    resumes: bool
    final: bool
    urgency: str
