"""Log lines that say the same: while a server is away they are counted and not written.

A client library tells of each connection it could not open: with a broker away for a minute those
are thousands of lines. Here such a line waits until the watch over the servers
(`services.kit.process.reachability`) has looked: is its server away, the line is part of that one
outage, and of what its end tells. Else it is written, the same place of the code once a minute at
most.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError
from typing_extensions import override

from services.kit.process.bounds import SAID_AGAIN_SECONDS
from services.kit.sql.faults import DatabaseAway, is_passing

BROKER: Final = "broker"
DATABASE: Final = "database"
_SPEAKS_FOR: Final = {
    "aiokafka": BROKER,
    "faststream": BROKER,
    **dict.fromkeys(("sqlalchemy", "asyncpg", "aiosqlite"), DATABASE),
}

_Place = tuple[str, int]


class OncePerMinute(logging.Filter):
    """A logger's filter: a warning is written once a minute for each place of the code.

    For what anybody outside can cause as often as they like. `lines` of the next one that is
    written says how many it is one of, when there were more.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing written."""
        super().__init__()
        self._now = now
        self._told_at: dict[_Place, float] = {}
        self._passed_over: Counter[_Place] = Counter()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is to be written."""
        if record.levelno != logging.WARNING:
            return True
        place, now = (record.pathname, record.lineno), self._now()
        if now - self._told_at.get(place, -SAID_AGAIN_SECONDS) < SAID_AGAIN_SECONDS:
            self._passed_over[place] += 1
            return False
        self._told_at[place] = now
        if others := self._passed_over.pop(place, 0):
            record.lines = others + 1
        return True


@dataclass(slots=True)
class _Held:
    """The first of the lines that came from one place of the code, and how many there were."""

    server: str
    first: logging.LogRecord
    lines: int = 0


class Folding(logging.Filter):
    """A handler's filter: what a client says of its server waits until somebody looked."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with nobody watching: every line is written."""
        super().__init__()
        self._now = now
        self._is_watched = False
        self._away: dict[str, int] = {}
        self._held: dict[_Place, _Held] = {}
        self._told_at: dict[_Place, float] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep lines back for this block, in which `release` or `drop` is called now and then."""
        self._is_watched = True
        try:
            yield
        finally:
            self._is_watched = False
            self._away.clear()
            self._told_at.clear()
            self.release()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is to be written now."""
        server = server_of(record)
        is_asked_for = hasattr(record, "lines") or record.levelno >= logging.CRITICAL
        if server is None or is_asked_for or not self._is_watched:
            return True
        if server in self._away:
            self._away[server] += 1
            return False
        held = self._held.setdefault((record.pathname, record.lineno), _Held(server, record))
        held.lines += 1
        return False

    def away(self, server: str) -> None:
        """Fold what a server's clients said just now, and will say, into one count."""
        mine = [place for place, held in self._held.items() if held.server == server]
        self._away[server] = sum(self._held.pop(place).lines for place in mine)

    def back(self, server: str) -> int:
        """Let a server's lines be written again; returns how many were not."""
        return self._away.pop(server, 0)

    def drop(self) -> int:
        """Forget what waits, because all is well by now; returns how many lines that were."""
        held, self._held = self._held, {}
        return sum(one.lines for one in held.values())

    def release(self) -> None:
        """Write what waits, each place of the code once, with `lines` of how many it is one."""
        now = self._now()
        for place, held in [*self._held.items()]:
            if now - self._told_at.get(place, -SAID_AGAIN_SECONDS) >= SAID_AGAIN_SECONDS:
                del self._held[place]
                self._told_at[place] = now
                held.first.lines = held.lines
                logging.getLogger(held.first.name).handle(held.first)


FOLDING: Final = Folding()
"""This process's own."""


def server_of(record: logging.LogRecord) -> str | None:
    """Return the server that a line is about, by the fault it tells of or by who speaks."""
    raised = record.exc_info[1] if record.exc_info else None
    match getattr(record, "cause", raised):
        case KafkaError():
            return BROKER
        case DatabaseAway():
            return DATABASE
        case BaseException() as fault if record.name == "asyncio" and is_passing(fault):
            return DATABASE
    return _SPEAKS_FOR.get(record.name.partition(".")[0])
