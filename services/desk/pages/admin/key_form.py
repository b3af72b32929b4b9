"""The form of a key: what stands in it, and which key it asks for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from schemas.plan import Plan
from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.desk.domain.keys import LONGEST_VALID, Asked, KeyRefused

YEAR: Final = "365"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """A key as somebody asks for it; boxes that were ticked are codes."""

    name: str = ""
    scopes: Collection[str] = ()
    roles: Collection[str] = ()
    sources: Collection[str] = ()
    parties: Collection[str] = ()
    everywhere: bool = False
    days: str = YEAR

    @classmethod
    def sent(cls, given: Mapping[str, str]) -> Self:
        """Return the form as somebody sent it."""

        def ticked(kind: str) -> list[str]:
            begin = f"{kind}."
            return [name.removeprefix(begin) for name in given if name.startswith(begin)]

        return cls(
            name=given.get("name", "").strip(),
            scopes=ticked("scope"),
            roles=ticked("role"),
            sources=ticked("source"),
            parties=ticked("party"),
            everywhere="everywhere" in given,
            days=given.get("days", "").strip(),
        )

    def asked(self, plan: Plan, *, now: datetime) -> Asked:
        """Return the key that is asked for. Raises `KeyRefused` for what the plan has not."""
        self._check("scope", self.scopes, [*Scope])
        self._check("role", self.roles, [*ActingRole])
        self._check("source", self.sources, plan.sources)
        self._check("party", self.parties, plan.feedback_parties())
        days = days_in(self.days, least=0, most=LONGEST_VALID.days)
        return Asked(
            name=self.name,
            scopes=frozenset(map(Scope, self.scopes)),
            roles=frozenset(map(ActingRole, self.roles)),
            sources=frozenset(self.sources),
            parties=frozenset(self.parties),
            everywhere=self.everywhere,
            expires_at=now + timedelta(days=days) if days else None,
        )

    @staticmethod
    def _check(field: str, given: Collection[str], known: Collection[str]) -> None:
        if unknown := [one for one in given if one not in known]:
            raise KeyRefused(f"{field}: {unknown[0][:80]!r} is not one of {', '.join(known)}")


def days_in(text: str, *, least: int, most: int) -> int:
    """Return a number of days. Raises `KeyRefused`."""
    # Digits of other scripts are decimal, too, and so is a number that nobody waits for.
    if text.isascii() and text.isdecimal() and len(text) <= len(str(most)):
        days = int(text)
        if least <= days <= most:
            return days
    raise KeyRefused(f"days: {least} to {most}")
