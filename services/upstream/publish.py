"""Reports on their way to `incident-reports.v1`: many in flight, none lost, the same again twice.

The event's id is the case's, derived from the report's source and id: importing a file again
publishes the same events, which intake takes for what they are.
"""

import asyncio
import json
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from typing import Protocol, TextIO, TypeVar

from aiokafka.errors import KafkaTimeoutError

from schemas.events.incident import IncidentReport, event_of, key_of
from schemas.topics import INCIDENT_REPORTS
from services.kit.records import Message, message_of
from services.upstream.bounds import LAST_MOMENT_SECONDS, MOST_IN_FLIGHT, PATIENCE

_T = TypeVar("_T")


class Publishes(Protocol):
    """What takes messages and returns a future for each: `kit.kafka.publisher.Publisher`."""

    async def enqueue(self, messages: Iterable[Message]) -> list[asyncio.Future[object]]:
        """Hand messages over in order; a future is done when its message is acknowledged."""


class Outlet(Protocol):
    """Where reports go; `done` counts those that have arrived."""

    done: int

    async def put(self, report: IncidentReport) -> None:
        """Send a report on; waits while too many are under way."""

    async def finish(self) -> None:
        """Return when every report has arrived."""

    async def abandon(self) -> None:
        """Count what has arrived, because the rest will not be waited for."""


class KafkaOutlet:
    """Sends reports to the broker."""

    def __init__(
        self,
        publisher: Publishes,
        *,
        most_in_flight: int = MOST_IN_FLIGHT,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Take a started publisher."""
        self._publisher = publisher
        self._patience = patience.total_seconds()
        self._most = most_in_flight
        self._in_flight: list[asyncio.Future[object]] = []
        self.done = 0

    async def put(self, report: IncidentReport) -> None:
        """Hand a report to the broker; the oldest half must have arrived when there is no room.

        Raises `KafkaTimeoutError` when the broker says nothing for too long.
        """
        if len(self._in_flight) >= self._most:
            await self._settle(max(1, self._most // 2))
        handed_over = self._publisher.enqueue([message_for(report)])
        for future in await self._answered(handed_over):
            future.add_done_callback(_look_at)
            self._in_flight.append(future)

    async def finish(self) -> None:
        """Return when the broker has every report."""
        await self._settle(len(self._in_flight))

    async def abandon(self) -> None:
        """Count what arrives within a moment, and wait for nothing else."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=LAST_MOMENT_SECONDS)
        self.done += sum(_arrived(future) for future in self._in_flight)
        self._in_flight.clear()

    async def _settle(self, count: int) -> None:
        oldest = self._in_flight[:count]
        if oldest:
            # They stay in flight when this is interrupted: what arrives then is still counted.
            _, silent = await asyncio.wait(oldest, timeout=self._patience)
            if silent:
                raise KafkaTimeoutError(f"no answer for {self._patience:.0f} s")
        self._in_flight = self._in_flight[count:]
        self.done += sum(map(_arrived, oldest))
        failed = [error for future in oldest if (error := future.exception())]
        if failed:
            raise failed[0]

    async def _answered(self, waiting: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self._patience):
                return await waiting
        except TimeoutError as silent:
            raise KafkaTimeoutError(f"no answer for {self._patience:.0f} s") from silent


def _arrived(future: asyncio.Future[object]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _look_at(future: asyncio.Future[object]) -> None:
    """Take note of a failure: the first one is raised, the others would be complained about."""
    if not future.cancelled():
        future.exception()


class PrintedOutlet:
    """Prints what would be sent, a JSON object a line."""

    def __init__(self, to: TextIO) -> None:
        """Take where to print."""
        self._to = to
        self.done = 0

    async def put(self, report: IncidentReport) -> None:
        """Print one report with its key and the id of its case."""
        shown = {
            "key": key_of(report),
            "case_id": str(report.case_id),
            "report": report.model_dump(mode="json", exclude_none=True),
        }
        self._to.write(json.dumps(shown, ensure_ascii=False) + "\n")
        self.done += 1

    async def finish(self) -> None:
        """Show what has not been shown."""
        self._to.flush()

    async def abandon(self) -> None:
        """Do nothing: what was printed is counted."""


def message_for(report: IncidentReport) -> Message:
    """Return the record that carries a report."""
    return message_of(event_of(report), topic=INCIDENT_REPORTS)
