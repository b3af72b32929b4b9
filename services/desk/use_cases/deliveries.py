"""Deliveries to webhooks, which the notifier keeps: asked for in the name of who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import httpx

from schemas.deliveries import Deliveries, DeliveryState, DeliveryView, Replay
from schemas.scopes import SCOPES, Scope
from schemas.vocabulary import NOTIFIER
from services.access.actor import Actor
from services.access.passes import HEADER, pass_of
from services.desk.bounds import LISTED_AT_ONCE, PASS_HOLDS
from services.desk.use_cases.asking import Answered, Peer, first_answer, told
from services.kit.clock import Clock

_PATH = "/deliveries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifiers:
    """Where processes are asked, the notifier's among them, and what a pass is signed with."""

    peers: Sequence[Peer]
    transport: httpx.AsyncBaseTransport
    secret: bytes
    clock: Clock

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
        headers = {HEADER: self._pass_of(actor)}
        return await first_answer(
            self.peers,
            path,
            service=NOTIFIER,
            transport=self.transport,
            headers=headers,
            body=body,
        )

    def _pass_of(self, actor: Actor) -> str:
        """Return a pass that says no more of them than is needed: an address may be wrong."""
        roles = {one for one in actor.roles if Scope.DELIVERIES_MANAGE in SCOPES[one]}
        least = replace(actor, roles=frozenset(roles), departments=frozenset(), areas=frozenset())
        return pass_of(least, until=self.clock() + PASS_HOLDS, secret=self.secret)
