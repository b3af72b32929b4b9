"""Whether a text tells of danger to life, by the plan's words and not where they are denied."""

import re
from collections.abc import Iterable

from schemas.folding import fold
from schemas.plan import Danger
from services.intake.domain.negation import is_meant


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

    def first_in(self, text: str, *, within: Iterable[str] = ()) -> str | None:
        """Return the first word of danger that a text has and means.

        One that stands `within` one of these longer words is none: whose case is about "barbecue
        smoke" knows of the smoke.
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
            if not is_known and is_meant(folded, start, end):
                return word[0]
        return None
