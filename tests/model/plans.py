"""The plan of now: which departments left it, which days are off, how long there is to sign."""

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

STAYS: Final = "urban-management"
"""Never leaves: somebody has to have what the others had."""
PATIENT: Final = 3
"""How many times as long there is to sign under a patient plan."""


@dataclass(frozen=True)
class Terms:
    """What of a plan changes while cases are open."""

    gone: frozenset[str] = frozenset()
    days_off: bool = False
    patient: bool = False


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
        limits = plan.limits
        longer = {
            name: {urgency: _longer(wait) for urgency, wait in given.items()}
            for name, given in (("sign", limits.sign), ("offer", limits.offer))
        }
        plan = plan.model_copy(update={"limits": limits.model_copy(update=longer)})
    for code in sorted(terms.gone):
        plan = without(plan, code, heir=STAYS)
    named = (*sorted(terms.gone), f"off{terms.days_off:d}", f"patient{terms.patient:d}")
    return plan.model_copy(update={"version": ".".join(named)})
