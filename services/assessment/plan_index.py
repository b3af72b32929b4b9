"""A plan with everything that is looked up in it for a report, built once per version."""

from schemas.plan import Category, Merging, Plan
from schemas.vocabulary import FALLBACK_CATEGORY
from services.assessment.danger import DangerWords
from services.assessment.grids import Areas
from services.assessment.keywords import KeywordIndex
from services.assessment.position import Position


class PlanIndex:
    """One version of the plan, its keywords, its grids and its districts.

    `mergings` say by category how its reports are merged, None for those that never are;
    `asks_for_address` and `asks_for_words` whether any category compares these.
    """

    def __init__(self, plan: Plan) -> None:
        """Build every index; this is the slow part, a report only asks."""
        self.plan = plan
        self.danger = DangerWords(plan.danger)
        self.keywords = KeywordIndex(plan.categories.values())
        self.mergings = {c.code: merging_of(c, plan) for c in plan.categories.values()}
        merging = [one for one in self.mergings.values() if one is not None]
        self.asks_for_address = any(one.asks_for_address for one in merging)
        self.asks_for_words = any(one.asks_for_words for one in merging)
        self.grids = Areas((g.code, g.polygon) for g in plan.grids if g.polygon is not None)
        outlines = [(d.code, d.polygon) for d in plan.districts if d.polygon is not None]
        # With one district not drawn, nobody can say that a position is in none of them.
        self._districts = Areas(outlines) if len(outlines) == len(plan.districts) else None

    def outside(self, position: Position) -> bool:
        """Tell whether a position is in none of the plan's districts, all of them outlined."""
        return self._districts is not None and self._districts.at(position) is None

    def grid_of(self, code: str | None, position: Position | None) -> str | None:
        """Return the grid a report names if the plan has it, else the one at its position."""
        if code is not None and self.plan.grid(code) is not None:
            return code
        return None if position is None else self.grids.at(position)


def merging_of(category: Category, plan: Plan) -> Merging | None:
    """Return how reports of a category are merged; None when they never are.

    The catch-all is never merged: two things nobody could name are not the same thing.
    """
    merging = plan.merging_of(category)
    return merging if merging.enabled and category.code != FALLBACK_CATEGORY else None
