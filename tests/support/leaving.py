"""Plans that a department left."""

from schemas.plan import Plan


def without(plan: Plan, gone: str, *, heir: str) -> Plan:
    """Return a plan in which another department leads what the gone one led."""
    categories = {
        code: category.model_copy(
            update={
                "lead": heir if category.lead == gone else category.lead,
                "co_handlers": tuple(c for c in category.co_handlers if c not in {gone, heir}),
            }
        )
        for code, category in plan.categories.items()
    }
    return plan.model_copy(
        update={
            "version": f"without-{gone}",
            "departments": {
                code: department for code, department in plan.departments.items() if code != gone
            },
            "categories": categories,
            "rules": tuple(rule for rule in plan.rules if rule.lead != gone),
        }
    )
