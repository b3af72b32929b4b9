"""The lists that each role begins with, the first of which it sees first.

A queue is a filter with a name; its address is the filter, so that one can be kept and sent on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from schemas.roles import OF_A_DEPARTMENT, ActingRole
from services.access.actor import Actor

PATH: Final = "/cases"


@dataclass(frozen=True, slots=True)
class Queue:
    """A list with a name; `query` are parameters of `GET /cases`."""

    name: str
    query: Mapping[str, str]

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{PATH}?{urlencode(self.query)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A queue in the frame of a page: how many cases it has, and whether it is shown."""

    queue: Queue
    counted: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTab:
    """A list that somebody keeps under a name; `counted` is empty where it is not counted."""

    number: int
    name: str
    address: str
    counted: str
    is_current: bool


_TO_SIGN: Final = Queue("to_sign", {"unsigned": "true"})
_MINE: Final = Queue("mine", {"mine": "true", "open": "true"})
_OURS: Final = Queue("ours", {"open": "true"})
_LATE: Final = Queue("late", {"late": "true"})
_UNHELD: Final = Queue("unheld", {"unheld": "true"})
_TRIAGE: Final = Queue("triage", {"triage": "true", "open": "true"})
_UNPLACED: Final = Queue("unplaced", {"unplaced": "true"})
_RETURNED: Final = Queue("returned", {"state": "returned"})
_REQUESTED: Final = Queue("requested", {"requested": "true"})
_SUPERVISED: Final = Queue("supervised", {"supervised": "true", "open": "true"})
_OPEN: Final = Queue("open", {"open": "true"})

_OF_THE_CENTRE: Final = (
    *(_UNHELD, _TRIAGE, _UNPLACED, _RETURNED, _REQUESTED),
    *(_LATE, _SUPERVISED, _OPEN),
)
_OF_A_DEPARTMENT: Final = (_TO_SIGN, _MINE, _OURS, _LATE)
_QUEUES: Final[Mapping[ActingRole, tuple[Queue, ...]]] = {
    **dict.fromkeys(OF_A_DEPARTMENT, _OF_A_DEPARTMENT),
    ActingRole.COLLECTOR: _OF_A_DEPARTMENT,
    ActingRole.ACCEPTOR: (
        *(_TRIAGE, _UNPLACED, _UNHELD, _REQUESTED),
        *(_LATE, _SUPERVISED, _OPEN),
    ),
    ActingRole.DISPATCHER: _OF_THE_CENTRE,
    ActingRole.SHIFT_LEAD: (_REQUESTED, *(one for one in _OF_THE_CENTRE if one is not _REQUESTED)),
    ActingRole.SUPERVISOR: (_LATE, _REQUESTED, _SUPERVISED, _UNHELD, _OPEN),
    ActingRole.EVALUATOR: (_LATE, _SUPERVISED, _OPEN),
}


def queues_of(actor: Actor) -> tuple[Queue, ...]:
    """Return the lists of somebody, by their roles; somebody who has none of them sees `open`."""
    found = [queue for role in ActingRole if role in actor.roles for queue in _QUEUES.get(role, ())]
    unique = tuple({queue.name: queue for queue in found}.values())
    # Who sees every case has no department of their own to list beside all.
    return tuple(q for q in unique if not (actor.sees_all and q is _OURS)) or (_OPEN,)
