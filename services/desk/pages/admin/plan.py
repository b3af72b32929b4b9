"""The plan in use, what its check says, and its sources."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from services.desk.bounds import LISTED_AT_ONCE
from services.desk.pages.admin.administration import Administration, LetsIn
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.desk.store import keys, parties
from services.desk.use_cases.plan_file import look_at

PATH: Final = "/plan-in-use"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A source of the plan: keys that report as it, and when a case of it was registered last."""

    name: str
    keys: list[str]
    last_at: datetime | None


def plan_router(administration: Administration) -> APIRouter:
    """Return this route."""
    router = pages_router()

    @router.get(PATH)
    async def show_plan(request: Request, actor: LetsIn) -> Response:
        plan, now = administration.frame.plan(), administration.clock()
        file = await look_at(
            administration.installation.plan_path,
            plan,
            today=now.astimezone(plan.timezone).date(),
            loopback=administration.installation.webhooks_to_loopback,
        )
        async with administration.frame.database.read() as conn:
            sources = await _sources(conn, plan.sources, now=now)
            reader = await administration.reader(request, conn, actor)
        return page("admin/plan.html", reader, plan=plan, file=file, sources=sources)

    return router


async def _sources(
    conn: AsyncConnection, names: tuple[str, ...], *, now: datetime
) -> list[_Source]:
    live = await keys.usable(conn, now=now, after="", most=LISTED_AT_ONCE)
    last = await parties.last_of_sources(conn, names)
    return [
        _Source(
            name=name,
            keys=sorted({key.asked.name for key in live if name in key.asked.sources}),
            last_at=last.get(name),
        )
        for name in sorted(names)
    ]
