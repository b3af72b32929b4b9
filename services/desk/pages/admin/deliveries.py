"""What became of notices to webhooks, and one sent again; the notifier has them, and is asked."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from schemas.deliveries import Deliveries, DeliveryState
from schemas.events.base import Instant
from schemas.plan import Plan
from schemas.scopes import Scope
from schemas.vocabulary import REPORTERS, SUPERVISION
from services.access.actor import Actor
from services.access.door import asks
from services.desk.http.form import fields_of
from services.desk.pages.admin.administration import (
    Administration,
    Refusal,
    Searched,
    called,
    done,
    told_of,
)
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.desk.use_cases.asking import NobodyAnswers
from services.desk.use_cases.deliveries import Notifiers
from services.kit.http.problems import Refused

PATH: Final = "/deliveries"
_Manages = Annotated[Actor, asks(Scope.DELIVERIES_MANAGE)]
_ENDED_AT: Final = TypeAdapter[Instant | None](Instant | None)


def deliveries_page(administration: Administration) -> APIRouter:
    """Return these routes."""
    router = pages_router()

    @router.get(PATH)
    async def list_deliveries(
        request: Request,
        actor: _Manages,
        state: DeliveryState = DeliveryState.GIVEN_UP,
        receiver: Searched = "",
        after: Searched = "",
    ) -> Response:
        asked = {"state": state.value, "receiver": receiver, "after": after}
        return await _list(administration, request, actor, asked)

    @router.post(PATH)
    async def replay_delivery(request: Request, actor: _Manages) -> Response:
        given = await fields_of(request)
        asked = {name: given.get(name, "") for name in ("state", "receiver")}
        try:
            what = await _replayed(administration, given, actor)
        except NobodyAnswers as away:
            refusal = Refusal(status=503, told="delivery.not_replayed", faults=away.why)
            return await _list(administration, request, actor, asked, refusal)
        return done(PATH, what, {name: value for name, value in asked.items() if value})

    return router


def _notifiers(administration: Administration) -> Notifiers:
    if administration.secret is None:
        raise Refused(503, "TONGXIN_ACCESS_SECRET is not set: the notifier could check no pass.")
    return Notifiers(others=administration.others)


async def _replayed(administration: Administration, given: Mapping[str, str], actor: Actor) -> str:
    """Have one sent again, and return what to tell of it. Raises `NobodyAnswers`."""
    try:
        id_ = UUID(given.get("delivery", ""))
        ended_at = _ENDED_AT.validate_python(given.get("ended_at") or None)
    except (ValueError, ValidationError):
        raise Refused(422, "No form of ours names a delivery in this way.") from None
    found = await _notifiers(administration).replayed(id_, ended_at=ended_at, actor=actor)
    if found is None:
        return "delivery_gone"
    return "delivery_replayed" if found.state is DeliveryState.WAITING else "delivery_ended"


async def _list(
    administration: Administration,
    request: Request,
    actor: Actor,
    asked: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Response:
    state = _state_of(asked["state"])
    receiver, after = asked["receiver"], asked.get("after", "")
    # Nothing of our own database is held while another service is waited for.
    try:
        found = await _notifiers(administration).listed(
            state, receiver=receiver, after=after, actor=actor
        )
        why_not = []
    except NobodyAnswers as away:
        found, why_not = Deliveries(deliveries=[], next=None), [*away.why]
    async with administration.frame.database.read() as conn:
        reader = await administration.reader(request, conn, actor)
    place = {"state": state.value, "receiver": receiver}
    return page(
        "admin/deliveries.html",
        reader,
        status=200 if refusal is None else refusal.status,
        deliveries=[
            (one, called(reader, f"notice.{one.template or 'none'}")) for one in found.deliveries
        ],
        why_not=why_not,
        state=state,
        states=[*DeliveryState],
        receiver=receiver,
        receivers=_receivers(administration.frame.plan()),
        first=f"{PATH}?{urlencode(place)}" if after else "",
        following=f"{PATH}?{urlencode(place | {'after': found.next})}" if found.next else "",
        told=told_of(request, reader),
        refusal=refusal,
    )


def _state_of(text: str) -> DeliveryState:
    return DeliveryState(text) if text in {*DeliveryState} else DeliveryState.GIVEN_UP


def _receivers(plan: Plan) -> list[str]:
    """Return who may have a webhook: whether reporters do is a setting of the notifier."""
    departments = [code for code, one in plan.departments.items() if one.webhook is not None]
    return [*departments, *([SUPERVISION] if plan.supervision.webhook else []), REPORTERS]
