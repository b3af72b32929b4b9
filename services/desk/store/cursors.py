"""Where a list goes on: after a case, by what never changes of it, so nothing is met twice."""

import base64
import binascii
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
    """After this case, the newest first."""

    registered_at: datetime
    case_id: UUID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor of a text; raises `InvalidCursor`."""
        try:
            at, _, case_id = base64.urlsafe_b64decode(text.encode()).decode().partition("|")
            return cls(in_utc(_INSTANT.validate_python(at)), UUID(case_id))
        except (ValueError, binascii.Error) as error:
            raise InvalidCursor("use the `next` of the page before") from error

    @override
    def __str__(self) -> str:
        """Return the cursor as clients pass it on."""
        told = f"{self.registered_at.isoformat()}|{self.case_id}"
        return base64.urlsafe_b64encode(told.encode()).decode()
