"""Where a list goes on: after a row, by what never changes of it, so that nothing is met twice."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from pydantic import TypeAdapter
from typing_extensions import override

from schemas.events.base import Instant, in_utc

_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)


class InvalidCursor(ValueError):
    """The cursor was not made by this list."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """After the row of this instant and id, in a list that is in the order of both."""

    at: datetime
    id: UUID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor of a text. Raises `InvalidCursor`."""
        try:
            at, _, id_ = base64.urlsafe_b64decode(text.encode()).decode().partition("|")
            return cls(in_utc(_INSTANT.validate_python(at)), UUID(id_))
        except ValueError as error:  # so are faults of base64, of UTF-8, of an instant and an id
            raise InvalidCursor("use the `next` of the page before") from error

    @override
    def __str__(self) -> str:
        """Return the cursor as clients pass it on."""
        return base64.urlsafe_b64encode(f"{self.at.isoformat()}|{self.id}".encode()).decode()
