"""When a webhook is tried again (Standard Webhooks): ten tries over three days, never in step."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from uuid import UUID

_PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
_JITTER: Final = 0.1

TRIES: Final = len(_PAUSES) + 1

_LONGEST_ASKED: Final = timedelta(days=1)


def pause_after(attempts: int, *, id_: UUID) -> timedelta | None:
    """Return how long to wait after the n-th failed attempt; None when it was the last.

    Up to a tenth longer, by the notice's id, so that a receiver that was down is not met by all
    of them at once.
    """
    if attempts > len(_PAUSES):
        return None
    share = (id_.int + attempts * 7919) % 1000 / 1000
    return _PAUSES[attempts - 1] * (1 + _JITTER * share)


def pause_asked(retry_after: str, *, now: datetime) -> timedelta:
    """Return the pause a `Retry-After` asks for, in seconds or as an HTTP date: at most a day.

    >>> noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> str(pause_asked("Wed, 25 Nov 2026 13:00:00 GMT", now=noon)), str(pause_asked("?", now=noon))
    ('1:00:00', '0:00:00')
    """
    text = retry_after.strip()
    try:
        asked = timedelta(seconds=int(text)) if text.isdecimal() else _instant(text) - now
    except OverflowError:
        return _LONGEST_ASKED
    except (ValueError, TypeError, IndexError):  # what the parser raises for what is no date
        return timedelta()
    return min(max(asked, timedelta()), _LONGEST_ASKED)


def _instant(http_date: str) -> datetime:
    found = parsedate_to_datetime(http_date)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
