"""The roles of people who act, and which of them may command what. Standard library only.

A role is what the sender of a command says of its person (`acting.roles`); one that is not here
gives no right.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from schemas.vocabulary import CommandKind, RequestKind


class ActingRole(StrEnum):
    """In which office a person acts (domain handbook, 1.4)."""

    COLLECTOR = "collector"
    ACCEPTOR = "acceptor"
    SHIFT_LEAD = "shift_lead"
    DISPATCHER = "dispatcher"
    DEPARTMENT = "department"
    HANDLER = "handler"
    EVALUATOR = "evaluator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    """Lets people and systems in; decides nothing about a case."""
    OPERATOR = "operator"
    """Keeps the machines running."""


ANYBODY: Final[frozenset[ActingRole]] = frozenset()
"""No role is asked for."""

OF_A_DEPARTMENT: Final = frozenset({ActingRole.HANDLER, ActingRole.DEPARTMENT})
"""Roles in which somebody speaks for the department that has a case."""

ASKS: Final[dict[RequestKind, frozenset[ActingRole]]] = {
    RequestKind.SUSPENSION: OF_A_DEPARTMENT | {ActingRole.DISPATCHER},
    RequestKind.EXTENSION: OF_A_DEPARTMENT | {ActingRole.DISPATCHER},
    RequestKind.FORCE_CLOSE: OF_A_DEPARTMENT | {ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD},
    RequestKind.APPEAL: OF_A_DEPARTMENT,
}
"""Who may ask for what."""

_DECIDES: Final = frozenset({ActingRole.SUPERVISOR, ActingRole.SHIFT_LEAD})

MAY: Final[dict[CommandKind, frozenset[ActingRole]]] = {
    CommandKind.ANNOTATE: ANYBODY,
    CommandKind.REASSIGN: frozenset({ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD}),
    CommandKind.CORRECT: frozenset(
        {ActingRole.ACCEPTOR, ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD}
    ),
    CommandKind.ADD_CO_HANDLER: frozenset({ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD}),
    CommandKind.DROP_CO_HANDLER: frozenset({ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD}),
    CommandKind.SUPERVISE: frozenset({ActingRole.SUPERVISOR, ActingRole.SHIFT_LEAD}),
    CommandKind.UNSUPERVISE: frozenset({ActingRole.SUPERVISOR, ActingRole.SHIFT_LEAD}),
    CommandKind.REQUEST: frozenset[ActingRole]().union(*ASKS.values()),
    CommandKind.WITHDRAW_REQUEST: frozenset[ActingRole]().union(*ASKS.values()),
    CommandKind.APPROVE: _DECIDES,
    CommandKind.REFUSE: _DECIDES,
    CommandKind.RESUME: frozenset({ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD}),
    # Whoever dispatches may only dispatch: what a department declined, it cannot make disappear.
    CommandKind.REFUSE_REOPENING: frozenset({ActingRole.SUPERVISOR, ActingRole.SHIFT_LEAD}),
    CommandKind.MERGE: frozenset({ActingRole.ACCEPTOR, ActingRole.SHIFT_LEAD}),
    CommandKind.UNMERGE: frozenset({ActingRole.ACCEPTOR, ActingRole.SHIFT_LEAD}),
    CommandKind.DISMISS: frozenset({ActingRole.ACCEPTOR, ActingRole.SHIFT_LEAD}),
    CommandKind.WITHDRAW: frozenset({ActingRole.ACCEPTOR, ActingRole.SHIFT_LEAD}),
}
"""Who may command what."""

SECOND_FACTOR: Final = _DECIDES | {ActingRole.ADMINISTRATOR}
"""Roles that a password alone does not bring: who decides what others ask for, who lets in."""


def may(kind: CommandKind, roles: Iterable[str]) -> bool:
    """Tell whether somebody in these roles may command this.

    >>> may(CommandKind.ANNOTATE, []), may(CommandKind.REASSIGN, ["handler"])
    (True, False)
    """
    asked = MAY[kind]
    return asked is ANYBODY or not asked.isdisjoint(roles)
