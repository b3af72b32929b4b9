"""The desk's tables of the numbers that everybody may see; no topic has them.

They are counted once and never again: a desk that is built anew from the topics keeps these rows.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import JSON, MetaData
from sqlmodel import Field

from services.kit.sql.declaring import Named

PUBLIC_METADATA: Final = MetaData()


class PublicTable(Named):
    """Base of the tables below."""

    metadata = PUBLIC_METADATA


class PublicCounting(PublicTable, table=True):
    """Of which days the next numbers will be; there is one row, or none while no page shows them.

    `number` is always 1: two times of which one is counted cannot overlap.
    """

    number: int = Field(primary_key=True)
    first_day: date
    last_day: date


class PublicTime(PublicTable, table=True):
    """Days of the city that were counted, none of them twice; each number is `least` or more."""

    first_day: date = Field(primary_key=True)
    last_day: date
    counted_at: datetime
    least: int


class PublicNumber(PublicTable, table=True):
    """One number of a time: how many cases, in these grids or of these categories.

    `kind` is `area` or `category`, `place` its place among those of the kind.
    """

    first_day: date = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    codes: list[Any] = Field(sa_type=JSON)
    cases: int
