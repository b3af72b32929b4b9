"""Which category a report belongs to, and how urgent it is."""

from dataclasses import dataclass
from typing import Final

from schemas.plan import Category
from schemas.vocabulary import FALLBACK_CATEGORY, Channel, Urgency
from services.intake.domain.plan_index import PlanIndex

BY_CODE: Final = "code"
BY_FALLBACK: Final = "fallback"
BY_DANGER: Final = "danger"

_TRUSTED: Final = frozenset({Channel.SUPERIOR, Channel.SENSOR, Channel.GRID_MEMBER})
_PRESSING: Final = {urgency: rank for rank, urgency in enumerate(Urgency)}


@dataclass(frozen=True, slots=True)
class Classified:
    """A category, and what led to it: `code`, `keyword:<word>`, `danger:<word>` or `fallback`.

    `danger` tells that nobody could categorise it and that it tells of danger to life.
    """

    category: Category
    by: str
    danger: bool = False

    @property
    def triage(self) -> bool:
        """Tell whether a person has to look: the catch-all says nothing about what it is."""
        return self.category.code == FALLBACK_CATEGORY


def classify(code: str | None, text: str, *, index: PlanIndex) -> Classified:
    """Return the category of a report: its own code if the plan has it, else by its text.

    The longest keyword in the text decides, on a tie the category that the plan names first;
    without any keyword it is the catch-all.
    """
    categories = index.plan.categories
    if code is not None and code in categories:
        return Classified(categories[code], BY_CODE)
    keyword = index.keywords.longest_in(text) if text else None
    if keyword is None:
        danger = index.danger.first_in(text)
        by = BY_FALLBACK if danger is None else f"{BY_DANGER}:{danger}"
        return Classified(categories[FALLBACK_CATEGORY], by, danger=danger is not None)
    return Classified(categories[keyword.category], f"keyword:{keyword.word}")


def urgency_of(category: Category, *, hint: Urgency | None, channel: Channel) -> Urgency:
    """Return the category's urgency, or the report's hint when that may raise it.

    Only a hint of a superior, a sensor or a grid member counts, and only upwards (towards E):
    a resident in anger does not overtake a gas leak, and nobody plays an emergency down.
    """
    own = category.urgency
    if hint is None or channel not in _TRUSTED:
        return own
    return min(own, hint, key=_PRESSING.__getitem__)
