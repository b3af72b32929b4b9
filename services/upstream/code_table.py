"""A city's own words and the codes they stand for: exact, in any case, or with wildcards."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from schemas.folding import fold
from services.upstream.bounds import MOST_REMEMBERED

SEPARATOR: Final = " > "
"""Between a kind and its detail in one key: `Noise > Barking dog`."""

ITSELF: Final = "*"
"""The code of a key whose text is the code already."""

_Levels = tuple[str, ...]


class CodeTable:
    """Looks words up; the more levels a key names the sooner it counts.

    Among keys of as many levels: the very text, then the text in any case, then the first in the
    file whose wildcards fit. A code of `*` takes the text itself, an empty code means none.
    """

    def __init__(self, codes: Mapping[str, str]) -> None:
        """Sort the keys into those to look up and those to try one by one."""
        self._exact: dict[_Levels, str] = {}
        self._folded: dict[_Levels, str] = {}
        self._patterns: list[tuple[tuple[re.Pattern[str], ...], str]] = []
        self._remembered: dict[_Levels, str | None] = {}
        for key, code in codes.items():
            levels = tuple(key.split(SEPARATOR))
            if "*" in key:
                self._patterns.append((tuple(map(pattern_of, levels)), code))
            else:
                self._exact[levels] = code
                self._folded.setdefault(_folded(levels), code)

    def knows(self, *words: str) -> bool:
        """Tell whether a key fits these words, its code may be empty."""
        return self._code(words) is not None

    def find(self, *words: str) -> str | None:
        """Return the code of words, the kind first; None when no key fits or the code is empty.

        >>> CodeTable({"Noise*": "NOISE", "Noise > *dog*": "DOG"}).find("Noise", "Barking Dog")
        'DOG'
        """
        return self._code(words) or None

    def _code(self, words: _Levels) -> str | None:
        """Return the code, which may be empty, or None when no key fits."""
        if words not in self._remembered:
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[words] = self._look_up(words)
        return self._remembered[words]

    def _look_up(self, words: _Levels) -> str | None:
        for length in range(len(words), 0, -1):
            levels = words[:length]
            code = self._exact.get(levels)
            if code is None:
                code = self._folded.get(_folded(levels))
            if code is None:
                code = self._fitting(levels)
            if code is not None:
                return levels[-1] if code == ITSELF else code
        return None

    def _fitting(self, levels: _Levels) -> str | None:
        folded = _folded(levels)
        for patterns, code in self._patterns:
            if len(patterns) == len(folded) and all(
                pattern.fullmatch(text) for pattern, text in zip(patterns, folded, strict=True)
            ):
                return code
        return None


def pattern_of(text: str) -> re.Pattern[str]:
    """Return the pattern of a text in which `*` stands for anything; it fits folded text."""
    return re.compile(".*".join(map(re.escape, fold(text).split("*"))), re.DOTALL)


def _folded(levels: Iterable[str]) -> _Levels:
    return tuple(map(fold, levels))
