"""The pace of the play: as fast as asked, slower while the house is behind.

Deadlines run on the play's clock. Were it to run on while a busy machine works through what has
come in, they would all pass, and the audience would see a city that the machine made, not the plan.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from services.demo.bounds import NOTICE, PROMPT_SECONDS, WAKING_SECONDS
from services.kit.clock import Stretch, in_force, paced_text, stretches_in, system_clock

_SLOWEST: Final = 0.04
_STEP: Final = 1.3


class Tempo:
    """Conducts the clock that all processes of the play share; `file` holds its stretches."""

    def __init__(self, file: Path, *, factor: float, origin: datetime) -> None:
        """Let the clock show `origin` now, and go like the machine's own until `play`."""
        self._file = file
        self._asked = factor
        self._write([Stretch(factor=1.0, origin=origin, started=system_clock())])

    @property
    def text(self) -> str:
        """The clock's text, for `services.kit.clock.clock_from`."""
        return paced_text(self._file)

    @property
    def factor(self) -> float:
        """How many times as fast as the machine's clock the play's clock will run."""
        return stretches_in(self._file.read_text())[-1].factor

    def play(self) -> None:
        """Let the clock run as fast as was asked for."""
        self._change(self._asked)

    def rest(self) -> None:
        """Let the clock go like the machine's own from now on."""
        self._change(1.0)

    def follow(self, behind: float) -> None:
        """Set the pace by how many seconds of real time the house is behind."""
        fitting = self._asked * min(1.0, PROMPT_SECONDS / max(behind, PROMPT_SECONDS))
        wanted = max(fitting, self._asked * _SLOWEST)
        # Down at once, up in steps: a backlog that is gone for a moment comes again.
        wanted = min(wanted, self.factor * _STEP)
        if not self.factor / _STEP < wanted < self.factor or wanted == self._asked:
            self._change(wanted)

    def _change(self, factor: float) -> None:
        stretches, now = stretches_in(self._file.read_text()), system_clock()
        if stretches[-1].started > now or stretches[-1].factor == factor:
            return  # the change before has not begun, or there is none
        current, begin = in_force(stretches, now), now + NOTICE
        following = Stretch(factor=factor, origin=current.at(begin), started=begin)
        self._write([current, following])

    def _write(self, stretches: Iterable[Stretch]) -> None:
        # Replaced whole: a reader must never find half a line.
        aside = self._file.with_suffix(".new")
        aside.write_text("\n".join(stretch.text() for stretch in stretches))
        aside.replace(self._file)


class Backlog:
    """How long the house keeps things waiting, in seconds of real time."""

    def __init__(self) -> None:
        """Nothing waits yet."""
        self._since: dict[str, float] = {}

    def oldest(self, waiting: set[str], *, at: float) -> float:
        """Return how long the oldest of what waits has been seen waiting.

        What waits for very long is forgotten: no pace would help it.
        """
        self._since = {name: self._since.get(name, at) for name in waiting}
        waits = (at - since for since in self._since.values())
        return max((wait for wait in waits if wait < WAKING_SECONDS), default=0.0)
