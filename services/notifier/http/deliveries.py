"""What became of notices to webhooks, and one sent again: for administrators, and tools of ours."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.deliveries import Deliveries, DeliveryState, DeliveryView, Replay
from schemas.events.base import Code
from schemas.plan import Plan
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, asks
from services.kit.clock import Clock
from services.kit.http.door import invalid
from services.kit.http.problems import Refused, problem
from services.kit.records import Fault
from services.kit.sql.cursors import Cursor, InvalidCursor
from services.kit.sql.database import Database
from services.notifier.bounds import MOST_DELIVERIES
from services.notifier.use_cases.delivering import Webhooks
from services.notifier.use_cases.replaying import hooked, listed, replayed

DELIVERIES: Final = "/deliveries"
_REFUSED: Final = ASKED | {
    400: problem("Not JSON"),
    404: problem("No such delivery, or it is not kept any more"),
    422: problem("Not an id, or not the end that was seen"),
}
_Manages = Annotated[Actor, asks(Scope.DELIVERIES_MANAGE)]


class DeliveryFilter(BaseModel):
    """Which deliveries to list: of one state, to one receiver or to all."""

    model_config = ConfigDict(extra="forbid")

    state: DeliveryState
    receiver: Code | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_DELIVERIES)] = 50
    after: Annotated[str, StringConstraints(max_length=100)] | None = None


def deliveries_router(
    database: Database, *, plan: Callable[[], Plan], webhooks: Webhooks, clock: Clock
) -> APIRouter:
    """Return the routes that list deliveries, and send one again."""
    router = APIRouter(tags=["deliveries"])

    @router.get(DELIVERIES, responses=ASKED | {422: problem("Not a valid filter")})
    async def get_deliveries(asked: Annotated[DeliveryFilter, Query()], _: _Manages) -> Deliveries:
        """List deliveries to webhooks: what waits by its next try, what ended the last one first.

        `receiver` is a department, `supervision` or `reporters`. No text of a notice is in it, and
        of an address the host alone. `after` is the `next` of the page before.
        """
        return await _page(database, asked, urls=hooked(plan(), webhooks))

    @router.post(
        DELIVERIES + "/{delivery_id}/replay",
        responses=_REFUSED,
    )
    async def post_replay(delivery_id: UUID, seen: Replay, actor: _Manages) -> DeliveryView:
        """Send a notice again, under the same id, with all its tries; keeps who asked for it.

        `ended_at` is the one that was listed: what has ended otherwise since stays, so the same
        request may be made twice. One that waits (null) is tried now instead of later.
        """
        found = await replayed(
            database,
            delivery_id,
            ended_at=seen.ended_at,
            actor=actor,
            urls=hooked(plan(), webhooks),
            now=clock(),
        )
        if found is None:
            raise Refused(404, f"There is no delivery {delivery_id} here, or no more.")
        return found

    return router


async def _page(
    database: Database, asked: DeliveryFilter, *, urls: Mapping[str, str | None]
) -> Deliveries:
    """Return what a filter is for. Raises `Refused`."""
    receiver = asked.receiver
    if receiver is not None and receiver not in urls:
        raise invalid(Fault("receiver", "is nobody whom the plan has notices for"))
    url = None if receiver is None else urls[receiver]
    if receiver is not None and url is None:
        return Deliveries(deliveries=[], next=None)
    after = None if asked.after is None else _cursor(asked.after)
    return await listed(database, asked.state, url=url, after=after, limit=asked.limit, urls=urls)


def _cursor(text: str) -> Cursor:
    """Return the place a cursor names. Raises `Refused`."""
    try:
        return Cursor.parse(text)
    except InvalidCursor as wrong:
        raise invalid(Fault("after", str(wrong))) from wrong
