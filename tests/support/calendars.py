"""Plans that do not know a year's holidays yet."""

from schemas.plan import Plan
from tests.support.notifier import the_plan


def without_table(name: str) -> Plan:
    """Return the plan without a table, as before the year's holidays were told."""
    plan = the_plan()
    known = {code: table for code, table in plan.calendar.items() if code != name}
    return Plan.model_validate(dict(plan) | {"calendar": known, "version": "before"})
