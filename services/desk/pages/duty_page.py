"""Who is on call, by the plan: of each department that is, whom it asks now, and where it gaps."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.plan import Department
from services.access.door import not_yours
from services.desk.domain.on_call import OnCall, on_call
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.rendering import Reader, page, sentence
from services.desk.pages.routing import pages_router

DUTY: Final = "/duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A department: `now` is who is asked, `then` who after that, `gap` when nobody will be.

    `is_empty` tells that nobody is asked now.
    """

    code: str
    name: str
    now: str
    then: str
    gap: str
    is_empty: bool


def duty_router(frame: Frame) -> APIRouter:
    """Return the route of who is on call."""
    router = pages_router()

    @router.get(DUTY)
    async def get_duty(request: Request, actor: SeesCases) -> Response:
        if not actor.sees_all:
            raise not_yours("all parties")
        async with frame.database.read() as conn:
            reader = await frame.around(request, conn, actor)
        found = [
            (one, on_call(one, now=reader.now, timezone=reader.plan.timezone))
            for one in reader.plan.departments.values()
            if not one.tier.is_staffed
        ]
        # First where nobody is asked, then where no shift runs.
        found.sort(key=lambda pair: (bool(pair[1].chain), pair[1].until is not None))
        return page("duty.html", reader, rows=[_row(*pair, reader) for pair in found])

    return router


def _row(department: Department, found: OnCall, reader: Reader) -> _Row:
    names = [reader.either(one.title_zh, one.title_en) for one in found.chain]
    if found.until is not None:
        now = reader.say("duty.until", person=names[0], at=reader.at(found.until))
    elif names:
        now = reader.say("duty.by_head", person=names[0])
    else:
        now = reader.say("duty.nobody", party=reader.party(reader.plan.fallback.owner))
    return _Row(
        code=department.code,
        name=reader.party(department.code),
        now=sentence(now),
        then=reader.either("、", ", ").join(names[1:]),
        gap="" if found.nobody_from is None else reader.at(found.nobody_from),
        is_empty=not names,
    )
