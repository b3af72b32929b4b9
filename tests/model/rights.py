"""Who may say what, and in which states, as the handbook and the pages say it; data only.

Nothing of this is taken from the product's tables: what differs from them is a fault of one.
"""

from dataclasses import dataclass
from typing import Final

TERMINAL: Final = {"not_accepted", "withdrawn", "archived"}
MERGED: Final = {"merged"}
"""Over, and may be taken apart again."""
CLOSED: Final = {"closed", "force_closed"}
HELD: Final = {"assigned", "accepted", "handling", "rework"}
"""A department has the case and is to do the work."""
OPEN: Final = HELD | {
    *("reported", "verifying", "registered", "returned", "consultation", "reopened"),
    *("suspended", "feedback", "inspecting", "pending_closure"),
}
UNSIGNED: Final = {"reported", "verifying", "registered", "assigned"}
"""Nobody has signed for the case yet."""
ALIVE: Final = OPEN | CLOSED | MERGED
"""Something can still happen."""

LEAD_WORDS: Final = {
    "accepted": {"assigned"},
    "declined": {"assigned", "accepted"},
    "started": {"accepted"},
    "progress": {"accepted", "handling", "rework"},
    "done": {"handling", "rework"},
    "blocked": {"accepted", "handling", "rework"},
    "unblocked": {*OPEN},
}
"""In which states of the case its lead may say what."""
HELPER_WORDS: Final = {
    "accepted": {"offered"},
    "declined": {"offered", "accepted"},
    "started": {"accepted"},
    "progress": {"accepted", "working"},
    "done": {"accepted", "working"},
}
"""With which status of its own part a co-handler may say what."""
HELPING: Final = HELD | {"returned", "feedback", "inspecting", "suspended"}
"""In which states of the case co-handlers are heard."""
OTHERS: Final = {
    "supervision": {
        "check_passed": {"feedback", "inspecting"},
        "check_failed": {"feedback", "inspecting"},
        "reopen": CLOSED,
    },
    "reporters": {"reopen": CLOSED, "withdraw": UNSIGNED, "rate": CLOSED},
}
"""What the parties that are no department may say, and in which states."""


@dataclass(frozen=True)
class Right:
    """Who may command something (None: anybody), in which states, and whether it waits.

    What `waits` is heard when the router has said who is next.
    """

    roles: frozenset[str] | None
    states: frozenset[str]
    waits: bool = False


def _right(roles: str | None, states: set[str], *, waits: bool = False) -> Right:
    return Right(None if roles is None else frozenset(roles.split()), frozenset(states), waits)


RIGHTS: Final = {
    "case.annotate": _right(None, ALIVE),
    "case.reassign": _right("dispatcher shift_lead", HELD, waits=True),
    "case.correct": _right("acceptor dispatcher shift_lead", HELD, waits=True),
    "case.add_co_handler": _right("handler department dispatcher shift_lead", HELD, waits=True),
    "case.drop_co_handler": _right("dispatcher shift_lead", HELD, waits=True),
    "case.supervise": _right("supervisor shift_lead", OPEN),
    "case.unsupervise": _right("supervisor shift_lead", ALIVE),
    "case.request": _right("handler department dispatcher shift_lead", ALIVE),
    "case.withdraw_request": _right("handler department dispatcher shift_lead", ALIVE | TERMINAL),
    "case.approve": _right("supervisor shift_lead", ALIVE | TERMINAL),
    "case.refuse": _right("supervisor shift_lead", ALIVE | TERMINAL),
    "case.dismiss": _right("acceptor shift_lead", HELD | {"suspended"}, waits=True),
    "case.withdraw": _right("acceptor shift_lead", UNSIGNED, waits=True),
    "case.merge": _right("acceptor shift_lead", HELD | {"suspended"}, waits=True),
    "case.unmerge": _right("acceptor shift_lead", MERGED),
    "case.refuse_reopening": _right("supervisor shift_lead", {"assigned", "accepted"}, waits=True),
    "case.resume": _right("dispatcher shift_lead", {"suspended"}),
}
"""The commands, one a row."""

ROLES: Final = (
    *("collector", "acceptor", "shift_lead", "dispatcher"),
    *("department", "handler", "evaluator", "supervisor", "mayor"),
)
"""All offices there are, and one that is none."""


@dataclass(frozen=True)
class Category:
    """What the plan says of a category: how urgent, whose part must be done, which proof."""

    urgency: str
    closing: str
    proofs: tuple[str, ...]


CATEGORIES: Final = {
    "E0506": Category("E", "2 of n", ("before_photo", "after_photo")),
    "E0505": Category("E", "all", ("before_photo", "after_photo", "report")),
    "E0112": Category("G", "lead", ("before_photo", "after_photo")),
    "E9999": Category("G", "lead", ("report",)),
}
UNNAMED: Final = {"E9999?": "G", "E9999!": "E"}
"""Reports that nobody could categorise, the second with a word of danger: how urgent each is."""
URGENCIES: Final = "EUGP"
"""The most pressing first."""
CHECKED: Final = {"E", "U"}
"""Of these urgencies somebody looks at the work again; the others' reports are no resident's."""
TIERS: Final = {
    "urban-management": "1",
    "police": "3",
    "fire": "3",
    "emergency-management": "N",
    "water": "N",
}
"""The departments that play, each with its place in 1+3+N."""
SIGN: Final[dict[str, tuple[str, int]]] = {
    "E": ("min", 5),
    "U": ("min", 15),
    "G": ("WH", 120),
    "P": ("min", 1440),
}
"""How long a staffed department has to sign, by urgency: the unit and the minutes."""
OFFER: Final = SIGN | {"G": ("min", 60)}
"""How long one person on duty has."""
FIRST_LEVEL: Final = {"E": 1, "U": 0, "G": 0, "P": 0}
TOP: Final = 3
