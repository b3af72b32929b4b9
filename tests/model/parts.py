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

    It is to be signed for until `sign_by`, and over at `expires` if it was asked again. While the
    lead waits for it, it is `due` so many minutes of a unit after when it was `counted`.
    """

    id: str
    department: str
    lead: bool
    tier: str
    person: str | None
    offered: int
    sign_by: int
    status: str = "offered"
    asked_again: int | None = None
    expires: int = 0
    signed: bool = False
    due: int | None = None
    counted: tuple[str, int, int] | None = None

    @property
    def asked_until(self) -> int:
        """Until when it waits for a signature, as was told."""
        return self.sign_by if self.asked_again is None else self.expires

    def ask_again(self, urgency: str, now: int) -> None:
        """Wait once more, three times as long as the plan of now gives."""
        self.asked_again, self.expires = now, self._longest(urgency, now)

    def hurry(self, urgency: str, now: int) -> None:
        """Wait no longer than in a case that is so urgent from now on."""
        if self.asked_again is None:
            unit, minutes = to_sign(self.tier, urgency)
            self.sign_by = min(self.sign_by, reached(unit, now, minutes))
        else:
            self.expires = min(self.expires, self._longest(urgency, now))

    def _longest(self, urgency: str, at: int) -> int:
        unit, minutes = to_sign(self.tier, urgency)
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
