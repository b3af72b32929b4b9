"""An upstream's dates as instants."""

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from schemas.folding import fold

ISO: Final = "iso"
ROC: Final = "{roc}"
"""Stands in a format for a year of the Republic of China: 112 is 2023."""

_ROC_BEFORE: Final = 1911
_EPOCHS: Final = {"epoch": 1, "epoch-ms": 1000}
_HALVES: Final = {"上午": "AM", "下午": "PM"}
_SAMPLE: Final = datetime(2021, 11, 23, 14, 5, 6, tzinfo=UTC)
_OTHERS: Final = (_SAMPLE.replace(year=2020), _SAMPLE.replace(month=12), _SAMPLE.replace(day=12))


def check_format(text: str) -> str:
    """Return the format; raises `ValueError` for one that does not hold a whole date."""
    if text == ISO or text in _EPOCHS:
        return text
    partial = ValueError(f"{text!r} does not hold year, month and day")
    form = text.replace(ROC, "%Y")
    if any(other.strftime(form) == _SAMPLE.strftime(form) for other in _OTHERS):
        raise partial
    try:
        read = datetime.strptime(_SAMPLE.strftime(form), form)  # noqa: DTZ007 - only its date
    except ValueError as unusable:
        raise ValueError(f"{text!r} is no date format: {unusable}") from unusable
    if read.date() != _SAMPLE.date():
        raise partial
    return text


@dataclass(frozen=True)
class Dates:
    """How one upstream writes its dates; `months` are twelve names, empty for the English ones."""

    formats: Sequence[str]
    zone: ZoneInfo
    months: Sequence[str] = ()

    def instant(self, value: object) -> datetime:
        """Return the instant a value names in one of the formats, in UTC.

        A time without an offset is local in `zone`. One that the clock showed twice is the first
        of the two, one that it skipped runs on from before the jump (fold=0): the same text always
        gives the same instant. What is a date already, as in a workbook, needs no format. Raises
        `ValueError` when no format fits.

        >>> new_york = Dates(["iso"], ZoneInfo("America/New_York"))
        >>> new_york.instant("2023-11-05 01:30")
        datetime.datetime(2023, 11, 5, 5, 30, tzinfo=datetime.timezone.utc)
        """
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        for form in self.formats:
            try:
                read = value if isinstance(value, datetime) else self._read(str(value), form)
                return (read if read.tzinfo else read.replace(tzinfo=self.zone)).astimezone(UTC)
            except (ValueError, OverflowError, OSError):
                continue
        told = ", ".join(self.formats)
        raise ValueError(f"{_shown(value)} is not a date in any of the formats {told}")

    def _read(self, text: str, form: str) -> datetime:
        if form in _EPOCHS:
            return datetime.fromtimestamp(float(text) / _EPOCHS[form], tz=UTC)
        if form == ISO:
            return datetime.fromisoformat(text)
        return _parsed(self._in_english(text, form), form)

    def _in_english(self, text: str, form: str) -> str:
        """Return the text with the names that `strptime` knows."""
        if "%p" in form:
            for half, english in _HALVES.items():
                text = text.replace(half, english)
        if not self.months:
            return text
        english_names = calendar.month_abbr if "%b" in form else calendar.month_name
        return self._month.sub(lambda found: english_names[self._numbers[fold(found[0])]], text)

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {fold(name): number for number, name in enumerate(self.months, start=1)}

    @cached_property
    def _month(self) -> re.Pattern[str]:
        longest_first = sorted(self.months, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _parsed(text: str, form: str) -> datetime:
    if ROC not in form:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the caller gives it the mapping's zone
    for in_our_years in _roc_years(text):
        try:
            return datetime.strptime(in_our_years, form.replace(ROC, "%Y"))  # noqa: DTZ007 - as above
        except ValueError:
            continue
    raise ValueError(text)


def _roc_years(text: str) -> Iterator[str]:
    """Yield the text with one of its numbers taken for a year; `%Y` takes it at its place only."""
    for found in re.finditer(r"\d{1,3}", text):
        year = _ROC_BEFORE + int(found[0])
        yield f"{text[: found.start()]}{year}{text[found.end() :]}"


def _shown(value: object, *, length: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}..."
