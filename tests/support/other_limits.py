"""Plans that give other times than the seed district's."""

from typing import Any

from schemas.plan import Plan


def with_limits(plan: Plan, **times: Any) -> Plan:
    """Return a plan in which these of the `[limits]` are others."""
    return plan.model_copy(update={"limits": plan.limits.model_copy(update=times)})
