"""Sentences in the house's two languages, filled in once for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from string import Formatter
from zoneinfo import ZoneInfo

_MINUTES = len("2026-11-25 09:03")


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
    en: dict[str, str] = {}
    zh: dict[str, str] = {}
    for name in _names(form):
        value = values[name]
        if isinstance(value, Words):
            en[name], zh[name] = value.en, value.zh
        elif isinstance(value, datetime):
            en[name] = zh[name] = local_time(value, zone)
        else:
            en[name] = zh[name] = str(value)
    return Words(en=form.en.format(**en), zh=form.zh.format(**zh))


def listed(several: Iterable[Words]) -> Words:
    """Return several words as one list.

    >>> listed([Words("a", "甲"), Words("b", "乙")])
    Words(en='a, b', zh='甲、乙')
    """
    found = [*several]
    return Words(", ".join(one.en for one in found), "、".join(one.zh for one in found))


@lru_cache(maxsize=1_024)
def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as people there read it, with the offset, which readers elsewhere need.

    >>> local_time(datetime.fromisoformat("2026-11-25T01:03Z"), ZoneInfo("Asia/Shanghai"))
    '2026-11-25 09:03 +08:00'
    """
    # What one batch decides starts clocks at one instant, and most limits are the same.
    told = instant.astimezone(zone).isoformat(sep=" ", timespec="minutes")
    return f"{told[:_MINUTES]} {told[_MINUTES:]}"


@lru_cache(maxsize=256)
def _names(form: Words) -> tuple[str, ...]:
    """Return the names a form asks for; forms are few, and filled in for every event."""
    parsed = (*Formatter().parse(form.en), *Formatter().parse(form.zh))
    return tuple(sorted({name for _, name, _, _ in parsed if name}))
