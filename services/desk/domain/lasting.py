"""How long a session lasts."""

from datetime import datetime, timedelta
from typing import Final

IDLE: Final = timedelta(minutes=30)
"""Without a request of its own."""

LONGEST: Final = timedelta(hours=12)
"""However busy: a shift."""

SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly it is kept when a session was used last: a request costs no write before."""


def is_over(*, began_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Tell whether a session that began and was used last then is over."""
    return now - began_at >= LONGEST or now - seen_at >= IDLE
