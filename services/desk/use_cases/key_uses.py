"""On which day each key was used last, as every service tells it."""

import logging
from datetime import date, timedelta

from pydantic import ValidationError

from schemas.events.key_use import KeyUsed
from services.access.register import Register
from services.desk.bounds import MOST_USE_BYTES
from services.desk.store import keys
from services.kit.clock import Clock
from services.kit.sql.database import Database

logger = logging.getLogger(__name__)


class KeyUses:
    """Keeps the last day of each key that is known, in the database once `save` was called."""

    def __init__(self, register: Register, database: Database, *, clock: Clock) -> None:
        """Take who is known, and where it is kept."""
        self._register = register
        self._database = database
        self._clock = clock
        self._unsaved: dict[str, date] = {}

    def take(self, _: bytes | None, value: bytes | None) -> None:
        """Take a record of the topic; what nobody could have told of a key changes nothing."""
        try:
            used = _read(value)
        except ValidationError:
            logger.warning("a record of key-uses.v1 cannot be read")
            return
        is_known = self._register.state(f"key/{used.id}") is not None
        # Clocks differ, but not by a day; a day to come would stay for ever.
        if is_known and used.on <= self._clock().date() + timedelta(days=1):
            self._unsaved[used.id] = max(used.on, self._unsaved.get(used.id, used.on))

    async def save(self) -> None:
        """Keep what was taken since."""
        if not self._unsaved:
            return
        uses = dict(self._unsaved)
        async with self._database.write() as conn:
            await keys.note_uses(conn, uses)
        self._unsaved = {id_: on for id_, on in self._unsaved.items() if uses.get(id_) != on}


def _read(value: bytes | None) -> KeyUsed:
    return KeyUsed.model_validate_json((value or b"")[:MOST_USE_BYTES])
