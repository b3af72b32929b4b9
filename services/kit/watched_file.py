"""A file whose parsed value follows its content, without a restart and never half.

A version that does not parse is refused and the last good value stays; each bad version is
reported once.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class WatchedFile(Generic[T]):
    """The value of a file now, and of every good version that follows.

    `parse` raises `ValueError` (or a kind of it) for bytes it refuses. The first version must
    be good: constructing raises what `parse` or reading raises. `on_change` hears of every new
    value, `on_refused` once of each bad version or of the file being away.
    """

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes], T],
        *,
        on_change: Callable[[T], None],
        on_refused: Callable[[Exception], None],
    ) -> None:
        """Read and parse the file for the first time."""
        self._path = path
        self._parse = parse
        self._on_change = on_change
        self._on_refused = on_refused
        self._seen: bytes | None = path.read_bytes()
        self._good = self._seen
        self._value = parse(self._seen)

    @property
    def value(self) -> T:
        """Return the value of the last good version."""
        return self._value

    def poll(self) -> bool:
        """Look at the file once; tell whether the value is a new one.

        The content itself is compared: times and sizes of a file can stay the same over a
        change, and a file an operator writes is small.
        """
        try:
            content = self._path.read_bytes()
        except OSError as gone:
            if self._seen is not None:
                self._seen = None
                self._on_refused(gone)
            return False
        if content == self._seen:
            return False
        self._seen = content
        # Back to the last good version: nothing is new, and nothing is bad any more.
        return content != self._good and self._take(content)

    def _take(self, content: bytes) -> bool:
        try:
            value = self._parse(content)
        except ValueError as refused:
            self._on_refused(refused)
            return False
        self._good, self._value = content, value
        self._on_change(value)
        return True

    async def watch(self, interval: timedelta) -> None:
        """Look at the file again and again until cancelled."""
        while True:
            await asyncio.sleep(interval.total_seconds())
            self.poll()
