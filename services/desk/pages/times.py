"""Instants and lengths of time as people say them."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from services.desk.pages.language import Language
from services.desk.pages.words import say

_WEEKDAYS: Final = ("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_NEAR: Final = {-1: "time.yesterday", 0: "time.today", 1: "time.tomorrow"}
_WRITTEN: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)"
    r" ?(?P<offset>Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
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
    return f"{day(at.date(), today=now.date(), language=language)} {at:%H:%M}"


def spoken(text: str, *, now: datetime, language: Language) -> str:
    """Return a sentence with every instant in it as people say it, in the time zone of `now`.

    A story is told as it was written, to programs too: with dates, figures and offsets.

    >>> noon = datetime.fromisoformat("2026-01-02T12:00:00+08:00")
    >>> spoken("sign by 2026-01-02 16:05 +08:00", now=noon, language=Language.ENGLISH)
    'sign by today 16:05'
    >>> spoken("2026-01-05T01:30:00Z前签收", now=noon, language=Language.CHINESE)
    '1月5日 周一 09:30 前签收'
    >>> spoken("on 2026-13-45T01:30:00Z", now=noon, language=Language.ENGLISH)
    'on 2026-13-45T01:30:00Z'
    """

    def said(found: re.Match[str]) -> str:
        try:
            at = datetime.fromisoformat(f"{found['day']}T{found['time']}{found['offset']}")
            told = instant(at.astimezone(now.tzinfo), now=now, language=language)
        except (ValueError, OverflowError):
            return found[0]
        return f"{told} " if _HAN.match(text, found.end()) else told

    return _WRITTEN.sub(said, text)


def day(at: date, *, today: date, language: Language) -> str:
    """Return a day as it is said on another one.

    >>> day(date(2026, 1, 2), today=date(2026, 1, 3), language=Language.ENGLISH)
    'yesterday'
    """
    near = _NEAR.get((at - today).days)
    if near is not None:
        return say(language, near)
    other_year = at.year != today.year
    if language is Language.CHINESE:
        year = f"{at.year}年" if other_year else ""
        return f"{year}{at.month}月{at.day}日 周{_WEEKDAYS[0][at.weekday()]}"
    year = f" {at.year}" if other_year else ""
    return f"{_WEEKDAYS[1][at.weekday()]} {at.day} {_MONTHS[at.month - 1]}{year}"


def date_alone(at: date, *, language: Language) -> str:
    """Return a day as it is written where nobody knows today.

    >>> date_alone(date(2026, 1, 2), language=Language.ENGLISH)
    '2 Jan 2026'
    """
    if language is Language.CHINESE:
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


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
