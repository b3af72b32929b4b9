"""The roles of people who act, and which may command or answer what. Standard library only.

A role is what the sender of a command says of its person (`acting.roles`); one that is not here
gives no right.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from schemas.vocabulary import REPORTERS, SUPERVISION, CommandKind, RequestKind, Role, Word


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
    CommandKind.ADD_CO_HANDLER: OF_A_DEPARTMENT | {ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD},
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

_CHECKS: Final = frozenset({ActingRole.SUPERVISOR, ActingRole.COLLECTOR})
_NOBODY: Final = frozenset[ActingRole]()

_BY_SUPERVISION: Final = {
    Word.CHECK_PASSED: _CHECKS,
    Word.CHECK_FAILED: _CHECKS,
    Word.REOPEN: _CHECKS,
}
# Reporters speak by the system they reported through: nobody with a role is one of them.
_BY_REPORTERS: Final = {
    Word.REOPEN: _NOBODY,
    Word.WITHDRAW: _NOBODY,
    Word.RATE: _NOBODY,
}
_BY_DEPARTMENTS: Final = dict.fromkeys(
    [word for word in Word if word not in _BY_SUPERVISION and word not in _BY_REPORTERS],
    OF_A_DEPARTMENT,
)

OF_A_PART: Final[dict[Role, frozenset[Word]]] = {
    Role.LEAD: frozenset(_BY_DEPARTMENTS),
    Role.CO_HANDLER: frozenset(_BY_DEPARTMENTS) - {Word.BLOCKED, Word.UNBLOCKED},
}
"""What a department may say at all that leads a case, or helps with it."""

SECOND_FACTOR: Final = _DECIDES | {ActingRole.ADMINISTRATOR}
"""Roles that a password alone does not bring: who decides what others ask for, who lets in."""


def may(kind: CommandKind, roles: Iterable[str]) -> bool:
    """Tell whether somebody in these roles may command this.

    >>> may(CommandKind.ANNOTATE, []), may(CommandKind.REASSIGN, ["handler"])
    (True, False)
    """
    asked = MAY[kind]
    return asked is ANYBODY or not asked.isdisjoint(roles)


def is_for_the_lead(asked: frozenset[ActingRole], roles: Iterable[str]) -> bool:
    """Tell whether somebody in these roles has a right only for the department that leads.

    `asked` are the roles of the right.

    >>> adds = MAY[CommandKind.ADD_CO_HANDLER]
    >>> is_for_the_lead(adds, ["handler"]), is_for_the_lead(adds, ["handler", "dispatcher"])
    (True, False)
    """
    return not asked.isdisjoint(OF_A_DEPARTMENT) and (asked - OF_A_DEPARTMENT).isdisjoint(roles)


def answers_of(party: str) -> Mapping[Word, frozenset[ActingRole]]:
    """Return what a party may say at all, each with the roles of those who may say it for it.

    >>> sorted(answers_of("reporters"))
    [<Word.RATE: 'rate'>, <Word.REOPEN: 'reopen'>, <Word.WITHDRAW: 'withdraw'>]
    """
    if party == SUPERVISION:
        return _BY_SUPERVISION
    return _BY_REPORTERS if party == REPORTERS else _BY_DEPARTMENTS
