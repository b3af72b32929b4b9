"""How what somebody says of a case is taken, and what is answered where it is not."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, TypeAdapter

from services.access.door import ASKED
from services.desk.bounds import MOST_SAID_BYTES
from services.desk.domain.changes import Change
from services.desk.use_cases.saying import OURS, SEEN, MayNot, MovedOn, UnknownCase, Wanted
from services.kit.http.door import invalid, patience, refusals
from services.kit.http.openapi import one_of
from services.kit.http.problems import Refused, problem
from services.kit.process.bodies import json_in, object_of
from services.kit.records import Rejected

_CHANGES: Final = TypeAdapter(list[Change])

_FILLED: Final = {
    SEEN: "The `lines` of the case when you looked: taken while it has not moved on",
    "assignment_id": "Looked up when left out",
}

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    **ASKED,
    403: problem("Not for your roles, or not for a party or part of yours; the title says which"),
    404: problem("No such case here, or not one of yours"),
    409: problem("The case has moved on since the line that you have `seen`; `changes` say how"),
    **refusals(),
}


def body_of(models: Iterable[type[BaseModel]], *ours: str, **beside: str) -> dict[str, Any]:
    """Return how OpenAPI shows a body that is one of these models, without what the desk says.

    `beside` are texts that the models do not have and that may be left out.
    """
    fields: dict[str, dict[str, Any]] = {name: {"type": "string"} for name in beside}
    fields[SEEN] = {"type": "integer", "minimum": 1}
    return one_of(models, hidden=(*OURS, *ours), filled=_FILLED | beside, beside=fields)


async def wanted_in(request: Request, case_id: UUID, *, key: str | None) -> Wanted:
    """Return what a request brings. Raises `Refused`."""
    body = await json_in(request, key=key, most=MOST_SAID_BYTES)
    return Wanted(case_id=case_id, fields=object_of(body), body=body, key=key)


@asynccontextmanager
async def answered() -> AsyncIterator[None]:
    """Answer with a problem what this block does not take, or not in time."""
    try:
        async with patience():
            yield
    except Rejected as rejected:
        raise invalid(*rejected.faults) from rejected
    except MayNot as barred:
        raise Refused(403, str(barred)) from barred
    except UnknownCase as unknown:
        raise unknown_here(unknown) from unknown
    except MovedOn as moved:
        raise _moved_on(moved) from moved


def unknown_here(unknown: UnknownCase) -> Refused:
    """Return the refusal of what is said of a case that is not known, or not to who says it."""
    return Refused(404, f"Nothing is known of {unknown} here, or not yet.")


def _moved_on(moved: MovedOn) -> Refused:
    changes = _CHANGES.dump_python([*moved.changes], mode="json")
    title = f"The case has moved on: its story has {moved.lines} lines. Look again, then say it."
    return Refused(409, title, beside={"lines": moved.lines, "changes": changes})
