"""A file whose parsed value follows its content, without a restart and never half.

A version that does not parse is refused and the last good value stays; each bad version is
reported once.
"""

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

_MOST_BYTES: Final = 16 * 1024 * 1024
"""What is read at most; a file an operator writes is small, and `parse` refuses one so large."""


class MaybeHalf(ValueError):
    """The file was written over in place and may not be whole; the message says why."""


class _Look(NamedTuple):
    """What a look at the file found: which file it is, its bytes, or why there are none."""

    file: tuple[int, int] | None
    content: bytes | None
    away: OSError | None = None


class WatchedFile(Generic[T]):
    """The value of a file now, and of every good version that follows.

    `parse` raises `ValueError` (or a kind of it) for bytes it refuses; whatever else it raises
    refuses them too. The first version must be good: constructing raises what `parse` or reading
    raises. `on_change` hears of every new value, `on_refused` once of each bad version or of the
    file being away. `half` gets the bytes in use and those of a version that was written over
    them in place, and returns why these may be half of what is meant.
    """

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes], T],
        *,
        on_change: Callable[[T], None],
        on_refused: Callable[[Exception], None],
        half: Callable[[bytes, bytes], str | None] = lambda _old, _new: None,
    ) -> None:
        """Read and parse the file for the first time."""
        self._path = path
        self._parse = parse
        self._on_change = on_change
        self._on_refused = on_refused
        self._half = half
        self._last = _read(path)
        self._good = self._last.content or b""
        self._value = parse(self._good)
        self._written_over = False
        self._judged = True

    @property
    def value(self) -> T:
        """Return the value of the last good version."""
        return self._value

    def poll(self) -> bool:
        """Look at the file once; tell whether the value is a new one.

        A version is judged when two looks found it the same, so that nobody is told of one that
        is being written. The content itself is compared: times and sizes of a file can stay the
        same over a change, and a file an operator writes is small.
        """
        before, self._last = self._last, _look(self._path)
        if self._last.content != before.content:
            self._written_over = self._last.file == before.file
            self._judged = False
            return False
        if self._last.file != before.file:
            # The same bytes, but renamed into place: whoever did that says that they are whole.
            self._written_over = self._judged = False
        if self._judged:
            return False
        self._judged = True
        return self._judge(self._last)

    def _judge(self, look: _Look) -> bool:
        if look.away is not None or look.content is None:
            self._on_refused(look.away or FileNotFoundError(self._path))
            return False
        # Back to the last good version: nothing is new, and nothing is bad any more.
        return look.content != self._good and self._take(look.content)

    def _take(self, content: bytes) -> bool:
        try:
            value = self._parse(content)
            why = self._half(self._good, content) if self._written_over else None
            if why is not None:
                raise MaybeHalf(f"{self._path}: {why}")  # noqa: TRY301 - refused as any other
        except Exception as refused:  # noqa: BLE001 - nothing in a file ends the process
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


def _look(path: Path) -> _Look:
    try:
        return _read(path)
    except OSError as away:
        return _Look(None, None, away)


def _read(path: Path) -> _Look:
    if not stat.S_ISREG(path.stat().st_mode):
        code = errno.EISDIR if path.is_dir() else errno.EINVAL  # a pipe would never end
        raise OSError(code, os.strerror(code), str(path))
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        return _Look((status.st_dev, status.st_ino), file.read(_MOST_BYTES))
