"""Find what intake holds of one person, hand it out, and destroy what names them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.incident import Contact
from schemas.vocabulary import case_id_for, derived_id
from services.intake.domain.reaching import MAIL, PHONE, comparable_mail, comparable_phone
from services.intake.store import contacts, ends
from services.intake.store import persons as store
from services.intake.store.persons import Erased, Looked, NewErasure
from services.intake.store.tables import Report
from services.intake.use_cases.contacts import opened_contact, seal_all
from services.kit.sealing.envelope import Spoilt
from services.kit.sealing.keys import KeyFile, KeyMissing
from services.kit.sql.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """By what a person is found: a phone number, a mail address, or a report of theirs."""

    phone: str | None = None
    mail: str | None = None
    report: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A report of a person, and what is held with it.

    `contact` is None where none was left, or it is destroyed; `sealed` tells of one that is there
    and cannot be opened.
    """

    report: Report
    contact: Contact | None
    sealed: bool
    looks: list[Looked]
    erasures: list[Erased]


async def held_of(database: Database, who: Who, *, keys: KeyFile) -> list[Held]:
    """Return what is held of a person, the earliest report first."""
    await seal_all(database, keys=keys)
    async with database.read() as conn:
        ids = [case_id_for(*who.report)] if who.report else await _marked(conn, who, keys=keys)
        left = await store.contacts_left(conn, ids)
        found = []
        for report in await store.reports_among(conn, ids):
            kept = left.get(report.case_id)
            contact = None if kept is None else _opened(kept, keys=keys)
            looks = await store.looks_at(conn, report.primary_id or report.case_id)
            found.append(
                Held(
                    report=report,
                    contact=contact,
                    sealed=kept is not None and contact is None,
                    looks=[one for one in looks if report.case_id in one.seen],
                    erasures=await store.erasures_of(conn, report.case_id),
                )
            )
    return found


async def erase(
    database: Database, reports: Collection[UUID], *, reason: str, by: str, now: datetime
) -> None:
    """Destroy the contacts of these reports for good, and keep that it was done.

    Not even the same report, sent once more, brings one back. The reports, and what became of them,
    stay as they are.
    """
    rows = [
        NewErasure(
            id=derived_id("erasure", case_id, now.isoformat()),
            case_id=case_id,
            reason=reason,
            by=by,
            at=now,
        )
        for case_id in sorted(reports)
    ]
    async with database.write() as conn:
        await contacts.overwrite(conn)
        await ends.destroy(conn, reports)
        await store.add_erasures(conn, rows)
    await database.empty_log()


async def _marked(conn: AsyncConnection, who: Who, *, keys: KeyFile) -> list[UUID]:
    ring = keys.ring
    return await store.marked(
        conn,
        phone=ring.marks(comparable_phone(who.phone), kind=PHONE) if who.phone else (),
        mail=ring.marks(comparable_mail(who.mail), kind=MAIL) if who.mail else (),
    )


def _opened(kept: contacts.Kept, *, keys: KeyFile) -> Contact | None:
    try:
        return opened_contact(kept, ring=keys.ring)
    except (KeyMissing, Spoilt):
        return None
