"""A router and a notifier that hear each other, without a broker: what becomes of a case."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from schemas import topics
from schemas.events.base import event_of
from schemas.events.case import CaseRegistered
from schemas.plan import Plan
from schemas.vocabulary import INTAKE
from services.kit.records import Message, Record, message_of
from tests.support.notifier import NotifierBench, Told
from tests.support.router import RouterBench


@dataclass(slots=True)
class Both:
    """The two services over a database of each; what one tells on `cases.v1`, the other hears."""

    router: RouterBench
    notifier: NotifierBench
    told: list[Message] = field(default_factory=list)

    def under(self, plan: Plan) -> Self:
        """Let both work by a plan."""
        self.router.plan = self.notifier.plan = plan
        return self

    async def report(self, fact: CaseRegistered) -> Told:
        """Register a case, and let follow what follows at once."""
        message = message_of(event_of(fact, service=INTAKE, sequence=1), topic=topics.CASES)
        return await self._settle([message], of_router=[message])

    async def pass_time(self, **span: float) -> Told:
        """Let time pass, then what is due and what follows from it at once."""
        told = await self.notifier.pass_time(**span)
        return await self._settle([], of_router=told.messages, so_far=told)

    async def say(self, party: str, *kinds: str, **fields: Any) -> Told:
        """Let a party answer, and let follow what follows at once."""
        told = await self.notifier.say(party, *kinds, **fields)
        return await self._settle([], of_router=told.messages, so_far=told)

    async def hear(self, record: Record) -> Told:
        """Let the notifier read what came over the log, and let follow what follows at once."""
        told = await self.notifier.read(record)
        return await self._settle([], of_router=told.messages, so_far=told)

    async def command(self, kind: str, **fields: Any) -> Told:
        """Let somebody in charge command something, and let follow what follows at once."""
        told = await self.notifier.read(self.notifier.command(kind, **fields))
        return await self._settle([], of_router=told.messages, so_far=told)

    async def _settle(
        self,
        of_notifier: Iterable[Message],
        *,
        of_router: Iterable[Message],
        so_far: Told | None = None,
    ) -> Told:
        """Let each hear what the other told, until nobody has anything to say."""
        both = Told([] if so_far is None else [*so_far.messages], [])
        for_notifier, for_router = [*of_notifier], [*of_router]
        while for_notifier or for_router:
            heard = await self.router.read(self._records(for_router), now=self.notifier.now)
            for_notifier += heard.messages
            told = await self.notifier.read(*self._records(for_notifier))
            assert heard.letters == told.letters == []
            both.messages += [*heard.messages, *told.messages]
            for_notifier, for_router = [], _of_cases(told.messages)
        self.told += both.messages
        return both

    def _records(self, messages: Iterable[Message]) -> list[Record]:
        return [
            self.notifier.record(
                message.topic, key=message.key, value=message.value or b"", headers=message.headers
            )
            for message in _of_cases(messages)
        ]


def _of_cases(messages: Iterable[Message]) -> list[Message]:
    return [message for message in messages if message.topic == topics.CASES]
