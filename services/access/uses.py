"""Which keys a service let in, told on `key-uses.v1` once a day and key: nothing per request."""

from datetime import date

from schemas.events.key_use import KeyUsed, event_of_use
from schemas.topics import KEY_USES
from services.access.register import Register
from services.kit.clock import Clock
from services.kit.http.door import Publishes
from services.kit.records import message_of


class TellingUses:
    """Tells what the register noted since."""

    def __init__(
        self, register: Register, publisher: Publishes, *, service: str, clock: Clock
    ) -> None:
        """Take whose uses are told, and where."""
        self._register = register
        self._publisher = publisher
        self._service = service
        self._clock = clock
        self._told: dict[str, date] = {}

    async def tell(self) -> None:
        """Tell the days that were not told yet. Raises KafkaError, to be tried again."""
        news = {id_: on for id_, on in self._register.used_on() if self._told.get(id_) != on}
        if not news:
            return
        now = self._clock()
        uses = [KeyUsed(id=id_, on=on) for id_, on in news.items()]
        events = [event_of_use(used, service=self._service, at=now) for used in uses]
        await self._publisher.publish(message_of(one, topic=KEY_USES) for one in events)
        self._told |= news
