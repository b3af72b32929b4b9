"""Saying something to the house, and writing down before and after that it was said."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Self

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from schemas.cloudevents import Headers
from services.kit.clock import system_clock
from tests.faults.history import Appender, Sent
from tests.support.asking import asking
from tests.support.keys import bearing

_PAUSE_SECONDS: Final = 0.3
_TRIES: Final = 60
_TIMEOUT_MS: Final = 8_000
_JSON: Final = {"Content-Type": "application/json"}


class Teller:
    """Sends records and requests; each attempt stands in its file before it is made.

    Whoever is not answered says the same again, as an upstream system would.
    """

    def __init__(self, kafka: str, *, name: str, history: Path) -> None:
        self._kafka = kafka
        self._name = name
        self._file = Appender(history / f"sent-{name}.jsonl")
        self._attempts = itertools.count(1)
        self._client = asking(timeout=12)

    async def __aenter__(self) -> Self:
        # No idempotence: a repeat is what the house must bear, and no sequence can be lost here.
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._kafka,
            client_id=f"faults.{self._name}",
            acks="all",
            linger_ms=0,
            request_timeout_ms=_TIMEOUT_MS,
            max_request_size=4 * 1024 * 1024,
        )
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()
        await self._close()

    async def _close(self) -> None:
        await self._client.aclose()
        self._file.__exit__()

    async def publish(
        self,
        topic: str,
        *,
        key: str | None,
        value: bytes | None,
        headers: Headers = (),
        line: dict[str, Any],
    ) -> Sent:
        """Publish until the broker has it; returns the last attempt's line."""

        async def once(_: int, begun: Sent) -> Sent:
            return await self._publish(topic, key, value, headers, begun)

        return await self._again_and_again(line, once)

    async def _again_and_again(
        self, line: dict[str, Any], once: Callable[[int, Sent], Awaitable[Sent]]
    ) -> Sent:
        number = 0
        while True:
            sent = await once(number, self._begin(line))
            self._file.add(sent)
            number += 1
            if sent.outcome != "unknown" or number == _TRIES:
                return sent
            await asyncio.sleep(_PAUSE_SECONDS)

    def _begin(self, line: dict[str, Any]) -> Sent:
        begun = Sent(
            attempt=next(self._attempts), outcome="unknown", begun_at=system_clock(), **line
        )
        self._file.add(begun)
        return begun

    async def _publish(
        self, topic: str, key: str | None, value: bytes | None, headers: Headers, begun: Sent
    ) -> Sent:
        try:
            told = await self._producer.send_and_wait(
                topic, value, key=None if key is None else key.encode(), headers=list(headers)
            )
        except MessageSizeTooLargeError as error:
            return ended(begun, outcome="refused", note=type(error).__name__)
        except KafkaError as error:
            return ended(begun, outcome="unknown", note=type(error).__name__)
        return ended(begun, outcome="ok", position=f"{topic}/{told.partition}/{told.offset}")

    async def answer(self, topic: str, *, body: dict[str, Any], line: dict[str, Any]) -> Sent:
        """Publish an answer, or a command, under its case."""
        value = json.dumps(body, ensure_ascii=False).encode()
        return await self.publish(topic, key=body["case_id"], value=value, line=line)

    async def post(
        self, urls: tuple[str, ...], *, value: bytes, key: str, line: dict[str, Any]
    ) -> Sent:
        """Post a report until it is answered, at one intake after the other, under one key."""
        headers = {"Idempotency-Key": key, **_JSON}

        async def once(number: int, begun: Sent) -> Sent:
            return await self._post(f"{urls[number % len(urls)]}/reports", value, headers, begun)

        return await self._again_and_again(line | {"via": "http"}, once)

    async def command(
        self, urls: tuple[str, ...], *, key: str, body: dict[str, Any], line: dict[str, Any]
    ) -> Sent:
        """Post a command with the token of a key until it is answered.

        A notifier that does not know the case yet will know it soon.
        """
        headers = bearing(key) | _JSON
        value = json.dumps(body, ensure_ascii=False).encode()
        path = f"/cases/{body['case_id']}/commands"

        async def once(number: int, begun: Sent) -> Sent:
            sent = await self._post(urls[number % len(urls)] + path, value, headers, begun)
            is_early = sent.note == str(httpx.codes.NOT_FOUND.value)
            return sent.model_copy(update={"outcome": "unknown"}) if is_early else sent

        return await self._again_and_again(line | {"via": "http"}, once)

    async def _post(self, url: str, value: bytes, headers: dict[str, str], begun: Sent) -> Sent:
        try:
            answer = await self._client.post(url, content=value, headers=headers)
        except httpx.TransportError as error:
            return ended(begun, outcome="unknown", note=type(error).__name__)
        if answer.status_code == httpx.codes.ACCEPTED:
            return ended(begun, outcome="ok", note="202")
        refused = answer.is_client_error
        return ended(
            begun, outcome="refused" if refused else "unknown", note=str(answer.status_code)
        )


def ended(begun: Sent, **told: Any) -> Sent:
    """Return the last word on an attempt."""
    return begun.model_copy(update={"ended_at": system_clock(), **told})
