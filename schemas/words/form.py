"""Sentences in the house's two languages, each filled from the fact that it tells of."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The same thing said in English and in Chinese.

    A form has holes, `{result}` or `{case.title}`, which name where in what it tells of the value
    stands.
    """

    en: str
    zh: str


def holes(form: Words) -> frozenset[Path]:
    """Return what a form asks for, in either language.

    >>> holes(Words("{case.title}", "无"))
    frozenset({('case', 'title')})
    """
    parsed = (*_parsed(form.en), *_parsed(form.zh))
    return frozenset(path for _, path in parsed if path)


def joined(form: Words, values: dict[Path, Words]) -> Words:
    """Return a form with its holes filled in.

    >>> us = Words("us", "我们")
    >>> joined(Words("by {who}", "由{who}"), {("who",): us})
    Words(en='by us', zh='由我们')
    """
    en = [text + (values[path].en if path else "") for text, path in _parsed(form.en)]
    zh = [text + (values[path].zh if path else "") for text, path in _parsed(form.zh)]
    return Words("".join(en), "".join(zh))


def listed(several: Iterable[Words]) -> Words:
    """Return several words as one list.

    >>> listed([Words("a", "甲"), Words("b", "乙")])
    Words(en='a, b', zh='甲、乙')
    """
    found = [*several]
    return Words(", ".join(one.en for one in found), "、".join(one.zh for one in found))


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[tuple[str, Path], ...]:
    """Return the pieces of a form, each a text and the hole behind it, if there is one."""
    parsed = Formatter().parse(text)
    return tuple(
        (before, tuple((name or "").split(".")) if name else ()) for before, name, *_ in parsed
    )
