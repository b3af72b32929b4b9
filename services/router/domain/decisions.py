"""Who leads a case after each thing that can happen to it.

Pure: the same inputs give the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.plan import Plan
from services.router.domain.duty import (
    NOT_IN_PLAN,
    Asked,
    Passed,
    Post,
    Staffing,
    Unfilled,
    post_of,
    staff,
    unanswered,
)
from services.router.domain.returns import (
    ALREADY_TRIED,
    Next,
    is_final,
    last_resort,
    next_department,
)
from services.router.domain.routing import Terms


class Outcome(StrEnum):
    """What became of one event; a closed set, so that it can be a metric's label."""

    ASSIGNED = "assigned"
    REOFFERED = "reoffered"
    FALLBACK = "fallback"
    LOOP = "loop"
    KEPT = "kept"
    STALE = "stale"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Decline:
    """A department that said the case is not theirs, and why."""

    department: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the routing of a case stands: its lead, who declined, who is silent.

    `asked` are those of the lead's department only; `declined` goes back to the last opening.
    """

    round: int
    lead: str
    person: str | None = None
    asked: tuple[Asked, ...] = ()
    declined: tuple[Decline, ...] = ()
    final: bool = False

    @property
    def tried(self) -> tuple[str, ...]:
        """The departments that declined, in order."""
        return tuple(decline.department for decline in self.declined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The next round: where the case goes, on which terms, and who was passed over.

    `resumes` says that the same department goes on with its running clock; `loop` that the case
    was passed around; `unfilled` names every department of which nobody was left.
    """

    route: Route
    lead: Post
    outcome: Outcome
    passed_over: tuple[Passed, ...] = ()
    unfilled: tuple[Unfilled, ...] = ()
    resumes: bool = False

    @property
    def loop(self) -> bool:
        """Whether the case was passed around."""
        return self.outcome is Outcome.LOOP


def on_registered(plan: Plan, terms: Terms, *, now: datetime) -> Decision:
    """Return the first assignment of a case."""
    return _opened(staff(plan, terms.lead, now=now), round_=1, now=now)


def on_reopened(plan: Plan, terms: Terms, route: Route, *, now: datetime) -> Decision:
    """Return the assignment of a reopened case: to its last lead, with everything forgotten."""
    lead = route.lead if route.lead in plan.departments else terms.lead
    return _opened(staff(plan, lead, now=now), round_=route.round + 1, now=now)


def on_left(plan: Plan, terms: Terms, route: Route, *, now: datetime) -> Decision:
    """Return who comes after a lead that left the plan: who the plan names now.

    Who declined the case is not asked again; then it is the owner of last resort.
    """
    tried = route.tried
    named = terms.lead if terms.lead not in tried else last_resort(plan, declined=None)
    staffing = staff(plan, named, now=now)
    gone = () if route.lead in plan.departments else (Passed(route.lead, NOT_IN_PLAN),)
    return Decision(
        route=_route(
            staffing.post,
            round_=route.round + 1,
            asked=(),
            declined=route.declined,
            final=is_final(plan, staffing.post.department.code, tried=tried),
            now=now,
        ),
        lead=staffing.post,
        outcome=_outcome(staffing, otherwise=Outcome.ASSIGNED),
        passed_over=(*gone, *map(_passed, route.declined), *staffing.passed_over),
        unfilled=staffing.unfilled,
    )


def _opened(staffing: Staffing, *, round_: int, now: datetime) -> Decision:
    post = staffing.post
    return Decision(
        route=_route(post, round_=round_, asked=(), declined=(), now=now),
        lead=post,
        outcome=_outcome(staffing, otherwise=Outcome.ASSIGNED),
        passed_over=staffing.passed_over,
        unfilled=staffing.unfilled,
    )


def on_returned(
    plan: Plan,
    terms: Terms,
    route: Route,
    *,
    reason: str,
    suggested: str | None,
    now: datetime,
) -> Decision:
    """Return who comes after a lead that declined; never that lead itself."""
    declined = (*route.declined, Decline(route.lead, reason))
    tried = tuple(decline.department for decline in declined)
    following = next_department(
        plan, tried=tried, suggested=suggested, co_handlers=terms.co_handlers
    )
    staffing = staff(plan, following.department, declined=route.lead, now=now)
    final = following.loop or is_final(plan, staffing.post.department.code, tried=tried)
    return Decision(
        route=_route(
            staffing.post, round_=route.round + 1, asked=(), declined=declined, final=final, now=now
        ),
        lead=staffing.post,
        outcome=_after_return(following, staffing),
        passed_over=(*_declines(declined, following), *staffing.passed_over),
        unfilled=staffing.unfilled,
    )


def _after_return(following: Next, staffing: Staffing) -> Outcome:
    if following.loop:
        return Outcome.LOOP
    otherwise = Outcome.FALLBACK if following.resort else Outcome.ASSIGNED
    return _outcome(staffing, otherwise=otherwise)


def on_silence(plan: Plan, route: Route, *, now: datetime) -> Decision:
    """Return who is asked after a lead that did not sign: the next of its chain, the desk again."""
    staffing = staff(plan, route.lead, asked=route.asked, now=now)
    code = staffing.post.department.code
    same = code == route.lead
    final = route.final or (not same and is_final(plan, code, tried=route.tried))
    declines = tuple(_passed(decline) for decline in route.declined)
    silent = unanswered(plan, route.lead, route.asked)
    return Decision(
        route=_route(
            staffing.post,
            round_=route.round + 1,
            asked=route.asked if same else (),
            declined=route.declined,
            final=final,
            now=now,
        ),
        lead=staffing.post,
        outcome=_outcome(staffing, otherwise=Outcome.REOFFERED),
        passed_over=(*declines, *silent, *staffing.passed_over),
        unfilled=staffing.unfilled,
        resumes=same,
    )


def _outcome(staffing: Staffing, *, otherwise: Outcome) -> Outcome:
    return Outcome.FALLBACK if staffing.passed_over else otherwise


def _route(
    post: Post,
    *,
    round_: int,
    asked: tuple[Asked, ...],
    declined: tuple[Decline, ...],
    final: bool = False,
    now: datetime,
) -> Route:
    person = None if post.person is None else post.person.id
    # A desk that is asked again keeps the instant it was asked first.
    known = any(one.person == person for one in asked)
    return Route(
        round=round_,
        lead=post.department.code,
        person=person,
        asked=asked if known else (*asked, Asked(person, now)),
        declined=declined,
        final=final,
    )


def _declines(declined: Iterable[Decline], following: Next) -> tuple[Passed, ...]:
    """Join why a department declined with why it is not asked now, one entry per department."""
    entries = {decline.department: _passed(decline) for decline in declined}
    for passed in following.passed_over:
        known = entries.get(passed.candidate)
        if known is None:
            entries[passed.candidate] = passed
        else:
            entries[passed.candidate] = Passed(passed.candidate, f"{ALREADY_TRIED}, {known.reason}")
    return tuple(entries.values())


def _passed(decline: Decline) -> Passed:
    return Passed(decline.department, f"declined: {decline.reason}")


def co_posts(
    plan: Plan, codes: Iterable[str], *, now: datetime
) -> tuple[tuple[Post, ...], tuple[Passed, ...]]:
    """Return where each co-handler's part goes, and what was missing on the way.

    A co-handler on call of whom nobody is on duty is offered its part as a department.
    """
    posts: list[Post] = []
    passed: list[Passed] = []
    for code in codes:
        department = plan.departments.get(code)
        if department is None:
            passed.append(Passed(code, NOT_IN_PLAN))
            continue
        post = post_of(plan, department, now=now)
        if post is None:
            passed.append(Passed(code, "nobody on duty, offered to the department"))
        posts.append(post or Post(department))
    return tuple(posts), tuple(passed)
