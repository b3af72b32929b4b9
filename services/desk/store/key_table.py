"""The table of keys that systems bring instead of a person."""

from datetime import date, datetime

from sqlalchemy import Index, MetaData, Text, text
from sqlmodel import Field

from services.kit.sql.declaring import Named

KEY_METADATA = MetaData()

_UNTOLD = text("told_version < version")


class KeyTable(Named):
    """Base of the table below."""

    metadata = KEY_METADATA


class AccessKey(KeyTable, table=True):
    """One token of a key; a rotation adds another of the same name.

    `token_hmac` is all that is kept of the token. `scopes`, `roles`, `sources` and `parties` are
    codes with blanks between; a key that is `everywhere` is bound to no source and no party.
    `last_used_on` is the last day (UTC) that a service told it let the token in on.
    `version` only rises; `told_version` is the last one that everybody heard of.
    """

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    token_hmac: str = Field(unique=True)
    scopes: str = Field(sa_type=Text)
    roles: str = Field(sa_type=Text)
    sources: str = Field(sa_type=Text)
    parties: str = Field(sa_type=Text)
    everywhere: bool
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    version: int
    told_version: int
    changed_at: datetime

    __table_args__ = (
        Index("ix_access_key_untold", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
    )
