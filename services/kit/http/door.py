"""The door of those without Kafka: what a request brings is accepted once the log has it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiokafka.errors import KafkaError

from services.kit.http.bounds import MOST_KEY_CHARACTERS, PATIENCE_SECONDS
from services.kit.http.problems import FieldError, Refused, problem, unreachable
from services.kit.records import Fault, Message


class Publishes(Protocol):
    """Whoever brings messages into the log."""

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish messages in order and wait until every one is acknowledged by all replicas."""


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """Answer that the log cannot be reached when this block does not reach it in time."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except (KafkaError, TimeoutError, ConnectionError) as fault:
        raise unreachable("The log") from fault


def faults_of_key(key: str | None) -> list[Fault]:
    """Return what is wrong with an `Idempotency-Key`; it may be left out."""
    if key is None or 0 < len(key) <= MOST_KEY_CHARACTERS:
        return []
    return [Fault("Idempotency-Key", f"must have 1 to {MOST_KEY_CHARACTERS} characters")]


def invalid(*faults: Fault) -> Refused:
    """Return the problem of what is not taken, a reason per field."""
    return Refused(422, "This is not valid and was not taken.", errors=faults)


def refusals(error: type[FieldError] = FieldError) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI describes what such a door refuses; `error` is what stands per fault."""
    return {
        413: problem("More than a request may bring", error=error),
        422: problem("Not valid; a reason per field, and nothing was taken", error=error),
        503: problem(
            "The log or the database cannot be reached; come again after `Retry-After` seconds"
        ),
    }
