"""The value a service works by: the newest good version of a file, once what it needs is there.

It follows the file's content, without a restart and never half: a version that does not parse is
refused once, and the last good value stays.
"""

import asyncio
import errno
import logging
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from prometheus_client import Counter

from services.kit.process.bounds import MOST_FILE_BYTES

T = TypeVar("T")
logger = logging.getLogger(__name__)

NEW_VERSION_TAKEN: Final = "new version loaded"
NEW_VERSION_REFUSED: Final = "new version refused, the last good one stays"


class MaybeHalf(ValueError):
    """The file was written over in place and may not be whole; the message says why."""


class _Look(NamedTuple):
    """What a look at the file found: which file it is, its bytes, or why there are none."""

    file: tuple[int, int] | None
    content: bytes | None
    away: OSError | None = None


class FollowedFile(Generic[T]):
    """Call it for the value of this moment; `follow` it now and then for a newer one.

    `parse` raises `ValueError` (or a kind of it) for bytes it refuses; whatever else it raises
    refuses them too. `prepare` gets the value in use and the new one, and makes what the new one
    needs before it is used; when it fails, the old one stays and the next `follow` tries again.
    `half` gets the bytes in use and those of a version that was written over them in place, and
    returns why these may be half of what is meant. `reloads` counts by `outcome`: `loaded` or
    `refused`.
    """

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes], T],
        *,
        reloads: Counter,
        prepare: Callable[[T, T], Awaitable[None]] | None = None,
        half: Callable[[bytes, bytes], str | None] = lambda _old, _new: None,
    ) -> None:
        """Read the file; raises what `parse` or reading raises when it cannot be used."""
        self._path = path
        self._parse = parse
        self._reloads = reloads
        self._prepare = prepare
        self._half = half
        self._last = _read(path)
        self._good = self._last.content or b""
        self._newest = self._value = parse(self._good)
        self._written_over = False
        self._judged = True

    def __call__(self) -> T:
        """Return the value in use."""
        return self._value

    async def follow(self) -> None:
        """Look at the file once, and use a new good version from now on."""
        # In a thread: to read a large plan takes seconds, and the service goes on meanwhile.
        await asyncio.to_thread(self._look)
        new = self._newest
        if new is self._value:
            return
        if self._prepare is not None:
            await self._prepare(self._value, new)
        self._value = new

    def _look(self) -> None:
        """Look at the file once.

        A version is judged when two looks found it the same, so that nobody is told of one that
        is being written. The content itself is compared: times and sizes of a file can stay the
        same over a change, and a file an operator writes is small.
        """
        before, self._last = self._last, _look(self._path)
        if self._last.content != before.content:
            self._written_over = self._last.file == before.file
            self._judged = False
            return
        if self._last.file != before.file:
            # The same bytes, but renamed into place: whoever did that says that they are whole.
            self._written_over = self._judged = False
        if not self._judged:
            self._judged = True
            self._judge(self._last)

    def _judge(self, look: _Look) -> None:
        if look.away is not None or look.content is None:
            self._refuse(look.away or FileNotFoundError(self._path))
        # Back to the last good version: nothing is new, and nothing is bad any more.
        elif look.content != self._good:
            self._take(look.content)

    def _take(self, content: bytes) -> None:
        try:
            value = self._parse(content)
            why = self._half(self._good, content) if self._written_over else None
            if why is not None:
                raise MaybeHalf(f"{self._path}: {why}")  # noqa: TRY301 - refused as any other
        except Exception as refused:  # noqa: BLE001 - nothing in a file ends the process
            self._refuse(refused)
            return
        self._good, self._newest = content, value
        self._reloads.labels(outcome="loaded").inc()
        logger.info(NEW_VERSION_TAKEN, extra={"path": str(self._path)})

    def _refuse(self, why: Exception) -> None:
        self._reloads.labels(outcome="refused").inc()
        logger.error(NEW_VERSION_REFUSED, extra={"path": str(self._path), "cause": str(why)})


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
        return _Look((status.st_dev, status.st_ino), file.read(MOST_FILE_BYTES))
