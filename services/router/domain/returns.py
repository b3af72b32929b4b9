"""Where a declined case goes next, and when it has been passed around enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.plan import Plan
from services.router.domain.passed_over import Passed, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The department that comes next.

    `resort`: nobody else is left, so this is the owner of last resort; `loop`: the case was passed
    around, so it is that owner's for good.
    """

    department: str
    resort: bool = False
    loop: bool = False
    passed_over: tuple[Passed, ...] = ()


def next_department(
    plan: Plan, *, tried: Sequence[str], suggested: str | None, co_handlers: Iterable[str]
) -> Next:
    """Return who comes after the last of `tried`, which has just declined.

    The suggested department, else the co-handlers in order, else the owner of last resort; never
    the one who just declined, and one that was tried before only as the end of a loop.
    """
    resort = last_resort(plan, declined=tried[-1])
    if len(set(tried)) >= plan.limits.departments_before_fallback:
        return Next(department=resort, resort=True, loop=True)
    passed: list[Passed] = []
    for code in dict.fromkeys((suggested, *co_handlers)):
        if code is None:
            continue
        if code in tried:
            passed.append(Passed(code, Why.ALREADY_TRIED))
        elif code not in plan.departments:
            passed.append(Passed(code, Why.NOT_IN_PLAN))
        else:
            return Next(department=code, passed_over=tuple(passed))
    return Next(department=resort, resort=True, loop=resort in tried, passed_over=tuple(passed))


def last_resort(plan: Plan, *, declined: str | None) -> str:
    """Return the fallback owner, or its deputy when the owner itself has just declined."""
    fallback = plan.fallback
    return fallback.deputy if declined == fallback.owner else fallback.owner


def is_final(plan: Plan, department: str, *, tried: Iterable[str]) -> bool:
    """Tell whether a department may not decline what it is offered now.

    So it is for one that was tried before, and for the fallback owner once two others declined.
    """
    distinct = set(tried)
    return department in distinct or (
        department == plan.fallback.owner and len(distinct) >= 2  # noqa: PLR2004 - the rule's own number
    )
