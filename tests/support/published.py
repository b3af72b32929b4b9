"""What an HTTP door published."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka.errors import KafkaConnectionError

from services.kit.records import Message


@dataclass
class Log:
    """A log that keeps what it gets, or is not there."""

    messages: list[Message] = field(default_factory=list)
    is_down: bool = False

    async def publish(self, messages: Iterable[Message]) -> None:
        if self.is_down:
            raise KafkaConnectionError
        self.messages.extend(messages)
