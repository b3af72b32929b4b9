"""Persons and where they belong."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.roles import ActingRole
from services.desk.domain.people import Described, Membership
from services.desk.store import versions
from services.desk.store.identity_tables import Person, PersonMembership
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of
from services.kit.sql.holding import hold

PERSON: Final = table_of(Person)
_MEMBERSHIP: Final = table_of(PersonMembership)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person as the desk knows them; `issuer` and `subject` where a provider vouches for them."""

    described: Described
    disabled_at: datetime | None
    issuer: str | None
    subject: str | None
    version: int
    changed_at: datetime

    @property
    def id(self) -> str:
        """Their id."""
        return self.described.id


async def person_of(conn: AsyncConnection, id_: str, *, locked: bool = False) -> Known | None:
    """Return a person, and let nobody else change or add them in this transaction if `locked`."""
    query = select(PERSON).where(PERSON.c.id == id_)
    found = await _one(conn, query.with_for_update() if locked else query)
    if found is None and locked:
        await hold(conn, f"{PERSON.name} {id_}")
        found = await _one(conn, query.with_for_update())
    return found


async def vouched_for(conn: AsyncConnection, *, issuer: str, subject: str) -> Known | None:
    """Return the person that a provider calls so."""
    same = (PERSON.c.issuer == issuer) & (PERSON.c.subject == subject)
    return await _one(conn, select(PERSON).where(same))


async def persons_after(conn: AsyncConnection, id_: str, *, most: int) -> list[Known]:
    """Return the persons whose ids follow, in their order."""
    return await _read(conn, versions.after(PERSON, id_, most=most))


async def administrators(conn: AsyncConnection, *, locked: bool = False) -> list[Known]:
    """Return the administrators who are let in; nobody else changes them now if `locked`."""
    named = PERSON.c.roles.contains(ActingRole.ADMINISTRATOR, autoescape=True)
    query = select(PERSON).where(named, PERSON.c.disabled_at.is_(None)).order_by(PERSON.c.id)
    found = await _read(conn, query.with_for_update() if locked else query)
    return [one for one in found if ActingRole.ADMINISTRATOR in one.described.roles]


async def found(conn: AsyncConnection, *, text: str, after: str, most: int) -> list[Known]:
    """Return the persons whose id or name has a text in it, after an id, in the order of ids."""
    query = versions.after(PERSON, after, most=most)
    if text:
        has = PERSON.c.id.icontains(text, autoescape=True)
        query = query.where(has | PERSON.c.name.icontains(text, autoescape=True))
    return await _read(conn, query)


async def names_of(conn: AsyncConnection, ids: Iterable[str]) -> dict[str, str]:
    """Return what persons are called."""
    query = select(PERSON.c.id, PERSON.c.name).where(PERSON.c.id.in_({*ids}))
    return {row.id: row.name for row in await conn.execute(query)}


async def untold(conn: AsyncConnection, *, most: int) -> list[Known]:
    """Return persons of whom not everybody has heard what is so now, locked until the end."""
    return await _read(conn, versions.untold(PERSON, most=most))


async def save(
    conn: AsyncConnection,
    described: Described,
    *,
    before: Known | None,
    now: datetime,
    vouched: tuple[str, str] | None = None,
) -> None:
    """Keep a person as they are described, in place of what was known `before`.

    `vouched` are issuer and subject of a provider that says so.
    """
    values: dict[str, Any] = {
        "name": described.name,
        "roles": " ".join(sorted(described.roles)),
        "version": 1 if before is None else before.version + 1,
        "changed_at": now,
    }
    if vouched is not None:
        values |= {"issuer": vouched[0], "subject": vouched[1]}
    if before is None:
        row = {"id": described.id, "told_version": 0, "disabled_at": None}
        row |= {"issuer": None, "subject": None} | values
        await insert_rows(conn, Person, [row])
    else:
        same = PERSON.c.id == described.id
        await conn.execute(update(PERSON).where(same).values(**values))
    await conn.execute(delete(_MEMBERSHIP).where(_MEMBERSHIP.c.person_id == described.id))
    rows = [
        {"person_id": described.id, "department": m.department, "area": m.area, "shift": m.shift}
        for m in sorted(described.memberships)
    ]
    await insert_rows(conn, PersonMembership, rows)


async def set_disabled(
    conn: AsyncConnection, known: Known, at: datetime | None, *, now: datetime
) -> None:
    """Let a person in no longer, or again."""
    values = {"disabled_at": at, "version": known.version + 1, "changed_at": now}
    await conn.execute(update(PERSON).where(PERSON.c.id == known.id).values(**values))


async def _one(conn: AsyncConnection, query: Any) -> Known | None:  # noqa: ANN401 - a select of persons
    found = await _read(conn, query)
    return found[0] if found else None


async def _read(conn: AsyncConnection, query: Any) -> list[Known]:  # noqa: ANN401 - a select of persons
    rows = (await conn.execute(query)).all()
    belongs = await _memberships(conn, [row.id for row in rows])
    return [_known(row, belongs.get(row.id, frozenset())) for row in rows]


async def _memberships(
    conn: AsyncConnection, ids: Sequence[str]
) -> dict[str, frozenset[Membership]]:
    found: dict[str, frozenset[Membership]] = {}
    if ids:
        query = select(_MEMBERSHIP).where(_MEMBERSHIP.c.person_id.in_(ids))
        for row in await conn.execute(query):
            one = Membership(department=row.department, area=row.area, shift=row.shift)
            found[row.person_id] = found.get(row.person_id, frozenset()) | {one}
    return found


def _known(row: Any, memberships: frozenset[Membership]) -> Known:  # noqa: ANN401 - a row of persons
    described = Described(
        id=row.id,
        name=row.name,
        # A role that a newer release knows gives no right here.
        roles=frozenset(role for role in ActingRole if role in row.roles.split()),
        memberships=memberships,
    )
    return Known(
        described=described,
        disabled_at=row.disabled_at,
        issuer=row.issuer,
        subject=row.subject,
        version=row.version,
        changed_at=row.changed_at,
    )
