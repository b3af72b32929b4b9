"""What the parties of a plan are called, for whoever writes sentences."""

from functools import cache

from schemas.plan import Plan
from schemas.vocabulary import REPORTERS, SUPERVISION
from schemas.words import labels
from schemas.words.form import Words
from schemas.words.sentence import Reading


def reading_of(plan: Plan) -> Reading:
    """Return for whom sentences are written: the plan's zone, and its parties by their titles."""

    @cache
    def title(code: str) -> Words:
        """Return what a party is called; its code when the plan has it no longer."""
        if code == SUPERVISION:
            return Words(plan.supervision.title_en, plan.supervision.title_zh)
        if code == REPORTERS:
            return labels.REPORTERS
        known = plan.departments.get(code)
        return Words(known.title_en, known.title_zh) if known else Words(code or "-", code or "-")

    return Reading(zone=plan.timezone, name=title)
