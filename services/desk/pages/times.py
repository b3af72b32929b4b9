"""Instants and lengths of time as people say them."""

from datetime import datetime, timedelta
from typing import Final

from services.desk.pages.language import Language
from services.desk.pages.words import say

_WEEKDAYS: Final = ("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_NEAR: Final = {-1: "time.yesterday", 0: "time.today", 1: "time.tomorrow"}
_UNITS: Final = (("time.days", 86_400), ("time.hours", 3_600), ("time.minutes", 60))


def instant(at: datetime, *, now: datetime, language: Language) -> str:
    """Return an instant as it is said at another one; both are in the city's time zone.

    >>> from datetime import UTC
    >>> friday = datetime(2026, 1, 2, 17, 30, tzinfo=UTC)
    >>> instant(friday, now=friday, language=Language.CHINESE)
    '今天 17:30'
    >>> instant(friday + timedelta(days=2.5), now=friday, language=Language.ENGLISH)
    'Mon 5 Jan 05:30'
    >>> instant(friday + timedelta(days=2.5), now=friday, language=Language.CHINESE)
    '1月5日 周一 05:30'
    >>> instant(friday - timedelta(days=2), now=friday, language=Language.ENGLISH)
    'Wed 31 Dec 2025 17:30'
    """
    near = _NEAR.get((at.date() - now.date()).days)
    day = _day(at, now=now, language=language) if near is None else say(language, near)
    return f"{day} {at:%H:%M}"


def _day(at: datetime, *, now: datetime, language: Language) -> str:
    other_year = at.year != now.year
    if language is Language.CHINESE:
        year = f"{at.year}年" if other_year else ""
        return f"{year}{at.month}月{at.day}日 周{_WEEKDAYS[0][at.weekday()]}"
    year = f" {at.year}" if other_year else ""
    return f"{_WEEKDAYS[1][at.weekday()]} {at.day} {_MONTHS[at.month - 1]}{year}"


def length(span: timedelta, *, language: Language) -> str:
    """Return a length of time in its two largest units, rounded down.

    >>> length(timedelta(hours=26, minutes=5), language=Language.ENGLISH)
    '1 d 2 h'
    >>> length(timedelta(minutes=80), language=Language.CHINESE)
    '1 小时 20 分'
    >>> length(timedelta(seconds=30), language=Language.ENGLISH)
    'under 1 min'
    """
    if span < timedelta(minutes=1):
        return say(language, "time.moment")
    parts, rest = [], int(span.total_seconds())
    for name, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(say(language, name, count=count))
    return " ".join(parts[:2])
