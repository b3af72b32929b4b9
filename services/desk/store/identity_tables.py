"""The tables of who people are and how they sign in.

No topic has what stands here but the persons themselves and where they belong. What opens a door
(a session, a one-time link) is kept as its hash only.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, MetaData, Text, text
from sqlmodel import Field

from services.kit.sql.declaring import Named

IDENTITY_METADATA = MetaData()

_UNTOLD = text("told_version < version")


class IdentityTable(Named):
    """Base of the tables below."""

    metadata = IDENTITY_METADATA


class Person(IdentityTable, table=True):
    """Somebody who acts here; a row is never taken away, for the stories name it.

    `roles` are codes with blanks between. `version` only rises; `told_version` is the last one that
    everybody heard of. `issuer` and `subject` are who they are to an identity provider, which says
    then what their roles are.
    """

    id: str = Field(primary_key=True)
    name: str
    roles: str = Field(sa_type=Text)
    disabled_at: datetime | None = None
    issuer: str | None = None
    subject: str | None = None
    version: int
    told_version: int
    changed_at: datetime

    __table_args__ = (
        Index("ix_person_untold", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
        Index("ix_person_subject", "issuer", "subject", unique=True),
    )


class PersonMembership(IdentityTable, table=True):
    """Where somebody belongs; empty where it is nowhere in particular."""

    person_id: str = Field(primary_key=True)
    department: str = Field(primary_key=True)
    area: str = Field(primary_key=True)
    shift: str = Field(primary_key=True)


class LocalAccount(IdentityTable, table=True):
    """The password of somebody, and their second factor, both set by themselves.

    `totp_sealed` is the secret that codes follow from, encrypted; `totp_pending` one that was not
    confirmed by a code so far. `totp_step` is the step of the code that was taken last.
    """

    person_id: str = Field(primary_key=True)
    password_hash: str
    password_set_at: datetime
    totp_sealed: str | None = None
    totp_pending: str | None = None
    totp_step: int = 0


class OneTimeLink(IdentityTable, table=True):
    """A link with which somebody sets a password once, until it ends; its token's hash."""

    token_hash: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    ends_at: datetime = Field(index=True)


class SignInFailure(IdentityTable, table=True):
    """How often somebody tried in vain: under a name, or from an address; until when to wait.

    A name is kept as its hash: people type passwords into the wrong field.
    """

    subject: str = Field(primary_key=True)
    failures: int
    last_at: datetime = Field(index=True)
    until: datetime


class DeskSession(IdentityTable, table=True):
    """Somebody who is signed in, by one browser.

    `provider_session` is what the identity provider calls it, so that it can end it.
    """

    token_hash: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    began_at: datetime = Field(index=True)
    seen_at: datetime
    second_factor: bool
    by_provider: bool
    provider_session: str | None = Field(default=None, index=True)
    device: str
    address: str


class ProviderVisit(IdentityTable, table=True):
    """Somebody who was sent to the identity provider and is not back; the hash of the state."""

    state_hash: str = Field(primary_key=True)
    nonce: str
    verifier: str
    leads_to: str
    ends_at: datetime = Field(index=True)


class AuditEntry(IdentityTable, table=True):
    """Something that somebody did with who may come in, or with what waits for a person.

    `about` is the person or key that it was done with, `detail` what of it; no secret is in either.
    """

    id: UUID = Field(primary_key=True)
    at: datetime
    by_id: str
    by_name: str
    deed: str
    about: str
    detail: str = Field(sa_type=Text)

    __table_args__ = (
        Index("ix_audit_entry_at", "at", "id"),
        Index("ix_audit_entry_about", "about", "at", "id"),
    )
