"""How reporters can be reached: sealed before it is kept, opened for whoever may look."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.incident import Contact
from services.intake.bounds import SEALED_AT_ONCE
from services.intake.domain.reaching import MAIL, PHONE, comparable_mail, comparable_phone
from services.intake.store import contacts as store
from services.intake.store.contacts import Kept, NewContact, Plain
from services.kit.sealing.envelope import Sealed, Spoilt, rewrapped, sealed, unsealed
from services.kit.sealing.keys import KeyFile, Ring
from services.kit.sql.database import Database
from services.kit.sql.retention import forget

_CONTACT = TypeAdapter(Contact)
SPOILT: Final = "spoilt:"
"""Before the id of the master key of a contact that it does not open: somebody changed the row."""


def sealed_contact(
    contact: Contact, *, case_id: UUID, belongs_to: UUID, kept_from: datetime, ring: Ring
) -> NewContact:
    """Return the row of the contact of a report, whose own case is `case_id`.

    It `belongs_to` the case that the report is part of; its days are counted from `kept_from` on,
    until more is known of that case's end.
    """
    content = contact.model_dump_json(exclude_none=True).encode()
    key_id, data_key, text = sealed(content, about=case_id.bytes, ring=ring)
    return NewContact(
        case_id=case_id,
        name=None,
        phone=None,
        email=None,
        key_id=key_id,
        data_key=data_key,
        sealed=text,
        phone_mark=phone_mark(contact, ring),
        mail_mark=mail_mark(contact, ring),
        belongs_to=belongs_to,
        kept_from=kept_from,
    )


async def seal_all(database: Database, *, keys: KeyFile) -> int:
    """Seal what is not sealed yet, or under another master key than the one in use.

    Returns how many contacts that were. In portions; several processes share them.
    """
    ring = keys.read_again()
    plain = await forget(database, partial(_seal_plain, ring=ring), portion=SEALED_AT_ONCE)
    if plain:
        await database.empty_log()
    return plain + await forget(database, partial(_wrap_anew, ring=ring), portion=SEALED_AT_ONCE)


async def unreadable_keys(database: Database, *, ring: Ring) -> list[str]:
    """Return the ids of the master keys that contacts are sealed by and the file has not."""
    async with database.read() as conn:
        return [one for one in await store.key_ids(conn) if one not in ring.keys]


async def _seal_plain(conn: AsyncConnection, *, ring: Ring) -> int:
    found = await store.plain_contacts(conn)
    if found:
        await store.overwrite(conn)
    await store.save_sealed(conn, [_sealed_late(one, ring=ring) for one in found])
    return len(found)


def _sealed_late(plain: Plain, *, ring: Ring) -> NewContact:
    contact = Contact.model_construct(name=plain.name, phone=plain.phone, email=plain.email)
    return sealed_contact(
        contact,
        case_id=plain.case_id,
        belongs_to=plain.belongs_to,
        kept_from=plain.received_at,
        ring=ring,
    )


async def _wrap_anew(conn: AsyncConnection, *, ring: Ring) -> int:
    """Put data keys, and the marks, under the master key in use."""
    before = ring.keys.keys() - {ring.current}
    found = await store.wrapped_by(conn, before) if before else []
    spoilt, anew = [], []
    for kept in found:
        try:
            anew.append(_wrapped(kept, ring=ring))
        except Spoilt:
            spoilt.append({"case_id": kept.case_id, "key_id": f"{SPOILT}{kept.key_id}"})
    await store.save_sealed(conn, anew)
    await store.save_sealed(conn, spoilt)
    return len(found)


def _wrapped(kept: Kept, *, ring: Ring) -> dict[str, object]:
    about = kept.case_id.bytes
    anew = rewrapped(Sealed(kept.key_id, kept.data_key, kept.sealed), about=about, ring=ring)
    contact = opened_contact(kept, ring=ring)
    return {
        "case_id": kept.case_id,
        "key_id": anew.key_id,
        "data_key": anew.data_key,
        "phone_mark": phone_mark(contact, ring),
        "mail_mark": mail_mark(contact, ring),
    }


def opened_contact(kept: Kept, *, ring: Ring) -> Contact:
    """Return a contact. Raises KeyMissing and Spoilt."""
    found = Sealed(kept.key_id, kept.data_key, kept.sealed)
    return _CONTACT.validate_json(unsealed(found, about=kept.case_id.bytes, ring=ring))


def phone_mark(contact: Contact, ring: Ring) -> bytes | None:
    """Return what a contact is found by when somebody gives its number."""
    return ring.mark(comparable_phone(contact.phone), kind=PHONE) if contact.phone else None


def mail_mark(contact: Contact, ring: Ring) -> bytes | None:
    """Return what a contact is found by when somebody gives its mail address."""
    return ring.mark(comparable_mail(contact.email), kind=MAIL) if contact.email else None
