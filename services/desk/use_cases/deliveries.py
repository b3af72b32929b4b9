"""Deliveries to webhooks, which the notifier keeps: asked for in the name of who is signed in."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import httpx

from schemas.deliveries import Deliveries, DeliveryState, DeliveryView, Replay
from schemas.scopes import SCOPES, Scope
from schemas.vocabulary import NOTIFIER
from services.access.actor import Actor
from services.desk.bounds import LISTED_AT_ONCE
from services.desk.use_cases.asking import Answered, Others, told

_PATH = "/deliveries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifiers:
    """The notifier's processes, which share their deliveries."""

    others: Others

    async def listed(
        self, state: DeliveryState, *, receiver: str, after: str, actor: Actor
    ) -> Deliveries:
        """Return a page of deliveries. Raises `NobodyAnswers`."""
        asked = {"state": state.value, "limit": str(LISTED_AT_ONCE)}
        asked |= {"receiver": receiver} if receiver else {}
        asked |= {"after": after} if after else {}
        return told(Deliveries, await self._asked(f"{_PATH}?{urlencode(asked)}", actor))

    async def replayed(
        self, id_: UUID, *, ended_at: datetime | None, actor: Actor
    ) -> DeliveryView | None:
        """Have one sent again; None for one that is not kept any more. Raises `NobodyAnswers`."""
        body = Replay(ended_at=ended_at).model_dump_json().encode()
        answer = await self._asked(f"{_PATH}/{id_}/replay", actor, body)
        return None if answer.status == httpx.codes.NOT_FOUND else told(DeliveryView, answer)

    async def _asked(self, path: str, actor: Actor, body: bytes | None = None) -> Answered:
        roles = {one for one in actor.roles if Scope.DELIVERIES_MANAGE in SCOPES[one]}
        least = replace(actor, roles=frozenset(roles), departments=frozenset(), areas=frozenset())
        return await self.others.asked(NOTIFIER, path, actor=least, body=body)
