"""Requests in tests: a handler asks, somebody else decides."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from schemas.events.requests import RequestSubmitted
from services.notifier.domain.case import Case
from services.notifier.store import reading
from services.notifier.store.rows import case_of as case_in
from tests.support.notifier import NotifierBench, Told, assigned, case_of, registered

LEAD: Final = "urban-management"
HANDLER: Final[dict[str, Any]] = {"person": "wang.fang", "roles": ["handler"], "door": "desk"}
LEADER: Final[dict[str, Any]] = {"person": "zhang.wei", "roles": ["supervisor"], "door": "desk"}
SHIFT_LEAD: Final[dict[str, Any]] = {"person": "chen.jie", "roles": ["shift_lead"], "door": "desk"}
DISPATCHER: Final[dict[str, Any]] = {"person": "li.wei", "roles": ["dispatcher"], "door": "desk"}
REASON: Final = "the pipe comes on Monday"


async def being_handled(bench: NotifierBench, limit: str = "4 UH", **changes: Any) -> None:
    """Let a case come to be handled by its lead."""
    await bench.tell(registered(at=bench.now), assigned(at=bench.now, limit_text=limit, **changes))
    await bench.say(LEAD, "accepted", "started")


async def ask(bench: NotifierBench, what: str, **changes: Any) -> Told:
    """Let a handler of the lead ask for something; a suspension is until ten days from now."""
    fields: dict[str, Any] = {
        "what": what,
        "department": LEAD,
        "reason": REASON,
        "acting": HANDLER,
        "until": (bench.now + timedelta(days=10)).isoformat(),
        "legal_basis": "Article 12",
    }
    return await bench.read(bench.command("case.request", **fields | changes))


def id_of(told: Told) -> UUID:
    """Return the id of the request that was made."""
    [fact] = told.facts(RequestSubmitted)
    return fact.request_id


async def decide(
    bench: NotifierBench, request: Told | UUID, kind: str = "case.approve", **changes: Any
) -> Told:
    """Let a leader decide a request."""
    id_ = request if isinstance(request, UUID) else id_of(request)
    fields: dict[str, Any] = {"request_id": str(id_), "reason": "agreed", "acting": LEADER}
    return await bench.read(bench.command(kind, **fields | changes))


async def granted(bench: NotifierBench, what: str, **changes: Any) -> Told:
    """Let a handler ask for something and a leader allow it; returns what that led to."""
    return await decide(bench, await ask(bench, what, **changes))


async def standing(bench: NotifierBench) -> Case:
    """Return where the case stands."""
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of())
    assert found is not None
    return case_in(found)


async def story(bench: NotifierBench) -> list[dict[str, Any]]:
    """Return the lines of the case's story."""
    async with bench.database.read() as conn:
        return [{**line} for line in await reading.story(conn, case_of())]


async def go_to(bench: NotifierBench, at: datetime) -> Told:
    """Let time pass until an instant, then fire what is due."""
    return await bench.pass_time(seconds=(at - bench.now).total_seconds())
