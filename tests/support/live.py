"""What is told of cases, straight to a desk, and the events of a stream as a browser gets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic_core import from_json

from schemas import topics
from schemas.events.acting import ActedFact
from schemas.events.assignment import CaseAssigned
from schemas.events.base import CaseFact, event_of
from schemas.vocabulary import INTAKE, NOTIFIER, ROUTER
from services.desk.http.site import SESSION
from services.kit.records import message_of
from tests.support.shown import DeskBench


async def tell(desk: DeskBench, *facts: CaseFact) -> None:
    """Let a desk hear that these things happened, each in a batch of its own."""
    for fact in facts:
        by_person = NOTIFIER if isinstance(fact, ActedFact) else INTAKE
        service = ROUTER if isinstance(fact, CaseAssigned) else by_person
        view = await desk.view(fact.case_id)
        number = 1 if view is None else view.last_of(service) + 1
        event = event_of(fact, service=service, sequence=number)
        await desk.hear(message_of(event, topic=topics.CASES))


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a stream."""

    kind: str
    id: str
    data: Any


@dataclass
class Listening:
    """A browser that listens, and has heard the first event."""

    lines: AsyncIterator[str]

    async def next(self) -> Event | None:
        """Return the next event that is more than a sign of life; None at the end."""
        told: dict[str, str] = {}
        async for line in self.lines:
            if line:
                name, _, value = line.partition(": ")
                told[name] = value
            elif told.get("event", "beat") in {"beat", "hello"}:
                told = {}
            else:
                return Event(told["event"], told["id"], from_json(told["data"]))
        return None


@asynccontextmanager
async def listening(url: str, token: str, *, last: str = "") -> AsyncIterator[Listening]:
    """Listen at a desk by a session, after the last event that was heard."""
    headers = {"Cookie": f"{SESSION}={token}", "Last-Event-ID": last}
    async with (
        httpx.AsyncClient(base_url=url, timeout=None, trust_env=False) as client,  # noqa: S113 - a stream has no end
        client.stream("GET", "/live", headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Listening(answer.aiter_lines())
