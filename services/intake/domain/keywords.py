"""What a text tells of, by the plan's keywords in Chinese and English."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.folding import fold
from schemas.plan import Category


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword as the plan writes it, as it is looked for, and the category it leads to."""

    word: str
    folded: str
    category: str
    whole_words: re.Pattern[str] | None = None

    def occurs_in(self, folded: str) -> bool:
        """Tell whether a folded text has the keyword; English only as whole words."""
        # The plain search first: it settles nearly every keyword and costs a tenth.
        if self.folded not in folded:
            return False
        return self.whole_words is None or self.whole_words.search(folded) is not None


class KeywordIndex:
    """All keywords of a plan, longest first, then in the plan's order."""

    def __init__(self, categories: Iterable[Category]) -> None:
        """Fold and sort every keyword once."""
        # The sort is stable: of two keywords of one length the plan's first stays first.
        self._keywords = tuple(sorted(_keywords(categories), key=lambda k: -len(k.folded)))

    def longest_in(self, text: str) -> Keyword | None:
        """Return the longest keyword that occurs in a text, None when there is none."""
        folded = fold(text)
        return next((k for k in self._keywords if k.occurs_in(folded)), None)


def _keywords(categories: Iterable[Category]) -> Iterator[Keyword]:
    for category in categories:
        for word in category.keywords_zh:
            yield Keyword(word, fold(word), category.code)
        for word in category.keywords_en:
            folded = fold(word)
            yield Keyword(word, folded, category.code, _whole_words(folded))


def _whole_words(folded: str) -> re.Pattern[str]:
    # Not \b: a Chinese character beside an English word is a boundary, and to `re` it is a letter.
    return re.compile(rf"(?<![a-z0-9]){re.escape(folded)}(?![a-z0-9])")
