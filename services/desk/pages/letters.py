"""Which letter after `g` leads to which page of the frame."""

from collections.abc import Mapping
from typing import Final

LETTERS: Final[Mapping[str, str]] = {
    "overview": "v",
    "map": "m",
    "duty": "c",
    "to_sign": "s",
    "mine": "i",
    "ours": "o",
    "late": "l",
    "unheld": "n",
    "triage": "t",
    "unplaced": "w",
    "returned": "r",
    "requested": "d",
    "supervised": "u",
    "open": "a",
    "people": "p",
    "keys": "k",
    "open_sessions": "e",
    "plan_in_use": "f",
    "processes": "h",
    "deliveries": "b",
    "dead_letters": "x",
    "audit": "j",
}
"""By the name of a list or a place; one letter is never that of two."""
