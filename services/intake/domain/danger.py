"""Whether a text tells of danger to life, by the plan's words and not where they are denied."""

import re
from typing import Final

from schemas.folding import fold
from schemas.plan import Danger

_DENIED_ZH: Final = (
    r"(?<!没)(?<!没有)(?<!沒)(?<!沒有)(?<!无)(?<!無)(?<!未)(?<!不)(?<!未见)(?<!不会)"
)
_DENIED_EN: Final = r"(?<!\bno )(?<!\bnot )(?<!\bnever )(?<!\bwithout )(?<!n't )(?<![a-z0-9])"


class DangerWords:
    """The words of danger of a plan, as they are looked for."""

    def __init__(self, danger: Danger) -> None:
        """Take the words once per plan; with an empty list nothing is found."""
        zh, en = (
            "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
            for words in (danger.words_zh, danger.words_en)
        )
        parts = [f"{_DENIED_ZH}(?:{zh})"] if zh else []
        parts += [f"{_DENIED_EN}(?:{en})(?![a-z0-9])"] if en else []
        self._pattern = re.compile("|".join(parts)) if parts else None

    def first_in(self, text: str) -> str | None:
        """Return the first word of danger that a text has and does not deny."""
        found = None if self._pattern is None else self._pattern.search(fold(text))
        return None if found is None else found[0]
