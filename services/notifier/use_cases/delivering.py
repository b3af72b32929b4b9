"""Notices to webhooks: who gets which, and what became of an attempt. At least once, same id."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.events.notice import Notice
from schemas.plan import Plan
from schemas.vocabulary import Audience
from services.kit.database import Database
from services.notifier.domain.retries import pause_after
from services.notifier.store import deliveries
from services.notifier.store.deliveries import Outgoing
from services.notifier.use_cases.tally import Issued

LEASE: Final = timedelta(seconds=60)
"""How long an attempt may take before somebody else may try; longer than any timeout of one."""

AT_ONCE: Final = 50
_GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Where notices go beside what the plan says: the system that knows the reporters."""

    reporters: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a receiver answered; `status` is None when it could not be reached."""

    status: int | None
    told: str
    retry_after: timedelta = timedelta()

    @property
    def arrived(self) -> bool:
        """Whether the receiver has it: 2xx only, a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP


def deliveries_of(
    issued: Iterable[Issued], *, plan: Plan, webhooks: Webhooks, now: datetime
) -> list[Outgoing]:
    """Return what must be sent for these notices; nothing where no webhook is configured."""
    found = []
    for one in issued:
        url = _url_of(one.notice, plan, webhooks)
        if url is not None:
            body = _body_of(one.notice)
            found.append(Outgoing(id=one.id, url=url, body=body, created_at=now))
    return found


def _url_of(notice: Notice, plan: Plan, webhooks: Webhooks) -> str | None:
    match notice.audience:
        case Audience.REPORTER | Audience.FOLLOWER:
            return webhooks.reporters
        case Audience.SUPERVISOR:
            return plan.supervision.webhook
        case Audience.HANDLER:
            code = notice.recipient.removeprefix("department:").partition("/")[0]
            department = plan.departments.get(code)
            return None if department is None else department.webhook


def _body_of(notice: Notice) -> bytes:
    told = {
        "type": notice.type,
        "timestamp": notice.at.isoformat(),
        "data": notice.model_dump(mode="json", exclude_none=True),
    }
    return json.dumps(told, ensure_ascii=False).encode()


async def claim(database: Database, *, now: datetime) -> list[Outgoing]:
    """Take what is due, for `LEASE`; each comes with the number of this attempt."""
    async with database.write() as conn:
        return await deliveries.claim(conn, now=now, until=now + LEASE, limit=AT_ONCE)


async def note(database: Database, sent: Outgoing, attempt: Attempt, *, now: datetime) -> str:
    """Remember what became of an attempt; returns sent, failed or given_up.

    A receiver that answers 410 wants no more; one that asks for a pause gets it.
    """
    pause = None if attempt.status == _GONE else pause_after(sent.attempts, id_=sent.id)
    async with database.write() as conn:
        if attempt.arrived:
            await deliveries.sent(conn, sent.id, now=now, told=attempt.told)
            return "sent"
        if pause is None:
            await deliveries.given_up(conn, sent.id, now=now, told=attempt.told)
            return "given_up"
        again = now + max(pause, attempt.retry_after)
        await deliveries.try_again(conn, sent.id, at=again, told=attempt.told)
        return "failed"
