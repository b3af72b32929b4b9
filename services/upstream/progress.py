"""How far an import is, on standard error: a bar on a terminal, else a line every few seconds."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from services.kit.printable import printable_lines
from services.upstream.bounds import LINE_SECONDS, MOST_SHOWN
from services.upstream.outcomes import BadRow, Tally


class Watch:
    """Shows an import; `position` and `total` are bytes of the file, total None for a pipe."""

    def __init__(
        self,
        tally: Tally,
        *,
        console: Console,
        total: int | None,
        position: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what is shown and where; nothing is shown before the block is entered."""
        self._tally = tally
        self._console = console
        self._position = position
        self._monotonic = monotonic
        self._last = monotonic()
        self._bad = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("0 rows", total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def moved(self) -> None:
        """Show where the import is now."""
        told = f"{self._tally.read} rows, {self._tally.published} published"
        if self._console.is_terminal:
            self._bar.update(self._task, completed=self._position(), description=told)
        elif self._monotonic() - self._last >= LINE_SECONDS:
            self._last = self._monotonic()
            self.say(f"{told}, {self._tally.refused} refused")

    def sending(self, reports: int) -> None:
        """Show from now on how many of so many reports were published."""
        self._position = lambda: self._tally.published
        self._bar.reset(self._task, total=reports)

    def bad(self, row: BadRow) -> None:
        """Show a bad row, unless there were many already."""
        self._bad += 1
        if self._bad <= MOST_SHOWN:
            self.say(f"line {row.line}: {row.reason}")
        if self._bad == MOST_SHOWN:
            self.say("Further bad rows are counted; --rejects FILE writes down all of them.")

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        told = printable_lines(text)
        self._console.print(told, markup=False, highlight=False, soft_wrap=True)
