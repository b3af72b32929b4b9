"""Record who people are: added, changed, let in no longer; and the first one there is.

A change of roles or memberships ends the person's sessions in the same transaction: whoever signs
in next has the new ones.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.people import Membership as MembershipRecorded
from schemas.events.people import PersonRecorded
from schemas.plan import Plan
from schemas.roles import ActingRole
from schemas.vocabulary import SUPERVISION
from services.desk.bounds import PEOPLE_AT_ONCE
from services.desk.domain.audit import THIS_MACHINE, Deed, Doer, in_brief
from services.desk.domain.people import ADMINISTRATOR_ID, Described, Membership
from services.desk.domain.restored import person_that_holds
from services.desk.store import accounts, audit, people, sessions
from services.desk.store.people import Known
from services.desk.use_cases.people_file import sound
from services.kit.sql.database import Database


class Change(StrEnum):
    """What recording a person did."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class UnknownPerson(LookupError):
    """There is nobody of this id."""


class LastAdministrator(Exception):
    """Nobody could let anybody in any more: there is no other administrator."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the person, or added one of this id, since the page was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What an identity provider calls a person."""

    issuer: str
    subject: str


async def record(
    conn: AsyncConnection,
    described: Described,
    *,
    now: datetime,
    vouched: Vouched | None = None,
    only_new: bool = False,
    by: Doer = THIS_MACHINE,
) -> Change:
    """Keep a person as described; with `only_new` one who is there already stays as they are."""
    before = await people.person_of(conn, described.id, locked=True)
    if before is not None and (only_new or _is_same(before, described, vouched)):
        return Change.UNCHANGED
    pair = None if vouched is None else (vouched.issuer, vouched.subject)
    await people.save(conn, described, before=before, now=now, vouched=pair)
    deed = Deed.PERSON_ADDED if before is None else Deed.PERSON_CHANGED
    await audit.note(conn, deed, described.id, by=by, now=now, detail=_in_brief(described))
    if before is None:
        return Change.ADDED
    if _rights(before.described) != _rights(described):
        await sessions.end_all(conn, described.id)
    return Change.CHANGED


async def record_all(
    described: Iterable[Described], *, database: Database, now: datetime, only_new: bool = False
) -> dict[Change, int]:
    """Keep many persons, some at a time; returns how many were added, changed, and neither.

    Raises `LastAdministrator`, and what was kept of the portions before stays.
    """
    done = dict.fromkeys(Change, 0)
    waiting = list(described)
    while waiting:
        portion, waiting = waiting[:PEOPLE_AT_ONCE], waiting[PEOPLE_AT_ONCE:]
        async with database.write() as conn, keeping_an_administrator(conn):
            for one in portion:
                done[await record(conn, one, now=now, only_new=only_new)] += 1
    return done


async def change(
    described: Described, *, seen: int, database: Database, now: datetime, by: Doer
) -> Change:
    """Keep a person as described, who is of the version that was `seen`; 0 is a new one.

    Raises `ChangedMeanwhile` and `LastAdministrator`.
    """
    async with database.write() as conn, keeping_an_administrator(conn):
        before = await people.person_of(conn, described.id, locked=True)
        if (0 if before is None else before.version) != seen:
            raise ChangedMeanwhile(described.id)
        return await record(conn, described, now=now, by=by)


@asynccontextmanager
async def keeping_an_administrator(conn: AsyncConnection) -> AsyncIterator[None]:
    """Let nothing that is done within take the last administrator away who is let in.

    Raises `LastAdministrator`. Two who take each other's right away do so one after the other.
    """
    before = await people.administrators(conn, locked=True)
    yield
    if before and not await people.administrators(conn):
        raise LastAdministrator(before[0].id)


async def set_disabled(
    id_: str, *, disabled: bool, database: Database, now: datetime, by: Doer = THIS_MACHINE
) -> Change:
    """Let somebody in no longer, whose sessions and links end now, or again.

    Raises `UnknownPerson` and `LastAdministrator`.
    """
    async with database.write() as conn, keeping_an_administrator(conn):
        known = await people.person_of(conn, id_, locked=True)
        if known is None:
            raise UnknownPerson(id_)
        if disabled:
            await sessions.end_all(conn, id_)
            await accounts.drop_links(conn, id_)
        if (known.disabled_at is not None) == disabled:
            return Change.UNCHANGED
        await people.set_disabled(conn, known, now if disabled else None, now=now)
        deed = Deed.PERSON_DISABLED if disabled else Deed.PERSON_ENABLED
        await audit.note(conn, deed, id_, by=by, now=now)
    return Change.CHANGED


async def take_over(conn: AsyncConnection, told: PersonRecorded) -> None:
    """Let somebody be as everybody was told, where that was said later than what stands here.

    Who was otherwise here signs in again.
    """
    before = await people.person_of(conn, told.id, locked=True)
    if before is None:
        return
    row = recorded_of(before)
    holds = person_that_holds(row, told)
    if holds == row:
        return
    await people.save(conn, described_of(holds), before=before, now=holds.at)
    if holds.disabled != row.disabled:
        since = holds.at if holds.disabled else None
        await people.set_disabled(conn, before, since, now=holds.at)
    await sessions.end_all(conn, told.id)
    await accounts.drop_links(conn, told.id)


async def administrator_without_a_way_in(conn: AsyncConnection, *, now: datetime) -> str | None:
    """Return the administrator who needs a one-time link because none can sign in; made if none is.

    None when there is an administrator with a password, or one for whom a provider vouches.
    """
    found = await people.administrators(conn)
    for one in found:
        if one.subject is not None or await accounts.account_of(conn, one.id) is not None:
            return None
    if found:
        return found[0].id
    described = Described(
        id=ADMINISTRATOR_ID,
        name="管理员 Administrator",
        roles=frozenset({ActingRole.ADMINISTRATOR}),
        memberships=frozenset(),
    )
    await record(conn, described, now=now)
    return described.id


def people_of(plan: Plan) -> list[Described]:
    """Return the people of a plan: heads speak for their department, the others handle its cases.

    Whoever is in several places has all of their roles. Raises `FaultyFile`.
    """
    found: dict[str, Described] = {}
    for department in plan.departments.values():
        heads = {p.id for p in (department.head, *department.heads.values()) if p is not None}
        for person in department.people:
            role = ActingRole.DEPARTMENT if person.id in heads else ActingRole.HANDLER
            _add(found, person.id, person.title_zh, role, department.code)
    acceptor = plan.supervision.acceptor
    for person in plan.supervision.people:
        accepts = acceptor is not None and person.id == acceptor.id
        role = ActingRole.ACCEPTOR if accepts else ActingRole.SUPERVISOR
        _add(found, person.id, person.title_zh, role, SUPERVISION)
    return sound(found.values())


def recorded_of(known: Known) -> PersonRecorded:
    """Return what everybody hears of a person; areas of one party and shift stand together."""
    areas: dict[tuple[str, str], list[str]] = {}
    for one in sorted(known.described.memberships):
        areas.setdefault((one.department, one.shift), []).extend([one.area] if one.area else [])
    return PersonRecorded(
        id=known.id,
        version=known.version,
        at=known.changed_at,
        name=known.described.name,
        roles=tuple(sorted(known.described.roles)),
        memberships=tuple(
            MembershipRecorded(department=party or None, areas=tuple(found), shift=shift or None)
            for (party, shift), found in areas.items()
        ),
        disabled=known.disabled_at is not None,
    )


def described_of(told: PersonRecorded) -> Described:
    """Return a person as was told of them; a role that a later release knows gives no right."""
    return Described(
        id=told.id,
        name=told.name,
        roles=frozenset(role for role in ActingRole if role in told.roles),
        memberships=frozenset(
            Membership(department=one.department or "", area=area, shift=one.shift or "")
            for one in told.memberships
            for area in one.areas or ("",)
        ),
    )


def _add(found: dict[str, Described], id_: str, name: str, role: ActingRole, party: str) -> None:
    roles, memberships = frozenset({role}), frozenset({Membership(department=party)})
    known = found.get(id_)
    if known is None:
        found[id_] = Described(id=id_, name=name, roles=roles, memberships=memberships)
    else:
        merged = known.memberships | memberships
        found[id_] = replace(known, roles=known.roles | roles, memberships=merged)


def _in_brief(described: Described) -> str:
    """Return what somebody is from now on: roles, and where."""
    parties = {one.department for one in described.memberships} - {""}
    return in_brief(described.roles, parties)


def _is_same(before: Known, described: Described, vouched: Vouched | None) -> bool:
    known = (before.issuer, before.subject)
    is_same_to_provider = vouched is None or known == (vouched.issuer, vouched.subject)
    return before.described == described and is_same_to_provider


def _rights(described: Described) -> tuple[object, object]:
    return described.roles, described.memberships
