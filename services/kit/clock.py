"""The only place that reads the time.

A service asks its `Clock` and passes the answer on as `now`; rules never ask. The scaled clock lets
a day pass in a minute, the same in every process that is given the same text.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from services.kit.bounds import LOOK_SECONDS

Clock = Callable[[], datetime]
"""Returns the current instant, with its offset from UTC."""


_SHIFT: Final = "shift:"
_PACED: Final = "paced:"


class InvalidClock(ValueError):
    """The clock's text is not `factor@origin@started`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time during which a clock runs at one pace.

    It showed `origin` when the machine's clock showed `started`; from then on it runs `factor`
    times as fast.
    """

    factor: float
    origin: datetime
    started: datetime

    def at(self, instant: datetime) -> datetime:
        """Return what the clock shows when the machine's clock shows `instant`."""
        return self.origin + (instant - self.started) * self.factor

    def text(self) -> str:
        """Return the text `clock_from` reads."""
        return f"{self.factor}@{self.origin.isoformat()}@{self.started.isoformat()}"


def system_clock() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


def scaled_clock(*, factor: float, origin: datetime, started: datetime) -> Clock:
    """Return a clock that showed `origin` when the machine's clock showed `started`.

    From then on it runs `factor` times as fast.
    """
    stretch = Stretch(factor=factor, origin=origin, started=started)
    return lambda: stretch.at(system_clock())


def paced_clock(stretches: Path) -> Clock:
    """Return a clock whose pace changes: the file has a line `factor@origin@started` for each.

    The last one that has begun counts. The file is looked at again after 0.05 s, so whoever
    writes a new line lets it begin a little later: then all processes change at the same moment.
    """
    known: list[Stretch] = []
    looked = -math.inf

    def now() -> datetime:
        nonlocal known, looked
        if time.monotonic() - looked > LOOK_SECONDS:
            known, looked = stretches_in(stretches.read_text()), time.monotonic()
        instant = system_clock()
        return in_force(known, instant).at(instant)

    return now


def stretches_in(text: str) -> list[Stretch]:
    """Return the stretches of a `paced_clock`'s file. Raises `InvalidClock`, also for none."""
    found = [_stretch(line) for line in text.splitlines()]
    if not found:
        raise InvalidClock("a paced clock needs a line factor@origin@started at least")
    return found


def in_force(stretches: list[Stretch], instant: datetime) -> Stretch:
    """Return the last stretch that has begun when the machine's clock shows `instant`."""
    begun = [stretch for stretch in stretches if stretch.started <= instant]
    return begun[-1] if begun else stretches[0]


def shifted_clock(shift: Path) -> Clock:
    """Return the machine's clock moved by the seconds that a file says, read at every look.

    For drills and tests in which days must pass at once, in several processes alike.
    """

    def now() -> datetime:
        return system_clock() + timedelta(seconds=float(shift.read_text() or 0))

    return now


def clock_text(*, factor: float, origin: datetime, started: datetime) -> str:
    """Return the text `clock_from` reads, to hand the same clock to another process."""
    return Stretch(factor=factor, origin=origin, started=started).text()


def clock_from(text: str) -> Clock:
    """Return the clock a text describes; the machine's own for an empty one.

    Besides `factor@origin@started` it takes `shift:<path>`, the file of a `shifted_clock`, and
    `paced:<path>`, that of a `paced_clock`. Raises `InvalidClock` for anything else.
    """
    if not text:
        return system_clock
    if text.startswith(_SHIFT):
        return shifted_clock(Path(text.removeprefix(_SHIFT)))
    if text.startswith(_PACED):
        return paced_clock(Path(text.removeprefix(_PACED)))
    one = _stretch(text)
    return scaled_clock(factor=one.factor, origin=one.origin, started=one.started)


def _stretch(text: str) -> Stretch:
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
    return Stretch(factor=pace, origin=instants[0], started=instants[1])


def paced_text(stretches: Path) -> str:
    """Return the text by which `clock_from` finds a `paced_clock`'s file."""
    return f"{_PACED}{stretches}"


def clock_factor(text: str) -> float:
    """Return how many times as fast as the machine's clock the described clock runs now."""
    if text.startswith(_PACED):
        stretches = stretches_in(Path(text.removeprefix(_PACED)).read_text())
        return in_force(stretches, system_clock()).factor
    return float(text.split("@", 1)[0]) if text and not text.startswith(_SHIFT) else 1.0
