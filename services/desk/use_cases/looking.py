"""All that is shown of one case to somebody, whoever shows it: as data, or as a page."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.case import CaseRegistered
from schemas.events.rating import CaseRated
from services.access.actor import Actor
from services.desk.store import story
from services.desk.store.lists import Found
from services.desk.use_cases.inputs import NOTICE

_REPORTED: Final = frozenset({"reporter", "reported_at", "description", "media", "people"})
"""What a registration has of the report that it is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A case, its story, who joined it, and what was told beside, as somebody may see them.

    `as_of` is the instant until which all that was told is shown. Who sees it `as_source` does so
    for nothing but what their source reported.
    """

    row: Found
    lines: list[Found]
    followers: list[Found]
    told: list[Found]
    as_of: datetime | None
    as_source: bool

    def of_kind(self, kind: str) -> list[Any]:
        """Return what was told of one kind."""
        return [from_json(one["data"]) for one in self.told if one["kind"] == kind]


async def whole(conn: AsyncConnection, case_id: UUID, *, actor: Actor) -> Whole | None:
    """Return a case, or the one that a report of this id joined; None if it is not to be seen.

    Who sees it for what their source reported sees of the rest what is of that source.
    """
    as_of, row = await story.as_of(conn), await story.case(conn, case_id, actor=actor)
    if row is None:
        return None
    id_ = row["case_id"]
    told, followers = await story.news(conn, id_), await story.followers(conn, id_)
    as_source = await story.sees_as_source(conn, id_, actor=actor)
    if as_source:
        told = _for_source(told, actor)
        followers = [one for one in followers if actor.reports_for(one["source"])]
    lines = await story.lines(conn, id_)
    if as_source:
        own = {one["merged_id"] for one in followers}
        own |= {id_} if actor.reports_for(row["source"]) else set()
        lines = [*_of_source(lines, actor, own=own)]
    return Whole(
        row=row,
        lines=lines,
        followers=followers,
        told=told,
        as_of=as_of,
        as_source=as_source,
    )


def _for_source(told: list[Found], actor: Actor) -> list[Found]:
    """Return what was told to a source: notices about its own reports, and nothing else."""
    own = tuple(f"report:{source}/" for source in actor.sources)
    notices = (one for one in told if one["kind"] == NOTICE)
    return [one for one in notices if from_json(one["data"])["recipient"].startswith(own)]


def _of_source(lines: Iterable[Found], actor: Actor, *, own: Collection[UUID]) -> Iterator[Found]:
    """Yield the lines of a story without what others than a source reported, or thought of it.

    `own` are its own reports. That the case was registered is shown, not by whom in which words.
    """
    for line in lines:
        told = from_json(line["data"])
        if line["type"] in story.REPORTS and not actor.reports_for(told["reporter"]["source"]):
            if line["type"] == CaseRegistered.type:
                shown = {name: one for name, one in told.items() if name not in _REPORTED}
                yield line | {"data": to_json(shown).decode()}
        elif line["type"] != CaseRated.type or UUID(told["report_id"]) in own:
            yield line


def said_in(refusal: Found) -> set[str]:
    """Return the ids of what a refusal is of."""
    told = from_json(refusal["data"])
    return {told[name] for name in ("feedback_id", "command_id") if name in told}
