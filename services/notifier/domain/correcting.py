"""A case that is another one than it was taken for: what it is, how urgent, or where."""

from collections.abc import Iterator
from datetime import datetime

from schemas.events.charge import CaseCorrected
from schemas.events.commands import Correct
from schemas.plan import Category, Plan
from schemas.vocabulary import FALLBACK_CATEGORY, CommandKind, Urgency
from schemas.words.refusals import Reason
from services.notifier.domain import promising
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Life, Refusal, by_person
from services.notifier.domain.part import taken_from


def corrected(file: CaseFile, said: Correct, plan: Plan, now: datetime) -> Life:
    """Take the case from its lead (row 31); the router assigns what it is now."""
    lead, case = file.lead, file.case
    refusal = judge_command(file, CommandKind.CORRECT) or _unfit(said, plan)
    if refusal is not None or lead is None:
        return refusal
    category = plan.categories.get(said.category or case.category)
    urgency = _urgency(case, said, category)
    changed = tuple(_changed(case, said, urgency=urgency))
    if not changed:
        return Refusal(reason=Reason.NOTHING_TO_CHANGE)
    known = category or plan.category(FALLBACK_CATEGORY)
    is_other = "category" in changed
    fact = CaseCorrected(
        **taken_from(lead, now, reason=said.reason, acting=said.acting),
        category=said.category or case.category,
        class_code=known.class_,
        title_en=known.title_en if is_other else case.title_en,
        title_zh=known.title_zh if is_other else case.title_zh,
        urgency=urgency,
        place=said.place,
        changed=changed,
        left_seconds=case.left_seconds(now),
    )
    yield by_person(fact, said.acting)
    yield from promising.corrected(file, plan, now)
    return None


def _unfit(said: Correct, plan: Plan) -> Refusal | None:
    """Return what the plan does not know of what is said."""
    if said.category is not None and said.category not in plan.categories:
        return Refusal(reason=Reason.UNKNOWN_CATEGORY, field="category", detail=said.category)
    if said.place is None or not plan.grids:
        return None
    grid = said.place.grid or ""
    if plan.grid(grid) is None:
        return Refusal(reason=Reason.UNKNOWN_GRID, field="place.grid", detail=grid or "-")
    return None


def _urgency(case: Case, said: Correct, category: Category | None) -> Urgency:
    """Return what is said; else what another category has, else what the case has."""
    if said.urgency is not None:
        return said.urgency
    if said.category in {None, case.category} or category is None:
        return case.urgency
    return category.urgency


def _changed(case: Case, said: Correct, *, urgency: Urgency) -> Iterator[str]:
    # That it is what nobody could categorise is an answer, too.
    if said.category is not None and (case.triage or said.category != case.category):
        yield "category"
    if urgency is not case.urgency:
        yield "urgency"
    if said.place is not None:
        yield "place"
