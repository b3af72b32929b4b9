"""Sentences in the house's two languages, with holes for what they tell of."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from string import Formatter
from typing import NamedTuple

Path = tuple[str, ...]


class Words(NamedTuple):
    """The same thing said in English and in Chinese.

    A form has holes, `{result}` or `{case.title}`, which name where in what it tells of the value
    stands.
    """

    en: str
    zh: str


Said = Words | str
"""What fills a hole; a text is the same in both languages."""


class Compiled(NamedTuple):
    """A form made ready: its holes, and each language's text with the order of its holes."""

    holes: tuple[Path, ...]
    en: tuple[str, tuple[int, ...]]
    zh: tuple[str, tuple[int, ...]]


@lru_cache(maxsize=256)
def compiled(form: Words) -> Compiled:
    """Return a form made ready; forms are few, and filled in for every event.

    >>> compiled(Words("{case.title}", "无")).holes
    (('case', 'title'),)
    """
    en, zh = [*Formatter().parse(form.en)], [*Formatter().parse(form.zh)]
    names = [*dict.fromkeys(name for _, name, *_ in (*en, *zh) if name)]

    def ready(
        parsed: list[tuple[str, str | None, str | None, str | None]],
    ) -> tuple[str, tuple[int, ...]]:
        text = "".join(
            before.replace("%", "%%") + ("%s" if name else "") for before, name, *_ in parsed
        )
        return text, tuple(names.index(name) for _, name, *_ in parsed if name)

    return Compiled(tuple(tuple(name.split(".")) for name in names), ready(en), ready(zh))


def joined(form: Compiled, said: Sequence[Said]) -> Words:
    """Return a form with its holes filled in, in their order.

    >>> joined(compiled(Words("by {who}", "由{who}")), [Words("us", "我们")])
    Words(en='by us', zh='由我们')
    """
    (en, en_order), (zh, zh_order) = form.en, form.zh
    both = [(one, one) if isinstance(one, str) else one for one in said]
    return Words(
        en % tuple([both[i][0] for i in en_order]), zh % tuple([both[i][1] for i in zh_order])
    )


def listed(several: Iterable[Said]) -> Words:
    """Return several words as one list.

    >>> listed([Words("a", "甲"), "b"])
    Words(en='a, b', zh='甲、b')
    """
    found = [one if isinstance(one, Words) else Words(one, one) for one in several]
    return Words(", ".join(one.en for one in found), "、".join(one.zh for one in found))
