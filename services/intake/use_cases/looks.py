"""Let whoever may see how the reporters of a case can be reached, and keep that they looked."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from schemas.events.incident import Contact
from schemas.looks import MAY_AUDIT, role_to_look
from schemas.vocabulary import derived_id
from services.access.actor import Actor, ActorKind
from services.intake.domain.holding import Holding
from services.intake.store import looks as store
from services.intake.store.contacts import Kept
from services.intake.store.holdings import holdings_of
from services.intake.store.looks import Look, Reached
from services.intake.store.reports import report_of
from services.intake.store.tables import ContactLook, Report
from services.intake.use_cases.contacts import opened_contact
from services.kit.clock import Clock
from services.kit.sealing.envelope import Spoilt
from services.kit.sealing.keys import KeyFile, KeyMissing
from services.kit.sql.cursors import Cursor
from services.kit.sql.database import Database

logger = logging.getLogger(__name__)
_OPEN: Final = "registered"


class MayNotLook(Exception):
    """Somebody may not see these contacts; the message says why."""


class NoSuchCase(LookupError):
    """Intake knows no case of this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """What looking needs: where contacts are, what opens them, and what time it is."""

    database: Database
    keys: KeyFile
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A reporter as somebody saw them; None: what is sealed cannot be opened."""

    source: str
    source_id: str
    reported_at: datetime
    contact: Contact | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A look that is kept, what it shows, and whether more was there that is destroyed."""

    id: UUID
    seen: list[Seen]
    some_erased: bool


async def look(case_id: UUID, *, reason: str, actor: Actor, contacts: Contacts) -> Looked:
    """Keep a look, and return it with the contacts of an open case, opened.

    Nobody sees one before the look is on disk. Raises MayNotLook and NoSuchCase.
    """
    async with contacts.database.write() as conn:
        report = await report_of(conn, case_id)
        holding = (await holdings_of(conn, [case_id])).get(case_id, Holding())
        role = _role(report, holding, case_id=case_id, actor=actor)
        cases = await store.cases_of(conn, case_id)
        found = await store.contacts_of(conn, cases)
        some_erased = await store.some_erased(conn, cases)
        at = contacts.clock()
        kept = Look(
            id=derived_id("look", case_id, actor.id, at.isoformat(), reason),
            case_id=case_id,
            person=actor.id,
            name=actor.name,
            role=role,
            departments=" ".join(sorted(actor.departments)),
            reason=reason,
            seen=" ".join(str(one.case_id) for one in found),
            at=at,
        )
        await store.add_look(conn, kept)
    seen = [_seen(one, contacts.keys) for one in found]
    return Looked(id=kept["id"], seen=seen, some_erased=some_erased)


async def looks_kept(
    *,
    actor: Actor,
    contacts: Contacts,
    case_id: UUID | None,
    person: str | None,
    after: Cursor | None,
    most: int,
) -> list[ContactLook]:
    """Return who looked, in the order of time. Raises MayNotLook."""
    if MAY_AUDIT.isdisjoint(actor.roles):
        raise MayNotLook("Who looked is seen by the supervision and by administrators.")
    async with contacts.database.read() as conn:
        return await store.looks(conn, case_id=case_id, person=person, after=after, most=most)


def _role(report: Report | None, holding: Holding, *, case_id: UUID, actor: Actor) -> str:
    """Return in which role somebody may look. Raises MayNotLook and NoSuchCase."""
    if report is None and actor.sees_all:
        raise NoSuchCase(case_id)
    is_open = report is not None and report.outcome == _OPEN and report.closed_at is None
    role = None
    if is_open and actor.kind is ActorKind.PERSON:
        role = role_to_look(actor.roles, departments=actor.departments, at_work=holding.departments)
    if role is None:
        logger.warning(
            "contacts were not shown", extra={"case_id": str(case_id), "person": actor.id}
        )
        raise MayNotLook(_why_not(actor))
    return role.value


def _why_not(actor: Actor) -> str:
    """Say what would be needed, the same whether or not there is such a case."""
    if actor.kind is not ActorKind.PERSON:
        return "Contacts are shown to people, not to keys: sign in."
    return "Contacts of a case are shown while it is open, to those who work at it or dispatch it."


def _seen(one: Reached, keys: KeyFile) -> Seen:
    return Seen(
        source=one.source,
        source_id=one.source_id,
        reported_at=one.reported_at,
        contact=_opened(Kept(one.case_id, one.key_id, one.data_key, one.sealed), keys),
    )


def _opened(kept: Kept, keys: KeyFile) -> Contact | None:
    ring = keys.ring if kept.key_id in keys.ring.keys else keys.read_again()
    try:
        return opened_contact(kept, ring=ring)
    except (KeyMissing, Spoilt) as fault:
        told = {"case_id": str(kept.case_id), "cause": f"{type(fault).__name__}: {fault}"}
        logger.warning("a contact cannot be opened", extra=told)
        return None
