"""Deliveries to webhooks as administrators see them, and one sent again."""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ValidationError

from schemas import vocabulary
from schemas.deliveries import Deliveries, DeliveryState, DeliveryView
from schemas.plan import Plan
from services.access.actor import Actor
from services.kit.sql.cursors import Cursor
from services.kit.sql.database import Database
from services.notifier.domain.retries import TRIES
from services.notifier.store import deliveries
from services.notifier.store.tables import Delivery
from services.notifier.use_cases.delivering import Webhooks, host_of, webhook_of

logger = logging.getLogger(__name__)


class _Notice(BaseModel):
    case_id: UUID
    template: str


class _Body(BaseModel):
    data: _Notice


def hooked(plan: Plan, webhooks: Webhooks) -> dict[str, str | None]:
    """Return where each party that is told of cases has its webhook, None where it has none."""
    parties = (*plan.departments, vocabulary.SUPERVISION, vocabulary.REPORTERS)
    return {party: webhook_of(party, plan, webhooks) for party in parties}


async def listed(
    database: Database,
    state: DeliveryState,
    *,
    url: str | None,
    after: Cursor | None,
    limit: int,
    urls: Mapping[str, str | None],
) -> Deliveries:
    """Return one page of deliveries, to one receiver or to all; `urls` says whose each is."""
    async with database.read() as conn:
        found = await deliveries.listed(conn, state, url=url, after=after, most=limit + 1)
    page = found[:limit]
    return Deliveries(
        deliveries=[_view(one, urls) for one in page],
        next=str(_cursor(page[-1])) if len(found) > limit else None,
    )


async def replayed(
    database: Database,
    id_: UUID,
    *,
    ended_at: datetime | None,
    actor: Actor,
    urls: Mapping[str, str | None],
    now: datetime,
) -> DeliveryView | None:
    """Have a delivery sent again, and return it; None for one that is not kept."""
    async with database.write() as conn:
        is_due = await deliveries.replay(conn, id_, ended_at=ended_at, now=now, by=actor.id)
        found = await deliveries.one(conn, id_)
    if is_due:
        told = {"notice_id": str(id_), "by": actor.id}
        logger.info("a delivery is tried again by request", extra=told)
    return None if found is None else _view(found, urls)


def _view(row: Delivery, urls: Mapping[str, str | None]) -> DeliveryView:
    notice = _notice_of(row.body)
    ended_at = row.sent_at or row.given_up_at
    ended = DeliveryState.SENT if row.sent_at else DeliveryState.GIVEN_UP
    return DeliveryView(
        id=row.id,
        parties=[party for party, url in urls.items() if url == row.url],
        host=host_of(row.url),
        case_id=None if notice is None else notice.case_id,
        template=None if notice is None else notice.template,
        state=ended if ended_at else DeliveryState.WAITING,
        created_at=row.created_at,
        attempts=row.attempts,
        tries=TRIES,
        answer=row.last_answer,
        next_try_at=None if ended_at else row.attempt_at,
        ended_at=ended_at,
        replayed_at=row.replayed_at,
        replayed_by=row.replayed_by,
    )


def _notice_of(body: bytes) -> _Notice | None:
    """Return what may be told of a notice; None for one of a release that wrote it otherwise."""
    try:
        return _Body.model_validate_json(body).data
    except ValidationError:
        return None


def _cursor(row: Delivery) -> Cursor:
    return Cursor(row.sent_at or row.given_up_at or row.attempt_at, row.id)
