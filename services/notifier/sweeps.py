"""Timed work: the gauges, and webhooks."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import httpx

from services.kit.clock import Clock
from services.kit.database import Database
from services.kit.retention import forget
from services.notifier.metrics import NotifierMetrics
from services.notifier.store import deliveries, gauges
from services.notifier.store.deliveries import Outgoing
from services.notifier.use_cases.delivering import AT_ONCE, Attempt, claim, note
from services.notifier.use_cases.signatures import signed_headers

logger = logging.getLogger(__name__)

GAUGES_SECONDS: Final = 5.0
WEBHOOK_SECONDS: Final = 1.0
PRUNE_SECONDS: Final = 300.0
TIMEOUT_SECONDS: Final = 20.0


async def show_open_cases(database: Database, *, metrics: NotifierMetrics, clock: Clock) -> None:
    """Bring the gauges of open cases up to date."""
    now = clock()
    async with database.read() as conn:
        metrics.show(await gauges.open_cases(conn, now=now), now=now)


async def forget_deliveries(database: Database, *, before: datetime) -> None:
    """Drop deliveries that ended and were made before an instant."""
    await forget(
        database, partial(deliveries.prune, before=before), portion=deliveries.PRUNED_AT_ONCE
    )


class Postman:
    """Brings notices to webhooks: claim, send, mark. At least once, always under the same id."""

    def __init__(
        self,
        database: Database,
        *,
        client: httpx.AsyncClient,
        secrets: Sequence[bytes],
        metrics: NotifierMetrics,
        clock: Clock,
    ) -> None:
        """Take where deliveries are kept, and the client that sends them."""
        self._database = database
        self._client = client
        self._secrets = secrets
        self._metrics = metrics
        self._clock = clock

    async def deliver(self) -> None:
        """Send everything that is due, some at once."""
        while True:
            claimed = await claim(self._database, now=self._clock())
            await asyncio.gather(*(self._deliver(one) for one in claimed))
            if len(claimed) < AT_ONCE:
                return

    async def _deliver(self, one: Outgoing) -> None:
        attempt = await self._attempt(one)
        outcome = await note(self._database, one, attempt, now=self._clock())
        self._metrics.deliveries.labels("webhook", outcome).inc()
        if outcome != "sent":
            logger.warning(
                "webhook did not take a notice",
                extra={"notice_id": str(one.id), "outcome": outcome, "answer": attempt.told},
            )

    async def _attempt(self, one: Outgoing) -> Attempt:
        headers = signed_headers(one.body, id_=str(one.id), at=self._clock(), secrets=self._secrets)
        try:
            answer = await self._client.post(
                one.url, content=one.body, headers=headers, timeout=TIMEOUT_SECONDS
            )
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            return Attempt(status=None, told=type(fault).__name__)
        return Attempt(
            status=answer.status_code,
            told=str(answer.status_code),
            retry_after=_retry_after(answer.headers.get("retry-after", "")),
        )


def _retry_after(text: str) -> timedelta:
    """Return the pause a receiver asks for in whole seconds, at most a day; else none."""
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - a day has fewer
    return min(timedelta(seconds=seconds), timedelta(days=1))
