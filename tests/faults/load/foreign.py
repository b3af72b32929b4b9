"""The same said by a client that is not ours: librdkafka, in every way it knows.

It places keys by CRC32, so most answers stand on another partition than their case. It goes
through its codecs, sends idempotently or not, and in transactions. Before each of these it says in
another one what it then takes back.
"""

import asyncio
import itertools
import json
from collections.abc import Iterator
from typing import Any, Final, Literal, Self

from confluent_kafka import KafkaException, Producer
from typing_extensions import override

from schemas.cloudevents import Headers
from tests.faults.history import Sent
from tests.faults.load.teller import Teller, ended

_CODECS: Final = ("none", "gzip", "snappy", "lz4", "zstd")
_PATIENCE_SECONDS: Final = 240.0
_PADDED: Final = 2_048
"""So long, librdkafka sends a record compressed: it keeps what compressing does not shorten."""
_ODD_HEADERS: Final[tuple[list[tuple[str, bytes | None]], ...]] = (
    [],
    [("trace", None)],
    [("", b"has no name")],
    [("trace", b"one"), ("trace", b"another")],
    [("trace", b"\xff\xfe")],
    [("content-type", None)],
    [(f"trace-{number}", b"one of many") for number in range(1_000)],
)

Manner = Literal["plain", "idempotent", "transactional"]
_MANNERS: Final[tuple[Manner, ...]] = ("plain", "idempotent", "transactional")


class NotTaken(Exception):
    """The broker did not confirm a record; the message says why."""


class Mouth:
    """One producer of librdkafka, one record at a time.

    Its methods wait for threads of librdkafka, and so are called in a thread.
    """

    def __init__(
        self,
        kafka: str,
        *,
        name: str,
        manner: Manner = "plain",
        codec: str = "none",
        timeout_seconds: float = 60.0,
    ) -> None:
        """Connect; a broker takes back a transaction that lasts for longer than its time."""
        self.manner = manner
        self.free = asyncio.Lock()
        transactional = {
            "transactional.id": name,
            "transaction.timeout.ms": round(timeout_seconds * 1_000),
        }
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "client.id": name,
                "compression.type": codec,
                "enable.idempotence": manner != "plain",
                **(transactional if manner == "transactional" else {}),
            }
        )

    def begin(self) -> None:
        """Get ready; what another of this name had begun is taken back."""
        if self.manner == "transactional":
            self._producer.init_transactions(_PATIENCE_SECONDS)

    def say(self, topic: str, *, key: str | None, value: bytes | None, headers: list[Any]) -> str:
        """Send a record and return its position; raises `NotTaken`, `KafkaException`."""
        told: list[Any] = []
        self._producer.produce(
            topic, value, key, headers=headers, on_delivery=lambda *answer: told.append(answer)
        )
        self._producer.flush(_PATIENCE_SECONDS)
        error, record = told[0] if told else ("it did not answer", None)
        if error is not None or record is None:
            raise NotTaken(str(error))
        return f"{topic}/{record.partition()}/{record.offset()}"

    def open(self) -> None:
        """Begin a transaction."""
        self._producer.begin_transaction()

    def take_back(self) -> None:
        """Abort the transaction: what was said in it was never said."""
        self._producer.abort_transaction(_PATIENCE_SECONDS)

    def mean_it(self) -> None:
        """Commit the transaction."""
        self._producer.commit_transaction(_PATIENCE_SECONDS)

    def say_in_one(self, topic: str, **record: Any) -> str:
        """Send a record, in a transaction of its own if there are any; as `say`."""
        if self.manner != "transactional":
            return self.say(topic, **record)
        self.open()
        try:
            position = self.say(topic, **record)
        except NotTaken:
            self.take_back()
            raise
        self.mean_it()
        return position


class ForeignTeller(Teller):
    """Says each record in the next way: every codec in every manner, with every odd header."""

    @override
    async def __aenter__(self) -> Self:
        mouths = [
            Mouth(self._kafka, name=f"{self._name}.{manner}.{codec}", manner=manner, codec=codec)
            for codec in _CODECS
            for manner in _MANNERS
        ]
        await asyncio.gather(*(asyncio.to_thread(mouth.begin) for mouth in mouths))
        self._mouths: Iterator[Mouth] = itertools.cycle(mouths)
        self._odd = itertools.cycle(_ODD_HEADERS)
        return self

    @override
    async def __aexit__(self, *_: object) -> None:
        await self._close()

    @override
    async def _publish(
        self, topic: str, key: str | None, value: bytes | None, headers: Headers, begun: Sent
    ) -> Sent:
        mouth = next(self._mouths)
        told: list[tuple[str, bytes | None]] = [*headers]
        if value is not None and begun.op != "raw":
            value, told = value.ljust(_PADDED), [*told, *next(self._odd)]
        record = {"key": key, "headers": told}
        try:
            async with mouth.free:
                if mouth.manner == "transactional" and begun.op != "raw" and value is not None:
                    await self._unsaid(mouth, begun, topic, value=value, **record)
                position = await asyncio.to_thread(mouth.say_in_one, topic, value=value, **record)
        except (KafkaException, NotTaken, BufferError) as error:
            return ended(begun, outcome="unknown", note=str(error))
        return ended(begun, outcome="ok", position=position)

    async def _unsaid(
        self, mouth: Mouth, like: Sent, topic: str, *, value: bytes, **record: Any
    ) -> None:
        """Say something of the same kind that has a name of its own, and take it back."""
        line, unsaid = _another(like, value)
        begun = self._begin(line)
        await asyncio.to_thread(mouth.open)
        await asyncio.to_thread(mouth.say, topic, value=unsaid, **record)
        await asyncio.to_thread(mouth.take_back)
        self._file.add(ended(begun, outcome="refused", note="aborted"))


def _another(like: Sent, value: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the line and the bytes of what is like this and was not said."""
    name = "id" if like.op == "report" else "feedback_id"
    body = json.loads(value)
    body[name] = f"{like.id}-unsaid"
    line = like.model_dump(include={"op", "source", "party", "kind", "case_id"})
    return line | {"id": body[name]}, json.dumps(body).encode().ljust(_PADDED)
