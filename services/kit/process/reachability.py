"""Whether the servers that a process lives on can be reached, looked at every two seconds.

It is a metric, a part of readiness, and two lines of the log: since when a server is away, and
after how long it is back.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from services.kit.clock import system_clock
from services.kit.process.bounds import PATIENCE_SECONDS
from services.kit.process.folding import FOLDING, Folding
from services.kit.sql.faults import DatabaseAway, DatabaseRefused, cause_of

logger = logging.getLogger(__name__)

_AWAY: Final = (KafkaError, DatabaseAway, DatabaseRefused, TimeoutError)

Ask = Callable[[], Awaitable[None]]
"""Asks a server for something small; raises one of `_AWAY` when no answer comes."""


@dataclass(frozen=True, slots=True)
class _Outage:
    """Since when a server is away (monotonic seconds), and why by the latest look."""

    since: float
    why: str


class Reachability:
    """What is known of each server; nothing is away before the first look."""

    def __init__(
        self, asks: Mapping[str, Ask], *, gauge: Gauge, folding: Folding = FOLDING
    ) -> None:
        """Take how each server is asked, by its name; the gauge has the label `server`."""
        self._asks = asks
        self._gauge = gauge
        self._folding = folding
        self._outages: dict[str, _Outage] = {}
        self._calm_since = time.monotonic()

    def away(self) -> dict[str, str]:
        """Return why each server that is away cannot be reached."""
        return {server: outage.why for server, outage in self._outages.items()}

    @property
    def calm_seconds(self) -> float:
        """For how long every server could be reached; 0 while one is away."""
        return 0.0 if self._outages else time.monotonic() - self._calm_since

    async def look(self) -> None:
        """Ask every server, and tell what has changed."""
        await asyncio.gather(*map(self.ask, self._asks))

    async def ask(self, server: str) -> None:
        """Ask one server, and tell what has changed."""
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._asks[server]()
        except _AWAY as fault:
            self._is_away(server, since=asked_at, why=_told(fault))
        else:
            self._is_there(server)
        self._gauge.labels(server=server).set(server not in self._outages)

    def _is_away(self, server: str, *, since: float, why: str) -> None:
        known = self._outages.get(server)
        self._outages[server] = _Outage(since if known is None else known.since, why)
        if known is None:
            self._folding.away(server)
            at = system_clock().isoformat(timespec="seconds")
            logger.error("the %s is away since %s", server, at, extra={"why": why})

    def _is_there(self, server: str) -> None:
        outage = self._outages.pop(server, None)
        if outage is not None:
            self._calm_since = time.monotonic()
            folded = self._folding.back(server)
            seconds = round(self._calm_since - outage.since, 1)
            told = "the %s is back after %s s; lines not written meanwhile: %d"
            logger.warning(told, server, seconds, folded)


def _told(fault: BaseException) -> str:
    if isinstance(fault, TimeoutError):
        return f"no answer within {PATIENCE_SECONDS:.0f} s"
    return cause_of(fault)
