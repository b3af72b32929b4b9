"""Sentences in the house's two languages, filled in once for both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

_LOCAL = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Words:
    """The same thing said in English and in Chinese."""

    en: str
    zh: str


def filled(form: Words, *, zone: ZoneInfo, values: dict[str, object]) -> Words:
    """Return a form with its `{names}` filled in: instants in local time, `Words` per language.

    >>> us = Words("us", "我们")
    >>> filled(Words("by {who}", "由{who}"), zone=ZoneInfo("UTC"), values={"who": us})
    Words(en='by us', zh='由我们')
    """
    return Words(
        en=form.en.format(**{name: _said(v, "en", zone) for name, v in values.items()}),
        zh=form.zh.format(**{name: _said(v, "zh", zone) for name, v in values.items()}),
    )


def _said(value: object, language: Literal["en", "zh"], zone: ZoneInfo) -> str:
    if isinstance(value, Words):
        return value.zh if language == "zh" else value.en
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime(_LOCAL)
    return str(value)
