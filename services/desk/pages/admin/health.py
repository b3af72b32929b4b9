"""How the installation is: what keeps each process from taking work, how far the desk is."""

import asyncio
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.vocabulary import DESK
from services.desk.pages.admin.administration import Administration, Installation, LetsIn
from services.desk.pages.admin.reasons import missing_of
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.desk.store import story
from services.desk.use_cases.asking import Peer
from services.desk.use_cases.peers import Health, Seen, seen

PATH: Final = "/processes"


def health_router(administration: Administration) -> APIRouter:
    """Return this route."""
    router = pages_router()
    installation = administration.installation

    @router.get(PATH)
    async def show_health(request: Request, actor: LetsIn) -> Response:
        own, others = await asyncio.gather(
            _own(installation), seen(installation.peers, transport=installation.transport)
        )
        async with administration.frame.database.read() as conn:
            as_of = await story.as_of(conn)
            reader = await administration.reader(request, conn, actor)
        return page(
            "admin/health.html",
            reader,
            processes=[
                (one, [missing_of(name, why, reader) for name, why in one.missing.items()])
                for one in (*others, own)
            ],
            as_of=as_of,
            # The city's time may run faster than the machine's.
            behind=None if as_of is None else administration.frame.clock() - as_of,
            release=version("tongxin"),
        )

    return router


async def _own(installation: Installation) -> Seen:
    missing = await installation.missing()
    health = Health.NOT_READY if missing else Health.READY
    return Seen(peer=Peer(service=DESK, url=""), health=health, missing=missing)
