"""The table of the files of cases; their bytes are in the store of files."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Index, MetaData, text
from sqlmodel import Field

from services.kit.sql.declaring import Named

FILE_METADATA = MetaData()

# Literal, as those of cases: only so does a planner see that the index applies.
TAKEN_AWAY: Final = text("taken_away_at IS NOT NULL")


class FileTable(Named):
    """Base of the table below."""

    metadata = FILE_METADATA


class UploadedFile(FileTable, table=True):
    """A photo or paper that somebody brought to a case; the same bytes are one file of it.

    No topic has it: a desk that is built anew keeps these rows. `whole` and `small` are the hashes
    of what is shown, `original` that of what was brought, which is not kept. `bytes` are those of
    both. `taken_at` and `lat`, `lon` are what a camera said. One that was `taken_away_at` is shown
    no more, and goes.
    """

    id: UUID = Field(primary_key=True)
    case_id: UUID
    brought_by: str
    brought_at: datetime
    media_type: str
    original: str
    whole: str
    small: str | None = None
    bytes: int
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    taken_away_at: datetime | None = None

    __table_args__ = (
        Index("ix_uploaded_file_case", "case_id", "brought_at"),
        Index("ix_uploaded_file_by", "brought_by", "brought_at"),
        Index(
            "ix_uploaded_file_taken_away",
            "taken_away_at",
            sqlite_where=TAKEN_AWAY,
            postgresql_where=TAKEN_AWAY,
        ),
        Index("ix_uploaded_file_whole", "whole"),
        Index("ix_uploaded_file_small", "small"),
    )
