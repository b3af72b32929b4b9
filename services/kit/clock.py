"""The only place that reads the time.

A service asks its `Clock` and passes the answer on as `now`; rules never ask. The scaled clock lets
a day pass in a minute, the same in every process that is given the same text.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current instant, with its offset from UTC."""


class InvalidClock(ValueError):
    """The clock's text is not `factor@origin@started`."""


def system_clock() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


def scaled_clock(*, factor: float, origin: datetime, started: datetime) -> Clock:
    """Return a clock that showed `origin` when the machine's clock showed `started`.

    From then on it runs `factor` times as fast.
    """

    def now() -> datetime:
        return origin + (system_clock() - started) * factor

    return now


def clock_text(*, factor: float, origin: datetime, started: datetime) -> str:
    """Return the text `clock_from` reads, to hand the same clock to another process."""
    return f"{factor}@{origin.isoformat()}@{started.isoformat()}"


def clock_from(text: str) -> Clock:
    """Return the clock a text describes; the machine's own for an empty one.

    Raises `InvalidClock` for a text that is not `factor@origin@started` with aware instants.
    """
    if not text:
        return system_clock
    try:
        factor, origin, started = text.split("@")
        pace = float(factor)
        instants = datetime.fromisoformat(origin), datetime.fromisoformat(started)
    except ValueError as error:
        msg = f"{text!r} is not factor@origin@started, such as 60@2026-01-01T00:00+00:00@..."
        raise InvalidClock(msg) from error
    if not pace > 0 or any(instant.tzinfo is None for instant in instants):
        msg = f"{text!r} needs a factor above 0 and instants with an offset"
        raise InvalidClock(msg)
    return scaled_clock(factor=pace, origin=instants[0], started=instants[1])


def clock_factor(text: str) -> float:
    """Return how many times as fast as the machine's clock the described clock runs."""
    return float(text.split("@", 1)[0]) if text else 1.0
