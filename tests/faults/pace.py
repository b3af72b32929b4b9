"""The clock of a house under test: it runs ahead of ours, and stands still once it is stopped."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from services.kit.clock import Clock, Stretch, clock_from, paced_text, system_clock
from tests.faults.history import Clock as ClockLine

_ORIGIN: Final = datetime(2026, 5, 1, tzinfo=UTC)
_STILL: Final = 1e-9
"""So much of a second a second: a year of a run is a thirtieth of a second of the house."""
_NOTICE: Final = timedelta(seconds=0.3)
"""How long before it stops the processes are told, so that all of them stop at one moment."""


class HouseClock:
    """A clock that every process of a run reads from one file."""

    def __init__(self, file: Path, *, factor: float) -> None:
        """Let it run `factor` times as fast as ours, from now on."""
        self._file = file
        self._pace = Stretch(factor=factor, origin=_ORIGIN, started=system_clock())
        self._stopped: datetime | None = None
        self._write(self._pace)
        self.now: Clock = clock_from(self.text)

    @property
    def text(self) -> str:
        """The clock's text, for `services.kit.clock.clock_from`."""
        return paced_text(self._file)

    @property
    def line(self) -> ClockLine:
        """What a history keeps of it."""
        pace = self._pace
        return ClockLine(
            started=pace.started, origin=pace.origin, factor=pace.factor, stopped=self._stopped
        )

    async def stop(self) -> None:
        """Let it stand still, in every process; returns when it does."""
        self._stopped = at = system_clock() + _NOTICE
        self._write(self._pace, Stretch(factor=_STILL, origin=self._pace.at(at), started=at))
        await asyncio.sleep(2 * _NOTICE.total_seconds())

    def _write(self, *stretches: Stretch) -> None:
        # Replaced whole: a reader must never find half a line.
        aside = self._file.with_suffix(".new")
        aside.write_text("\n".join(stretch.text() for stretch in stretches))
        aside.replace(self._file)
