"""What a plan takes away from the one before it, and what becomes of the cases that need it."""

from collections.abc import Collection, Iterator

from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.model import Plan

_FATES = {
    "departments": (
        "its open cases go to who is responsible then, and its answers are refused",
        "let it finish first, or tell it",
    ),
    "categories": (
        "its open cases are treated as E9999 from their next assignment on",
        "keep it without keywords until its cases are closed, or leave it out",
    ),
    "grids": (
        "reports that name it and have no point are refused",
        "tell the systems that report, or leave it out",
    ),
}


def departures(old: Plan, new: Plan) -> Iterator[Finding]:
    """Yield a warning for each department, category and grid that only the old plan has."""
    codes: dict[str, tuple[Collection[str], Collection[str]]] = {
        "departments": (old.departments, new.departments),
        "categories": (old.categories, new.categories),
        "grids": ([g.code for g in old.grids], {g.code for g in new.grids}),
    }
    for table, (before, after) in codes.items():
        fate, advice = _FATES[table]
        for code in before:
            if code not in after:
                message = f"{code!r} is not in {table} any more: {fate}"
                yield Finding(Severity.WARNING, 1, f"{table}.{code}", message, advice)
