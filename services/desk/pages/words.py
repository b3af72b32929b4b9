"""What the pages say, in both languages: `words.toml`, read once."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from schemas.words.form import Words
from services.desk.pages.language import Language


def _read() -> dict[str, Words]:
    tables = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return {
        f"{table}.{name}": Words(zh=chinese, en=english)
        for table, pairs in tables.items()
        for name, (chinese, english) in pairs.items()
    }


WORDS: Final[Mapping[str, Words]] = _read()
"""By `table.name`; braces stand for what `say` is given."""


def say(language: Language, name: str, /, **values: object) -> str:
    """Return what a name says, filled with these values. Raises `KeyError` for an unknown one."""
    return told(language, WORDS[name]).format(**values)


def told(language: Language, words: Words) -> str:
    """Return a pair of words in this language."""
    return language.of(words.zh, words.en)
