"""The plan of now: which departments left it, which days are off, how long there is for what."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

from schemas.plan import Plan
from schemas.plan.limits import Limit
from tests.model.minutes import MORE_OFF, count_by
from tests.model.rights import OFFER, SIGN, TIERS
from tests.support.leaving import without
from tests.support.notifier import the_plan
from tests.support.other_limits import with_limits

STAYS: Final = "urban-management"
"""Never leaves: somebody has to have what the others had."""
PATIENT: Final = 3
"""How many times as long there is to sign under a patient plan."""
_CHECK_WITHIN: Final = {False: 30, True: 75}
_DANGER: Final = {False: ("UH", 120), True: ("UH", 60)}


@dataclass(frozen=True)
class Terms:
    """What of a plan changes while cases are open.

    A `slow` one has more time for checks, a `wary` one has other words of danger and less time for
    it. A `strict` one has other limits for its categories, which are for cases to come alone.
    """

    gone: frozenset[str] = frozenset()
    days_off: bool = False
    patient: bool = False
    slow: bool = False
    wary: bool = False
    strict: bool = False


@dataclass
class _Now:
    terms: Terms = Terms()


_NOW: Final = _Now()


def take(terms: Terms) -> Plan:
    """Let these be the terms of now; returns the plan that the notifier takes for them."""
    _NOW.terms = terms
    count_by(MORE_OFF if terms.days_off else frozenset())
    return _plan_of(terms)


def knows(department: str) -> bool:
    """Tell whether the plan of now has a department."""
    return department in TIERS and department not in _NOW.terms.gone


def to_sign(tier: str, urgency: str) -> tuple[str, int]:
    """Return how long there is to sign for an offer: the unit and the minutes."""
    unit, minutes = (OFFER if tier == "N" else SIGN)[urgency]
    return unit, minutes * (PATIENT if _NOW.terms.patient else 1)


def check_within() -> int:
    """Return how many minutes there are for a check."""
    return _CHECK_WITHIN[_NOW.terms.slow]


def in_danger() -> tuple[str, int]:
    """Return how long an emergency has from when it is one: the unit and the minutes."""
    return _DANGER[_NOW.terms.wary]


def _longer(wait: timedelta | Limit) -> timedelta | Limit:
    if isinstance(wait, Limit):
        return Limit(amount=wait.amount * PATIENT, unit=wait.unit)
    return wait * PATIENT


@cache
def _plan_of(terms: Terms) -> Plan:
    plan = the_plan()
    if terms.days_off:
        table = plan.calendar["cn-2026"]
        more = table.model_copy(update={"holidays": (*table.holidays, *sorted(MORE_OFF))})
        plan = Plan.model_validate(dict(plan) | {"calendar": {**plan.calendar, "cn-2026": more}})
    if terms.patient:
        longer = {
            name: {urgency: _longer(wait) for urgency, wait in given.items()}
            for name, given in (("sign", plan.limits.sign), ("offer", plan.limits.offer))
        }
        plan = with_limits(plan, **longer)
    if terms.slow:
        plan = with_limits(plan, check_within=timedelta(minutes=_CHECK_WITHIN[True]))
    if terms.wary:
        other = {"words_en": ("tiger",), "words_zh": ("老虎",), "limit": Limit.parse("1 UH")}
        plan = plan.model_copy(update={"danger": plan.danger.model_copy(update=other)})
    if terms.strict:
        shorter = {"limit": Limit.parse("10 min")}
        categories = {c: known.model_copy(update=shorter) for c, known in plan.categories.items()}
        plan = plan.model_copy(update={"categories": categories})
    for code in sorted(terms.gone):
        plan = without(plan, code, heir=STAYS)
    flags = (terms.days_off, terms.patient, terms.slow, terms.wary, terms.strict)
    named = (*sorted(terms.gone), "".join(f"{flag:d}" for flag in flags))
    return plan.model_copy(update={"version": ".".join(named)})
