"""What FastStream sees of a batch: nothing of its records, which are the stage's to decode."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.kit.kafka.offsets import AckedLater, Acknowledger
from services.kit.stage.stage import Stage


class RawCodec:
    """Bytes in, bytes out: one bad record must not fail its whole batch in a decoder."""

    async def decode(self, message: Any) -> Any:  # noqa: ANN401 - FastStream's protocol
        """Return the body as it is."""
        return message.body

    async def decode_batch(self, message: Any) -> Any:  # noqa: ANN401 - FastStream's protocol
        """Return the bodies as they are."""
        return message.body

    async def encode(self, message: Any, serializer: Any = None) -> tuple[Any, None]:  # noqa: ANN401, ARG002 - FastStream's protocol
        """Return the message as it is."""
        return message, None

    async def encode_batch(
        self,
        messages: Sequence[Any],
        serializer: Any = None,  # noqa: ANN401, ARG002 - FastStream's protocol
    ) -> list[tuple[Any, None]]:
        """Return the messages as they are."""
        return [(message, None) for message in messages]


class BareParser:
    """Makes a batch FastStream's message, its headers left to the stage, its offsets acked later.

    FastStream would decode every header, and its consumer dies of one that is null or not UTF-8.
    It is shown the first record only, for its own bookkeeping; the handler reads the raw ones.
    """

    def __init__(self, stage: Stage[Any], acknowledger: Acknowledger) -> None:
        """Take whose batches these are, and who acknowledges."""
        self._stage = stage
        self._acknowledger = acknowledger

    async def __call__(self, records: Any, original: Any) -> Any:  # noqa: ANN401 - FastStream's protocol
        """Return the message of a batch, which left the consumer a moment ago."""
        self._stage.handed_out()
        message = await original((replace(records[0], headers=()),))
        message.raw_message = message.body = records
        message.consumer = AckedLater(self._acknowledger, message.consumer, records)
        return message
