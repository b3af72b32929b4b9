"""What the parties and rules of a plan are called, for whoever writes sentences."""

from functools import cache

from schemas.plan import Plan
from schemas.vocabulary import DEFAULT_RULE, REPORTERS, SUPERVISION
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

    rules = {rule.id: Words(rule.reason_en, rule.reason_zh) for rule in plan.rules}

    def rule(id_: str) -> Words:
        """Return why a case went where it did; the id of a rule that the plan has no longer."""
        if id_.startswith(DEFAULT_RULE):
            return labels.BY_CATEGORY
        if id_ in labels.KIND:
            return labels.BY_COMMAND
        return rules.get(id_) or Words(f"rule {id_}", f"规则{id_}")

    return Reading(zone=plan.timezone, name=title, rule=rule)
