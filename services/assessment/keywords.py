"""What a text tells of, by the plan's keywords and titles in Chinese and English."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.folding import fold
from schemas.plan import Category, leading_titles
from services.assessment.negation import is_meant


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword as the plan writes it, as it is looked for, and the category it leads to.

    `whole_words` tells that letters and digits beside it make it another word. `is_title` tells
    that it is only the category's name, which may be as broad as "parks".
    """

    word: str
    folded: str
    category: str
    whole_words: bool
    is_title: bool = False

    def is_meant_in(self, folded: str) -> bool:
        """Tell whether a folded text has the keyword and means it, at one place at least."""
        start = folded.find(self.folded)
        while start >= 0:
            end = start + len(self.folded)
            if self._stands_alone(folded, start, end) and is_meant(folded, start, end):
                return True
            start = folded.find(self.folded, start + 1)
        return False

    def _stands_alone(self, folded: str, start: int, end: int) -> bool:
        # A Chinese character beside an English word is a boundary, so only ASCII counts.
        beside = folded[max(0, start - 1) : start], folded[end : end + 1]
        return not self.whole_words or not any(one.isascii() and one.isalnum() for one in beside)


class KeywordIndex:
    """All keywords of a plan, longest first, then keywords before titles, then the plan's order."""

    def __init__(self, categories: Iterable[Category]) -> None:
        """Fold and sort every keyword once."""
        every = tuple(categories)
        # The sort is stable: of two keywords of one length the plan's first stays first.
        found = sorted((*_keywords(every), *_titles(every)), key=lambda k: -len(k.folded))
        self._keywords = tuple((keyword.folded, keyword) for keyword in found)

    def longest_in(self, text: str) -> Keyword | None:
        """Return the longest keyword that a text has and does not deny, None without any."""
        folded = fold(text)
        # `in` first: it settles nearly every keyword, and costs a quarter of a call.
        return next(
            (k for word, k in self._keywords if word in folded and k.is_meant_in(folded)), None
        )


def _keywords(categories: Iterable[Category]) -> Iterator[Keyword]:
    for category in categories:
        for words, is_english in ((category.keywords_zh, False), (category.keywords_en, True)):
            for word in words:
                yield Keyword(word, fold(word), category.code, whole_words=is_english)


def _titles(categories: Iterable[Category]) -> Iterator[Keyword]:
    for title, code in leading_titles(categories):
        folded = fold(title)
        # By its letters, not its field: a city of one language writes one title in both.
        yield Keyword(title, folded, code, whole_words=folded.isascii(), is_title=True)
