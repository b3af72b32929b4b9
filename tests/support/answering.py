"""The desk's door for answers, and behind it a notifier that hears them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from fastapi import FastAPI

from schemas.roles import ActingRole
from schemas.vocabulary import Word
from services.access.actor import Actor
from services.desk.http.answers import answers_router
from services.desk.http.cases import cases_router
from services.desk.http.commands import commands_router
from services.desk.store import story
from services.desk.use_cases.saying import Saying
from tests.support.followed import FollowedBench
from tests.support.notifier import case_of
from tests.support.one_app import OneApp
from tests.support.proven import Proven, proven
from tests.support.published import Log
from tests.support.shown import person
from tests.support.web import app_of, talking_to

LEAD, HELPER, OTHER = "urban-management", "police", "court"
PATH = f"/cases/{case_of()}/answers"
PROOFS = [
    {"kind": kind, "link": f"https://example.org/{kind}.jpg"}
    for kind in ("before_photo", "after_photo", "report", "receipt")
]
NEEDS: dict[Word, dict[str, Any]] = {
    Word.ACCEPTED: {},
    Word.DECLINED: {"reason": "private ground", "suggested_department": "housing"},
    Word.STARTED: {},
    Word.PROGRESS: {"note": "the crane is on its way"},
    Word.DONE: {"result": "removed", "evidence": PROOFS},
    Word.BLOCKED: {"blocked_by": HELPER, "reason": "the road is to be closed first"},
    Word.UNBLOCKED: {},
    Word.CHECK_PASSED: {},
    Word.CHECK_FAILED: {"reason": "branches still lie there"},
    Word.REOPEN: {"reason": "it fell again"},
    Word.WITHDRAW: {"reason": "settled"},
    Word.RATE: {"satisfaction": "satisfied"},
}


def handler(id_: str = "wang.fang", departments: Iterable[str] = (LEAD,)) -> Actor:
    """Return somebody who handles cases of a department."""
    return person(ActingRole.HANDLER, id_=id_, departments=departments)


WANG, LI, HELPING = handler(), handler("li.wei"), handler("zhao.min", [HELPER])
INSPECTOR = person(ActingRole.SUPERVISOR, id_="chen.jing", departments=["supervision"])


@dataclass
class Door:
    """The desk's door, behind it the log, and a notifier that hears what is in it."""

    bench: FollowedBench
    log: Log = field(default_factory=Log)

    def app(self, actor: Actor) -> FastAPI:
        """Return the desk's routes, built for whoever asks them here."""
        return proven(_routes(self), actor)

    @asynccontextmanager
    async def asked_by(self, actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
        async with talking_to(Proven(_ROUTES.about(self), actor=actor), token="") as client:
            yield client

    async def said(
        self, kind: str, actor: Actor = WANG, *, once: str | None = None, **fields: Any
    ) -> httpx.Response:
        """Answer with what the word needs, and with these fields."""
        body = {"kind": kind} | (NEEDS[Word(kind)] if kind in {*Word} else {}) | fields
        headers = {} if once is None else {"Idempotency-Key": once}
        async with self.asked_by(actor) as client:
            return await client.post(PATH, json=body, headers=headers)

    async def case(self, actor: Actor = WANG) -> Any:  # noqa: ANN401 - JSON
        async with self.asked_by(actor) as client:
            return (await client.get(f"/cases/{case_of()}")).json()

    async def decided(self) -> list[str]:
        """Let the notifier hear what is in the log; returns which facts it tells."""
        kinds = []
        while self.log.messages:
            one = self.log.messages.pop(0)
            record = self.bench.record(
                one.topic, key=one.key, value=one.value or b"", headers=one.headers
            )
            kinds += (await self.bench.read(record)).kinds
        return kinds

    async def follows(self, kind: str, actor: Actor = WANG, **fields: Any) -> list[str]:
        """Answer, which must be taken, and return what the notifier tells."""
        taken = await self.said(kind, actor, **fields)
        assert taken.status_code == 202, taken.text
        return await self.decided()


def _routes(of: Door) -> FastAPI:
    desk = of.bench.desk

    async def looks(actor: Actor, *asked: Any) -> Any:  # noqa: ANN401 - as the store has them
        return await story.shown(desk.database, actor, *asked)

    door = Saying(publisher=of.log, clock=lambda: desk.now, looks=looks)
    return app_of(
        answers_router(door, plan=lambda: desk.plan),
        commands_router(door),
        cases_router(desk.database, clock=lambda: desk.now),
        is_guarded=False,
    )


_ROUTES: Final = OneApp(_routes)


def faults(refused: httpx.Response) -> list[str]:
    assert refused.status_code == 422, refused.text
    return [one["field"] for one in refused.json()["errors"]]
