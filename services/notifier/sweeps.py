"""Timed work: the gauges, and webhooks."""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from standardwebhooks import Webhook

from schemas.addresses import Network
from schemas.plan import Plan, assumed_years
from services.kit.clock import Clock
from services.kit.http.outside import Outside
from services.kit.sql.database import Database
from services.kit.sql.faults import DatabaseAway
from services.kit.sql.retention import forget
from services.notifier.bounds import PRUNED_AT_ONCE, WEBHOOK_SECONDS
from services.notifier.domain.retries import TRIES
from services.notifier.metrics import NotifierMetrics
from services.notifier.store import deliveries, gauges
from services.notifier.store.deliveries import Outgoing
from services.notifier.use_cases.delivering import (
    Attempt,
    Noted,
    claim,
    give_up,
    host_of,
    note,
    receivers,
)
from services.notifier.use_cases.leaving import call_back
from services.notifier.use_cases.recounting import recount
from services.notifier.use_cases.signatures import signed_headers

logger = logging.getLogger(__name__)


async def show_gauges(database: Database, *, metrics: NotifierMetrics, clock: Clock) -> None:
    """Bring the gauges of open cases and of waiting webhooks up to date."""
    now = clock()
    async with database.read() as conn:
        metrics.show(await gauges.open_cases(conn, now=now), now=now)
        metrics.show_waiting(await deliveries.waiting(conn), now=now)


async def show_calendar(
    plan: Callable[[], Plan], *, metrics: NotifierMetrics, clock: Clock
) -> None:
    """Show how many years of now the plan has no holidays of."""
    now = plan()
    today = clock().astimezone(now.timezone).date()
    metrics.assumed_years.set(len(assumed_years(now, today=today)))


async def forget_deliveries(database: Database, *, before: datetime) -> None:
    """Drop deliveries that ended and were made before an instant."""
    await forget(database, partial(deliveries.prune, before=before), portion=PRUNED_AT_ONCE)


class CaseSearch:
    """Looks once per plan for the open cases that it changes, at the start as well.

    They are those of departments that it lacks, and those that its calendar makes due otherwise.
    """

    def __init__(
        self, database: Database, *, plan: Callable[[], Plan], stage: str, clock: Clock
    ) -> None:
        """Take the stage whose timers look at the cases."""
        self._database = database
        self._plan = plan
        self._stage = stage
        self._clock = clock
        self._looked_for: str | None = None

    async def look(self) -> None:
        """Have looked at again what is otherwise under a plan that is new."""
        plan = self._plan()
        if plan.version == self._looked_for:
            return
        found = await call_back(self._database, plan=plan, stage=self._stage, now=self._clock())
        moved = await recount(self._database, plan=plan, stage=self._stage, now=self._clock())
        self._looked_for = plan.version
        if moved:
            logger.warning(
                "the calendar changed, deadlines of open cases move",
                extra={"cases": moved, "plan": plan.version},
            )
        if found:
            logger.warning(
                "departments left the plan, their open cases are reassigned",
                extra={"cases": found, "plan": plan.version},
            )


class Postman:
    """Brings notices to webhooks: claim, send, mark. At least once, always under the same id.

    Each receiver has a round of its own, so that a slow one keeps nobody waiting but itself.
    """

    def __init__(
        self,
        database: Database,
        *,
        outside: Outside,
        allowed: Callable[[], Iterable[Network]],
        secrets: Sequence[Webhook],
        metrics: NotifierMetrics,
        clock: Clock,
    ) -> None:
        """Take where deliveries are kept, who sends them, and the inner networks allowed now."""
        self._database = database
        self._outside = outside
        self._allowed = allowed
        self._secrets = secrets
        self._metrics = metrics
        self._clock = clock

    async def deliver(self) -> None:
        """Send everything that is due, and what falls due meanwhile."""
        rounds: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                for url in await receivers(self._database, now=self._clock()):
                    if url not in rounds:
                        rounds[url] = asyncio.create_task(self._round(url))
                if not rounds:
                    return
                await asyncio.wait(
                    rounds.values(), timeout=WEBHOOK_SECONDS, return_when=FIRST_COMPLETED
                )
                for url in [url for url, one in rounds.items() if one.done()]:
                    rounds.pop(url).result()
        finally:
            for one in rounds.values():
                one.cancel()
            await asyncio.gather(*rounds.values(), return_exceptions=True)

    async def _round(self, url: str) -> None:
        claimed = await claim(self._database, url, now=self._clock())
        ended = await asyncio.gather(
            *(self._deliver(one) for one in claimed), return_exceptions=True
        )
        for fault in ended:
            if fault is not None:
                raise fault

    async def _deliver(self, one: Outgoing) -> None:
        try:
            attempt = await self._attempt(one)
            noted = await note(self._database, one, attempt, now=self._clock())
        except DatabaseAway:
            raise
        except Exception as unforeseen:
            logger.exception("a notice is put aside", extra={"notice_id": str(one.id)})
            attempt = Attempt(status=None, told=type(unforeseen).__name__)
            await give_up(self._database, one, told=attempt.told, now=self._clock())
            noted = Noted(outcome="given_up")
        self._metrics.deliveries.labels("webhook", noted.outcome).inc()
        if noted.outcome != "sent":
            _tell_failure(one, attempt, noted)

    async def _attempt(self, one: Outgoing) -> Attempt:
        answer = await self._outside.post(
            one.url,
            body=one.body,
            headers=signed_headers(
                one.body, id_=str(one.id), at=self._clock(), secrets=self._secrets
            ),
            allowed=self._allowed(),
        )
        return Attempt(status=answer.status, told=answer.told, retry_after=answer.retry_after)


def _tell_failure(one: Outgoing, attempt: Attempt, noted: Noted) -> None:
    """Write which notice, to which host, what it answered, which try it was and when the next is.

    Nothing else of the URL: a path may be a secret.
    """
    logger.warning(
        "a webhook did not take a notice",
        extra={
            "notice_id": str(one.id),
            "receiver": host_of(one.url),
            "answer": attempt.told,
            "outcome": noted.outcome,
            "try": one.attempts,
            "of": TRIES,
            "next_try_at": None if noted.again_at is None else noted.again_at.isoformat(),
        },
    )
