"""Under which terms a text is found, in Chinese and in any script with words.

Chinese is cut into pairs of neighbouring characters, since nothing tells where a word ends; the
last character of a run stands alone as well. What has words is cut into these. So a text is found
by any two neighbouring characters of it, by one, and by the beginning of a word.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from schemas.folding import fold
from services.desk.bounds import LONGEST_TERM, MOST_TERMS, MOST_WANTED_TERMS, SHORTEST_BEGINNING

_CUT: Final = (
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff"
)
"""Scripts without blanks between words."""
_RUNS: Final = re.compile(rf"(?P<cut>[{_CUT}]+)|(?P<word>[^\W_{_CUT}]+)")


class Wanted(NamedTuple):
    """A term that is looked for: exactly, or as the beginning of one."""

    text: str
    is_beginning: bool


def terms_of(texts: Iterable[str]) -> str:
    """Return the terms of some texts, each once, in order, with blanks between.

    >>> terms_of(["消防通道 Fire lane"])
    'fire lane 消防 通道 道 防通'
    """
    found: set[str] = set()
    for text in texts:
        for run, is_cut in _runs(text):
            found |= {*_pairs(run), run[-1]} if is_cut else {run[:LONGEST_TERM]}
            if len(found) >= MOST_TERMS:
                return " ".join(sorted(found)[:MOST_TERMS])
    return " ".join(sorted(found))


def wanted_in(text: str) -> tuple[Wanted, ...]:
    """Return what a text looked for demands, all of it; nothing for one without a term.

    >>> [term.text for term in wanted_in("消防通道, FIRE")]
    ['消防', '防通', '通道', 'fire']
    """
    found: list[Wanted] = []
    for run, is_cut in _runs(text):
        if not is_cut:
            found.append(Wanted(run[:LONGEST_TERM], len(run) >= SHORTEST_BEGINNING))
        elif len(run) == 1:
            found.append(Wanted(run, is_beginning=True))
        else:
            found.extend(Wanted(pair, is_beginning=False) for pair in _pairs(run))
    return tuple(dict.fromkeys(found))[:MOST_WANTED_TERMS]


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    for run in _RUNS.finditer(fold(text)):
        yield run[0], run["cut"] is not None


def _pairs(run: str) -> Iterator[str]:
    return (run[at : at + 2] for at in range(len(run) - 1))
