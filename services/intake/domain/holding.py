"""Who works at a case now: its lead that signed, and the co-handlers that did.

Told by the notifier, but for the router's assignments: what one of these does not offer any more is
taken back without a word of anybody's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A department signed for a case; None: the case was taken from whoever had it."""

    case_id: UUID
    department: str | None
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A co-handler works at its part of a case, or does no more."""

    case_id: UUID
    assignment_id: UUID
    department: str
    works: bool
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The router offers a case anew: to a lead who has to sign, and these parts of it stand."""

    case_id: UUID
    assignment_ids: frozenset[UUID]
    sequence: int


HoldingNews = Lead | Part | Offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who works at a case; `parts` has the department of each part that somebody is at.

    `told` is the number of the notifier's last news that is in it, `offered` of the router's.
    """

    lead: str | None = None
    parts: Mapping[UUID, str] = field(default_factory=dict)
    told: int = 0
    offered: int = 0

    @property
    def departments(self) -> frozenset[str]:
        """Every department that works at the case."""
        return frozenset(self.parts.values()) | ({self.lead} if self.lead else frozenset())

    def after(self, news: Iterable[HoldingNews]) -> "Holding":
        """Return who works at the case after these, in the order they were read."""
        found = self
        for one in news:
            found = found._after(one)
        return found

    def _after(self, news: HoldingNews) -> "Holding":
        if isinstance(news, Offered):
            return self._offered(news) if news.sequence > self.offered else self
        if news.sequence <= self.told:
            return self
        if isinstance(news, Lead):
            return replace(self, lead=news.department, told=news.sequence)
        parts = {id_: who for id_, who in self.parts.items() if id_ != news.assignment_id}
        if news.works:
            parts[news.assignment_id] = news.department
        return replace(self, parts=parts, told=news.sequence)

    def _offered(self, news: Offered) -> "Holding":
        parts = {id_: who for id_, who in self.parts.items() if id_ in news.assignment_ids}
        return replace(self, lead=None, parts=parts, offered=news.sequence)
