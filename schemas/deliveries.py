"""What the notifier says of its webhooks' deliveries, and the desk shows: no text of a notice."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.events.base import Instant


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    GIVEN_UP = "given_up"
    SENT = "sent"


class DeliveryView(BaseModel):
    """One notice on its way to a webhook.

    `parties` have their webhook there by the plan in use: none where it leads elsewhere by now.
    `host` is all that is said of the address, since a path may be a secret. `template` says which
    notice it is. `attempts` counts since it was made or replayed last, at most `tries`; `answer` is
    the last one. `next_try_at` is that of one that waits, `ended_at` of one that does not.
    """

    id: UUID
    parties: list[str]
    host: str
    case_id: UUID | None
    template: str | None
    state: DeliveryState
    created_at: Instant
    attempts: int
    tries: int
    answer: str
    next_try_at: Instant | None
    ended_at: Instant | None
    replayed_at: Instant | None
    replayed_by: str | None


class Deliveries(BaseModel):
    """One page of deliveries; `next` is the `after` of the page behind it."""

    deliveries: list[DeliveryView]
    next: str | None


class Replay(BaseModel):
    """Which end of a delivery somebody saw, None for none: asked twice, it is sent once."""

    model_config = ConfigDict(extra="forbid")

    ended_at: Instant | None
