"""An answer that goes on for as long as its reader takes it, such as a stream of events.

A connection has a minute for an answer. One without an end asks for the next minute with each part
that was taken, and hears when the server stops, which waits for no stream.
"""

from collections.abc import Callable
from typing import Any, Final

from starlette.types import Scope

_EXTENSION: Final = "tongxin.endless"


class Endless:
    """What the connection of an answer and the answer tell each other."""

    def __init__(self, gets_on: Callable[[], None]) -> None:
        """Take what gives the answer more time."""
        self.gets_on = gets_on
        self._ends: list[Callable[[], None]] = []

    def when_stopping(self, end: Callable[[], None]) -> None:
        """Let this be called when the server stops; it ends the answer."""
        self._ends.append(end)

    def stop(self) -> None:
        """Let the answer end."""
        for end in self._ends:
            end()


def offer(scope: Scope, endless: Endless) -> None:
    """Let whoever answers this request know of its connection."""
    extensions: dict[str, Any] = scope.setdefault("extensions", {})
    extensions[_EXTENSION] = endless


def endless_of(scope: Scope) -> Endless:
    """Return what the connection of a request offers; without a server nothing ends an answer."""
    found = scope.get("extensions", {}).get(_EXTENSION)
    return found if isinstance(found, Endless) else Endless(lambda: None)
