"""Waiting for what may take as long as it likes on a slow machine, as long as something moves."""

import asyncio
from typing import Final

_SECONDS: Final = 120.0


class Patience:
    """Lasts as long as something changes, and a while after the last change."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        """Begin to wait."""
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._last: object = None
        self._since = self._loop.time()

    def holds(self, seen: object) -> bool:
        """Tell whether to wait on, having seen this."""
        now = self._loop.time()
        if seen != self._last:
            self._last, self._since = seen, now
        return now - self._since < self._seconds
