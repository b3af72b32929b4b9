"""The desk's tables of what people have under way here; no topic has it.

They stand apart from what is shown of cases, which can be read anew at any time.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Index, MetaData, Text, UniqueConstraint, text
from sqlmodel import Field

from services.kit.sql.declaring import Named

WORK_METADATA: Final = MetaData()

_UNSENT: Final = text("confirmed_at IS NOT NULL AND done_at IS NULL")


class WorkTable(Named):
    """Base of the tables below."""

    metadata = WORK_METADATA


class Bulk(WorkTable, table=True):
    """One command for many cases: chosen at `made_at`, sent from `confirmed_at` to `done_at`.

    `query` is the list they were chosen from. `fields` are what the command says beside its kind,
    `acting` is who says it, as each command carries it.
    """

    bulk_id: UUID = Field(primary_key=True)
    person: str
    kind: str
    query: str = Field(sa_type=Text)
    made_at: datetime = Field(index=True)
    fields: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    acting: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    confirmed_at: datetime | None = None
    done_at: datetime | None = None

    __table_args__ = (
        Index("ix_bulk_unsent", "confirmed_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
    )


class BulkCase(WorkTable, table=True):
    """A case of a bulk: `seen` lines of its story were there when it was chosen.

    `held` is why nothing is sent of it.
    """

    bulk_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    seen: int
    held: str | None = None
    sent_at: datetime | None = None


class SavedView(WorkTable, table=True):
    """A list that somebody keeps under a name; its `number` is a place of so many that each has.

    `query` is the list's, as its address has it.
    """

    person: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    name: str
    query: str = Field(sa_type=Text)

    __table_args__ = (UniqueConstraint("person", "name", name="uq_saved_view_name"),)
