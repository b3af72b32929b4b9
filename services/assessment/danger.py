"""Whether a text tells of danger to life, by the plan's words and not where they are denied."""

import re
from collections.abc import Iterable
from typing import Final

from schemas.folding import fold
from schemas.plan import Danger
from services.assessment.negation import is_meant

_ENDS: Final = re.compile(r"[,.;!?\uff0c\uff1b\uff01\uff1f\u3002\n]")
"""What ends a part of a sentence."""


class DangerWords:
    """The words of danger of a plan, as they are looked for."""

    def __init__(self, danger: Danger) -> None:
        """Take the words once per plan; with an empty list nothing is found."""
        zh, en = (
            "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
            for words in (danger.words_zh, danger.words_en)
        )
        parts = [f"(?:{zh})"] if zh else []
        parts += [f"(?<![a-z0-9])(?:{en})(?![a-z0-9])"] if en else []
        self._pattern = re.compile("|".join(parts)) if parts else None
        self._beside = {fold(word): near for word, near in danger.beside.items()}

    def first_in(self, text: str, *, within: Iterable[str] = ()) -> str | None:
        """Return the first word of danger that a text has and means.

        One that stands `within` one of these longer words is none: whose case is about "barbecue
        smoke" knows of the smoke. Nor is one `beside` one of its near words, by the plan.
        """
        if self._pattern is None:
            return None
        folded = fold(text)
        known = [
            longer.span()
            for word in within
            for longer in re.finditer(re.escape(fold(word)), folded)
        ]
        for word in self._pattern.finditer(folded):
            start, end = word.span()
            is_known = any(begin <= start and end <= over for begin, over in known)
            if not is_known and is_meant(folded, start, end) and not self._is_usual(word):
                return word[0]
        return None

    def _is_usual(self, word: re.Match[str]) -> bool:
        """Tell whether the part of the sentence in which a word stands says what it is of."""
        text, near = word.string, self._beside.get(word[0], ())
        ended = _ENDS.search(text, word.end())
        begun = max((end.end() for end in _ENDS.finditer(text, 0, word.start())), default=0)
        part = text[begun : len(text) if ended is None else ended.start()]
        return any(one in part for one in near)
