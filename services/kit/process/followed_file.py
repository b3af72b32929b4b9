"""The value a service works by: the newest good version of a file, once what it needs is there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

from prometheus_client import Counter

from services.kit.process.watched_file import WatchedFile

T = TypeVar("T")
logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 1.0
NEW_VERSION_TAKEN = "new version loaded"
NEW_VERSION_REFUSED = "new version refused, the last good one stays"


class FollowedFile(Generic[T]):
    """Call it for the value of this moment; `follow` it now and then for a newer one.

    `prepare` gets the value in use and the new one, and makes what the new one needs before it is
    used; when it fails, the old one stays and the next `follow` tries again. `reloads` counts by
    `outcome`: `loaded` or `refused`. `half` is that of `WatchedFile`.
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
        """Read the file; raises what `parse` raises when it cannot be used."""
        self._path = path
        self._reloads = reloads
        self._prepare = prepare
        self._file = WatchedFile(
            path, parse, on_change=self._loaded, on_refused=self._refused, half=half
        )
        self._value = self._file.value

    def __call__(self) -> T:
        """Return the value in use."""
        return self._value

    async def follow(self) -> None:
        """Look at the file once, and use a new good version from now on."""
        # In a thread: to read a large plan takes seconds, and the service goes on meanwhile.
        await asyncio.to_thread(self._file.poll)
        new = self._file.value
        if new is self._value:
            return
        if self._prepare is not None:
            await self._prepare(self._value, new)
        self._value = new

    def _loaded(self, _value: T) -> None:
        self._reloads.labels(outcome="loaded").inc()
        logger.info(NEW_VERSION_TAKEN, extra={"path": str(self._path)})

    def _refused(self, why: Exception) -> None:
        self._reloads.labels(outcome="refused").inc()
        logger.error(
            NEW_VERSION_REFUSED,
            extra={"path": str(self._path), "cause": str(why)},
        )
