"""What a key may be: its name, what it opens, what it is bound to, and until when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from schemas.roles import ActingRole
from schemas.scopes import Scope

NEEDS: Final = {
    Scope.REPORTS_WRITE: "source",
    Scope.REPORTS_READ: "source",
    Scope.ANSWERS_WRITE: "party",
}
"""What a scope is of no use without: to what a key with it has to be bound."""

LONGEST_VALID: Final = timedelta(days=3660)
LONGEST_OVERLAP: Final = timedelta(days=90)
"""How long the token before a rotation may be used beside the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A key as somebody asks for it; `everywhere` is bound to nothing on purpose."""

    name: str
    scopes: frozenset[Scope]
    roles: frozenset[ActingRole] = frozenset()
    sources: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    everywhere: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One token of a key, as the desk knows it."""

    id: str
    asked: Asked
    token_hmac: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None
    version: int
    changed_at: datetime

    def is_live(self, now: datetime) -> bool:
        """Tell whether its token still proves somebody."""
        ends = self.asked.expires_at
        return self.revoked_at is None and (ends is None or ends > now)


class KeyRefused(Exception):
    """A key cannot be so; the message says which part, and why."""


def faults_of(asked: Asked, *, now: datetime) -> Iterator[str]:
    """Yield what is wrong with a key that somebody asks for."""
    if not asked.scopes:
        yield "scope: name at least one of what it is to open"
    if Scope.COMMANDS_WRITE in asked.scopes and not asked.roles:
        yield f"role: {Scope.COMMANDS_WRITE} needs one, for commands ask in which office one acts"
    if asked.expires_at is not None and not now < asked.expires_at <= now + LONGEST_VALID:
        yield f"days: a key ends after 1 to {LONGEST_VALID.days} days"
    yield from _faults_of_bounds(asked)


def _faults_of_bounds(asked: Asked) -> Iterator[str]:
    bound = {"source": asked.sources, "party": asked.parties}
    if asked.everywhere:
        if any(bound.values()):
            yield "everywhere: is bound to nothing, so name no source and no party beside it"
        return
    for scope in sorted(asked.scopes & NEEDS.keys()):
        if not bound[NEEDS[scope]]:
            yield f"{NEEDS[scope]}: {scope} needs one, or everywhere"
