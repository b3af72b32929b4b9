"""Notices to webhooks: who gets which, and what became of an attempt. At least once, same id."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import vocabulary
from schemas.events.assignment import CoHandlerOffered, WorkOrder
from schemas.events.case import CaseRegistered
from schemas.events.charge import CaseCorrected
from schemas.events.notice import Notice
from schemas.plan import Plan
from schemas.work_orders import as_corrected, work_order
from services.kit.sql.database import Database
from services.notifier.bounds import LEASE, SENT_AT_ONCE
from services.notifier.domain.notices import Address, handler
from services.notifier.domain.retries import pause_after, pause_asked
from services.notifier.store import deliveries, files
from services.notifier.store.deliveries import Outgoing
from services.notifier.store.files import ToldOfOffer
from services.notifier.use_cases.tally import Issued

_GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Where notices go beside what the plan says: the system that knows the reporters.

    `link_of` gives that system alone where a report's page is: it hands it on to who reported.
    """

    reporters: str | None = None
    link_of: Callable[[UUID], str | None] = field(default=lambda _: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a receiver answered; `status` is None when it could not be reached.

    `retry_after` is its header's text.
    """

    status: int | None
    told: str
    retry_after: str = ""

    @property
    def arrived(self) -> bool:
        """Whether the receiver has it: 2xx only, a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP


async def keep(
    conn: AsyncConnection,
    notices: Iterable[Issued],
    *,
    plan: Plan,
    webhooks: Webhooks,
    now: datetime,
) -> None:
    """Keep what must be sent for these notices; nothing where no webhook is configured.

    An offer goes with its work order, for which the story of the case is looked up.
    """
    hooked = [(one, url) for one in notices if (url := _url_of(one.notice, plan, webhooks))]
    told = await files.told_of_offers(
        conn, {one.notice.case_id for one, _ in hooked if one.notice.assignment_id is not None}
    )
    outgoing = []
    for one, url in hooked:
        order = _order_of(one.notice, told.get(one.notice.case_id, ()), plan)
        body = _body_of(one.notice, order, link=_link_of(one.notice, webhooks))
        outgoing.append(Outgoing(id=one.id, url=url, body=body, created_at=now))
    await deliveries.add(conn, outgoing)


def _order_of(notice: Notice, told: Iterable[ToldOfOffer], plan: Plan) -> WorkOrder | None:
    """Return the work order of the offer a notice tells of, None for any other."""
    registered: CaseRegistered | None = None
    for fact in told:
        if isinstance(fact, CaseRegistered):
            registered = fact
            continue
        if isinstance(fact, CaseCorrected):
            registered = registered and as_corrected(registered, fact)
            continue
        known = fact.assigned if isinstance(fact, CoHandlerOffered) else fact
        for offer in (known.lead, *known.co_handlers):
            is_it = offer.assignment_id == notice.assignment_id
            # A part is offered to one of a department's people after the other.
            is_theirs = handler(offer.department, offer.person).recipient == notice.recipient
            if is_it and is_theirs and registered and notice.due_by:
                return work_order(
                    offer,
                    known,
                    registered,
                    plan=plan,
                    level=notice.level,
                    due_by=notice.due_by,
                    wanted=fact.wanted if isinstance(fact, CoHandlerOffered) else None,
                )
    return None


def host_of(url: str) -> str:
    """Return all of a webhook's address that may be told: a path may be a secret.

    >>> host_of("https://hooks.example.org/secret"), host_of("http://[")
    ('hooks.example.org', '-')
    """
    try:
        return urlsplit(url).hostname or "-"
    except ValueError:
        return "-"


def _url_of(notice: Notice, plan: Plan, webhooks: Webhooks) -> str | None:
    return webhook_of(Address(notice.audience, notice.recipient).party, plan, webhooks)


def webhook_of(party: str, plan: Plan, webhooks: Webhooks) -> str | None:
    """Return where notices to a party are sent; None for whoever has no webhook."""
    match party:
        case vocabulary.REPORTERS:
            return webhooks.reporters
        case vocabulary.SUPERVISION:
            return plan.supervision.webhook
        case code:
            department = plan.departments.get(code)
            return None if department is None else department.webhook


def _link_of(notice: Notice, webhooks: Webhooks) -> str | None:
    """Return where the page of the report is that a notice is about; None for any other."""
    address = Address(notice.audience, notice.recipient)
    return None if address.report_id is None else webhooks.link_of(address.report_id)


def _body_of(notice: Notice, order: WorkOrder | None, *, link: str | None) -> bytes:
    data = notice.model_dump(mode="json", exclude_none=True)
    if link is not None:
        data["status_page"] = link
    if order is not None:
        data["work_order"] = json.loads(order.encoded())
    told = {"type": notice.type, "timestamp": notice.at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What an attempt came to: sent, failed or given_up, and when the next try is."""

    outcome: str
    again_at: datetime | None = None


async def receivers(database: Database, *, now: datetime) -> list[str]:
    """Return the URLs for which something is due."""
    async with database.read() as conn:
        return await deliveries.receivers(conn, now=now)


async def claim(database: Database, url: str, *, now: datetime) -> list[Outgoing]:
    """Take what is due for a receiver, for `LEASE`; each comes with the number of this attempt."""
    async with database.write() as conn:
        return await deliveries.claim(conn, url, now=now, until=now + LEASE, limit=SENT_AT_ONCE)


async def note(database: Database, sent: Outgoing, attempt: Attempt, *, now: datetime) -> Noted:
    """Remember what became of an attempt.

    A receiver that answers 410 wants no more; one that asks for a pause gets it.
    """
    if attempt.arrived:
        async with database.write() as conn:
            await deliveries.sent(conn, sent.id, now=now, told=attempt.told)
        return Noted(outcome="sent")
    pause = None if attempt.status == _GONE else pause_after(sent.attempts, id_=sent.id)
    if pause is None:
        await give_up(database, sent, told=attempt.told, now=now)
        return Noted(outcome="given_up")
    again_at = now + max(pause, pause_asked(attempt.retry_after, now=now))
    async with database.write() as conn:
        await deliveries.try_again(conn, sent.id, at=again_at, told=attempt.told)
    return Noted(outcome="failed", again_at=again_at)


async def give_up(database: Database, sent: Outgoing, *, told: str, now: datetime) -> None:
    """Put a notice aside for good, with the reason."""
    async with database.write() as conn:
        await deliveries.given_up(conn, sent.id, now=now, told=told)
