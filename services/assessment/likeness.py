"""What of two reports' texts is compared, and how alike their words are."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

from schemas.folding import fold

MOST_COMPARED: Final = 300
"""Characters of a description; what a thing is stands at its beginning."""

_REMEMBERED: Final = 512
"""Texts whose pieces are at hand, 30 kB each at most: a case is compared with many reports."""

_UNSAID: Final = re.compile(r"[\W_]+")
_HAN: Final = "\u3400-\u9fff"
_WORDS: Final = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")


def comparable_address(address: str | None) -> str | None:
    """Return an address without case, width, spaces and punctuation; None when nothing is left.

    >>> comparable_address("人民路 12号"), comparable_address("12, Main  St.")
    ('人民路12号', '12mainst')
    """
    return _UNSAID.sub("", fold(address or "")) or None


def comparable_words(description: str | None) -> str | None:
    """Return the beginning of a description as it is compared; None when it has no words."""
    folded = fold(description or "")[:MOST_COMPARED]
    return folded if _WORDS.search(folded) else None


def likeness(one: str, other: str) -> float:
    """Return how many of their words two comparable texts share, of all: from 0 to 1 (Dice).

    Chinese writes no spaces, so there each two neighbouring characters count as a word.

    >>> likeness("street light out", "the street light is out"), likeness("路灯不亮", "路灯坏了")
    (0.75, 0.3333333333333333)
    """
    mine, others = _pieces(one), _pieces(other)
    return 2 * len(mine & others) / ((len(mine) + len(others)) or 1)


@lru_cache(maxsize=_REMEMBERED)
def _pieces(text: str) -> frozenset[str]:
    found: set[str] = set()
    for run in _WORDS.findall(text):
        if run[0] < "\u3400" or run[0] > "\u9fff" or len(run) == 1:
            found.add(run)
        else:
            found.update([one + other for one, other in pairwise(run)])
    return frozenset(found)
