"""Events on `key-uses.v1`: on which day a service let a key in, told once a day."""

from datetime import date, datetime
from typing import ClassVar

from schemas.cloudevents import CloudEvent
from schemas.events.base import Body, source_of
from schemas.events.people import KeyId
from schemas.vocabulary import derived_id


class KeyUsed(Body):
    """A key opened a door of a service on this day (UTC)."""

    type: ClassVar[str] = "key.used"

    id: KeyId
    on: date


def event_of_use(used: KeyUsed, *, service: str, at: datetime) -> CloudEvent:
    """Return the event that tells a use; several processes of a service tell the same one."""
    return CloudEvent(
        id=derived_id("key-use", service, used.id, used.on),
        type=used.type,
        source=source_of(service),
        subject=used.id,
        time=at,
        data=used.model_dump_json().encode(),
        key=used.id,
    )
