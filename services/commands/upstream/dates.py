"""An upstream's dates as instants."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

ISO: Final = "iso"
_EPOCHS: Final = {"epoch": 1, "epoch-ms": 1000}
_SAMPLE: Final = datetime(2021, 11, 23, 14, 5, 6, tzinfo=UTC)
_OTHERS: Final = (_SAMPLE.replace(year=2020), _SAMPLE.replace(month=12), _SAMPLE.replace(day=12))


def check_format(text: str) -> str:
    """Return the format; raises `ValueError` for one that does not hold a whole date."""
    if text == ISO or text in _EPOCHS:
        return text
    partial = ValueError(f"{text!r} does not hold year, month and day")
    if any(other.strftime(text) == _SAMPLE.strftime(text) for other in _OTHERS):
        raise partial
    try:
        read = datetime.strptime(_SAMPLE.strftime(text), text)  # noqa: DTZ007 - only its date
    except ValueError as unusable:
        raise ValueError(f"{text!r} is no date format: {unusable}") from unusable
    if read.date() != _SAMPLE.date():
        raise partial
    return text


def read_instant(value: object, *, formats: Sequence[str], zone: ZoneInfo) -> datetime:
    """Return the instant a value names in one of the formats, in UTC.

    A time without an offset is local in `zone`. One that the clock showed twice is the first of
    the two, one that it skipped runs on from before the jump (fold=0): the same text always
    gives the same instant. Raises `ValueError` when no format fits.

    >>> read_instant("2023-11-05 01:30", formats=["iso"], zone=ZoneInfo("America/New_York"))
    datetime.datetime(2023, 11, 5, 5, 30, tzinfo=datetime.timezone.utc)
    """
    for form in formats:
        try:
            read = _read(value, form)
            return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            continue
    raise ValueError(f"{_shown(value)} is not a date in any of the formats {', '.join(formats)}")


def _read(value: object, form: str) -> datetime:
    if form in _EPOCHS:
        seconds = float(str(value)) / _EPOCHS[form]
        return datetime.fromtimestamp(seconds, tz=UTC)
    text = str(value)
    if form == ISO:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007 - the caller gives it the mapping's zone


def _shown(value: object, *, length: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}..."
