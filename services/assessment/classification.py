"""Which category a report belongs to, and how urgent it is."""

from dataclasses import dataclass
from typing import Final

from schemas.plan import Category
from schemas.vocabulary import FALLBACK_CATEGORY, Channel, Urgency
from services.assessment.danger import DangerWords
from services.assessment.plan_index import PlanIndex

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

    The longest keyword that the text has and means decides, on a tie the category that the plan
    names first; titles of categories count as keywords. Without any it is the catch-all, and so
    it is where only the title of a category that is no emergency stands beside a word of danger:
    "公园里有人落水" is more than a matter of parks.
    """
    categories = index.plan.categories
    if code is not None and code in categories:
        return Classified(categories[code], BY_CODE)
    keyword = index.keywords.longest_in(text) if text else None
    named = None if keyword is None else categories[keyword.category]
    is_broad = keyword is None or keyword.is_title
    danger = index.danger.first_in(text) if is_broad else None
    if danger is not None and (named is None or named.urgency is not Urgency.EMERGENCY):
        return Classified(categories[FALLBACK_CATEGORY], f"{BY_DANGER}:{danger}", danger=True)
    if keyword is None or named is None:
        return Classified(categories[FALLBACK_CATEGORY], BY_FALLBACK)
    return Classified(named, f"keyword:{keyword.word}")


def beside_danger(category: Category, text: str, *, danger: DangerWords) -> str | None:
    """Return the word of danger that a text has beside what its category is about anyway."""
    own = (*category.keywords_zh, *category.keywords_en, category.title_zh, category.title_en)
    return danger.first_in(text, within=own)


def urgency_of(category: Category, *, hint: Urgency | None, channel: Channel) -> Urgency:
    """Return the category's urgency, or the report's hint when that may raise it.

    Only a hint of a superior, a sensor or a grid member counts, and only upwards (towards E):
    a resident in anger does not overtake a gas leak, and nobody plays an emergency down.
    """
    own = category.urgency
    if hint is None or channel not in _TRUSTED:
        return own
    return min(own, hint, key=_PRESSING.__getitem__)
