"""The tables of what moves at the moment: which cases changed last, and who looks at which.

Nothing here is of a topic, and nothing lasts: changes are kept for those who lost the connection,
a look for as long as somebody's browser says that it goes on.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, MetaData, Text
from sqlmodel import Field

from services.kit.sql.declaring import Named

LIVE_METADATA = MetaData()


class LiveTable(Named):
    """Base of the tables below."""

    metadata = LIVE_METADATA


class ChangeLane(LiveTable, table=True):
    """How many transactions of a lane changed cases.

    Whoever adds to it holds its row until the end: a number is seen only after all before it.
    """

    lane: int = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger)


class CaseChange(LiveTable, table=True):
    """A case that changed in the transaction of this number, and who saw it before or after.

    `parties` are as `CaseParty` names them, a line each.
    """

    lane: int = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    case_id: UUID = Field(primary_key=True)
    parties: str = Field(sa_type=Text)


class CaseLooker(LiveTable, table=True):
    """Somebody who had a case open when their browser said so last."""

    case_id: UUID = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    seen_at: datetime = Field(index=True)
