"""Photos, papers and links of a case: its own, and those of what joined it, as whose they are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.case import CaseMerged
from services.desk.bounds import MOST_MERGES, MOST_OF_A_CASE
from services.desk.store import story, uploads, views
from services.desk.store.lists import Found
from services.desk.store.uploads import Upload
from services.desk.use_cases.looking import Whole
from services.desk.use_cases.taking_away import named_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Files that were brought, and links that reports came with.

    They are those of a follower, with all that had joined it before; without one they are the
    case's own. What the story names is `named`.
    """

    follower: Found | None
    files: Sequence[Upload]
    links: Sequence[str]
    named: Collection[UUID] = ()


async def shelves_of(conn: AsyncConnection, found: Whole) -> list[Shelf]:
    """Return a case's own shelf, even if it is empty, and those of followers that have any.

    Who sees a case for what their source reported sees no files, and of links those that it gave.
    """
    id_ = found.row["case_id"]
    own = [one for one in found.lines if one["type"] in story.REPORTS]
    links = _links(own)
    files = defaultdict[UUID, list[Upload]](list)
    followers = set() if found.as_source else {one["merged_id"] for one in found.followers}
    through = await _joined(conn, followers)
    for line in await story.reports(conn, through):
        links[through[line["case_id"]]] += _said(line)
    if not found.as_source:
        files[id_] = await uploads.of_case(conn, id_)
        for one in await uploads.of_cases(conn, through, most=MOST_OF_A_CASE):
            files[through[one.case_id]].append(one)
    return [
        Shelf(follower=None, files=files[id_], links=links[id_], named=named_in(found.lines)),
        *(
            Shelf(follower=one, files=files[m], links=links[m])
            for one in found.followers
            if files[m := one["merged_id"]] or links[m]
        ),
    ]


def _links(lines: Collection[Found]) -> defaultdict[UUID, list[str]]:
    """Return the links of the reports in a case's story, by the case that each was or would be."""
    found = defaultdict[UUID, list[str]](list)
    for line in lines:
        of = from_json(line["data"])["merged_id"] if line["type"] == CaseMerged.type else None
        found[line["case_id"] if of is None else UUID(of)] += _said(line)
    return found


def _said(line: Found) -> list[str]:
    links: list[str] = from_json(line["data"]).get("media", [])
    return links


async def _joined(conn: AsyncConnection, followers: Collection[UUID]) -> dict[UUID, UUID]:
    """Return all that joined a case, at once or with another, and with which follower each came."""
    found = newest = {one: one for one in followers}
    for _ in range(MOST_MERGES):
        beyond = await views.followers_of(conn, newest)
        newest = {
            one["merged_id"]: found[one["case_id"]]
            for one in beyond
            if one["merged_id"] not in found
        }
        if not newest:
            break
        found |= newest
    return found
