"""What somebody who was let in may do at a door, and which roles bring it. Standard library only.

A scope opens a kind of door. Whose things are behind it is another question: an actor's parties,
sources and areas answer it, and what may be commanded is `MAY` of `schemas/roles.py`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from schemas.roles import ActingRole


class Scope(StrEnum):
    """A kind of door: what is behind it, and whether it is read or changed."""

    REPORTS_WRITE = "reports.write"
    REPORTS_READ = "reports.read"
    CASES_READ = "cases.read"
    ANSWERS_WRITE = "answers.write"
    COMMANDS_WRITE = "commands.write"
    PLAN_READ = "plan.read"
    PEOPLE_MANAGE = "people.manage"
    METRICS_READ = "metrics.read"
    DELIVERIES_MANAGE = "deliveries.manage"
    DEAD_LETTERS_MANAGE = "dead-letters.manage"


_WORKS_ON_CASES: Final = frozenset({Scope.CASES_READ, Scope.COMMANDS_WRITE})
_HANDLES: Final = _WORKS_ON_CASES | {Scope.ANSWERS_WRITE}
_DIRECTS: Final = _WORKS_ON_CASES | {Scope.REPORTS_READ, Scope.PLAN_READ}

SCOPES: Final[dict[ActingRole, frozenset[Scope]]] = {
    ActingRole.COLLECTOR: _HANDLES | {Scope.REPORTS_READ, Scope.REPORTS_WRITE},
    ActingRole.ACCEPTOR: _DIRECTS | {Scope.REPORTS_WRITE},
    ActingRole.SHIFT_LEAD: _DIRECTS,
    ActingRole.DISPATCHER: _DIRECTS,
    ActingRole.DEPARTMENT: _HANDLES,
    ActingRole.HANDLER: _HANDLES,
    ActingRole.EVALUATOR: _WORKS_ON_CASES | {Scope.PLAN_READ},
    ActingRole.SUPERVISOR: _DIRECTS | {Scope.ANSWERS_WRITE},
    # Who lets people in sees no case by that, and who watches machines neither.
    ActingRole.ADMINISTRATOR: frozenset(
        {
            Scope.PEOPLE_MANAGE,
            Scope.PLAN_READ,
            Scope.DELIVERIES_MANAGE,
            Scope.DEAD_LETTERS_MANAGE,
        }
    ),
    ActingRole.OPERATOR: frozenset({Scope.METRICS_READ, Scope.PLAN_READ}),
}
"""What a role opens."""

SEES_ALL: Final = frozenset(
    {
        ActingRole.ACCEPTOR,
        ActingRole.SHIFT_LEAD,
        ActingRole.DISPATCHER,
        ActingRole.EVALUATOR,
        ActingRole.SUPERVISOR,
    }
)
"""Roles that read the cases of every party; everybody else those of their own."""


def scopes_of(roles: Iterable[ActingRole]) -> frozenset[Scope]:
    """Return what somebody in these roles may open.

    >>> sorted(scopes_of([ActingRole.OPERATOR]))
    [<Scope.METRICS_READ: 'metrics.read'>, <Scope.PLAN_READ: 'plan.read'>]
    """
    return frozenset[Scope]().union(*(SCOPES[role] for role in roles))
