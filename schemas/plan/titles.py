"""Which titles of categories lead free text to them, as keywords do."""

from collections import Counter
from collections.abc import Iterable

from schemas.folding import fold
from schemas.plan.model import Category
from schemas.vocabulary import FALLBACK_CATEGORY

_SHORTEST = 2


def leading_titles(categories: Iterable[Category]) -> list[tuple[str, str]]:
    """Return each title that leads to its category, with the category's code.

    Not among them: the titles of the catch-all, which say nothing; titles of one character, which
    are part of too many words; what two categories are called; and what is a keyword already.
    """
    every = tuple(categories)
    bearers = Counter(fold(title) for one in every for title in titles_of(one))
    taken = {fold(word) for one in every for word in (*one.keywords_zh, *one.keywords_en)}
    return [
        (title, one.code)
        for one in every
        if one.code != FALLBACK_CATEGORY
        for title in titles_of(one)
        if len(fold(title)) >= _SHORTEST and bearers[fold(title)] == 1 and fold(title) not in taken
    ]


def titles_of(category: Category) -> tuple[str, ...]:
    """Return what a category is called, once where both languages say the same."""
    zh, en = category.title_zh, category.title_en
    return (zh,) if fold(zh) == fold(en) else (zh, en)
