"""Who answers for a department now: itself, the next person of its duty chain, or its stand-in.

A department of tier 1 or 3 is staffed: somebody always sits there. One of tier N is a chain of
persons; when none of them is left, the plan's owner of last resort takes the case.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.plan import Department, Person, Plan
from services.router.domain.passed_over import Passed, Why
from services.router.domain.route import Asked


@dataclass(frozen=True, slots=True)
class Post:
    """Where an offer goes: a department, and of one on call the person.

    A department on call without a person stands where nobody at all was left to ask.
    """

    department: Department
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A department on call of which nobody was left, and whom it had asked."""

    department: str
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who takes the case, and everyone on the way who could not."""

    post: Post
    unfilled: tuple[Unfilled, ...] = ()
    passed_over: tuple[Passed, ...] = ()

    @property
    def department(self) -> str:
        """The code of the department that takes it."""
        return self.post.department.code


def post_of(
    plan: Plan, department: Department, *, asked: Iterable[Asked] = (), now: datetime
) -> Post | None:
    """Return the staffed department, or who of the duty chain was not asked yet; None: nobody."""
    if department.tier.is_staffed:
        return Post(department)
    already = {one.person for one in asked}
    chain = department.on_duty(now, plan.timezone)
    person = next((person for person in chain if person.id not in already), None)
    return None if person is None else Post(department, person)


def staff(
    plan: Plan,
    wanted: str,
    *,
    asked: Sequence[Asked] = (),
    declined: str | None = None,
    now: datetime,
) -> Staffing:
    """Return who takes a case meant for `wanted`, of which these were asked already.

    Nobody left there: the fallback owner, else its deputy, never the department that just
    `declined`. When these have nobody either, the last of them is offered it as a department.
    """
    unfilled: list[Unfilled] = []
    passed: list[Passed] = []
    last = None
    for code in _in_line(plan, wanted, declined=declined):
        department = plan.departments.get(code)
        if department is None:
            passed.append(Passed(code, Why.NOT_IN_PLAN))
            continue
        asked_here = asked if code == wanted else ()
        post = post_of(plan, department, asked=asked_here, now=now)
        if post is not None:
            return Staffing(post, tuple(unfilled), tuple(passed))
        last = department
        passed.append(Passed(code, Why.NOBODY_LEFT if asked_here else Why.NOBODY_ON_DUTY))
        unfilled.append(
            Unfilled(code, tuple(one.person for one in asked_here if one.person is not None))
        )
    # A checked plan names an owner and a deputy, and only one of them can have just declined.
    post = Post(last or plan.department(plan.fallback.owner))
    return Staffing(post, tuple(unfilled), tuple(passed))


def _in_line(plan: Plan, wanted: str, *, declined: str | None) -> Iterator[str]:
    for code in dict.fromkeys((wanted, plan.fallback.owner, plan.fallback.deputy)):
        if code != declined:
            yield code


def unanswered(plan: Plan, department: str, asked: Iterable[Asked]) -> tuple[Passed, ...]:
    """Return those who were asked as passed over, each with the local time of the asking."""
    return tuple(
        Passed(
            department if one.person is None else f"{department}/{one.person}",
            Why.NOT_ANSWERING,
            one.at.astimezone(plan.timezone).isoformat(timespec="minutes"),
        )
        for one in asked
    )
