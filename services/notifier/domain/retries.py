"""When a webhook is tried again (Standard Webhooks): ten tries over three days, never in step."""

from datetime import timedelta
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


def pause_after(attempts: int, *, id_: UUID) -> timedelta | None:
    """Return how long to wait after the n-th failed attempt; None when it was the last.

    Up to a tenth longer, by the notice's id, so that a receiver that was down is not met by all
    of them at once.
    """
    if attempts > len(_PAUSES):
        return None
    share = (id_.int + attempts * 7919) % 1000 / 1000
    return _PAUSES[attempts - 1] * (1 + _JITTER * share)
