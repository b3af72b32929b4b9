"""The only place that reads the time.

A service asks its `Clock` and passes the answer on as `now`; rules never ask. The scaled clock lets
a day pass in a minute, the same in every process that is given the same text.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

Clock = Callable[[], datetime]
"""Returns the current instant, with its offset from UTC."""


_SHIFT: Final = "shift:"


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


def shifted_clock(shift: Path) -> Clock:
    """Return the machine's clock moved by the seconds that a file says, read at every look.

    For drills and tests in which days must pass at once, in several processes alike.
    """

    def now() -> datetime:
        return system_clock() + timedelta(seconds=float(shift.read_text() or 0))

    return now


def clock_text(*, factor: float, origin: datetime, started: datetime) -> str:
    """Return the text `clock_from` reads, to hand the same clock to another process."""
    return f"{factor}@{origin.isoformat()}@{started.isoformat()}"


def clock_from(text: str) -> Clock:
    """Return the clock a text describes; the machine's own for an empty one.

    Besides `factor@origin@started` it takes `shift:<path>`, the file of a `shifted_clock`.
    Raises `InvalidClock` for anything else.
    """
    if not text:
        return system_clock
    if text.startswith(_SHIFT):
        return shifted_clock(Path(text.removeprefix(_SHIFT)))
    try:
        factor, origin, started = text.split("@")
        pace = float(factor)
        instants = datetime.fromisoformat(origin), datetime.fromisoformat(started)
    except ValueError as error:
        msg = f"{text!r} is not factor@origin@started, such as 60@2026-01-01T00:00+00:00@..."
        raise InvalidClock(msg) from error
    if not 0 < pace < math.inf or any(instant.tzinfo is None for instant in instants):
        msg = f"{text!r} needs a factor above 0 and instants with an offset"
        raise InvalidClock(msg)
    return scaled_clock(factor=pace, origin=instants[0], started=instants[1])


def clock_factor(text: str) -> float:
    """Return how many times as fast as the machine's clock the described clock runs."""
    return float(text.split("@", 1)[0]) if text and not text.startswith(_SHIFT) else 1.0
