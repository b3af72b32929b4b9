"""The desk's tables."""

from typing import Final

from sqlalchemy import MetaData

DESK_METADATA: Final = MetaData()
