"""How tables are declared: one metadata per service, names derived from the class."""

import re
from typing import Any, cast

from sqlalchemy import Dialect, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from typing_extensions import override

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def snake_case(name: str) -> str:
    """Return a class name as a table name.

    >>> snake_case("OutboxChunk")
    'outbox_chunk'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Named(SQLModel):
    """Base of all tables; subclass it once per database with a `metadata` of its own."""

    @override
    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Derive the table's name from the class."""
        cls.__tablename__ = snake_case(cls.__name__)
        super().__init_subclass__(**kwargs)


def table_of(model: type[SQLModel]) -> Table:
    """Return a model's Core table, for statements over many rows at once."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined] # added by SQLModel


def insert_into(model: type[SQLModel], *, dialect: Dialect) -> Any:  # noqa: ANN401 - two dialects' classes, one API
    """Return an insert that knows `on_conflict_do_...` on SQLite and on PostgreSQL."""
    return _INSERTS[dialect.name](table_of(model))


def merged_metadata(*parts: MetaData) -> MetaData:
    """Return one metadata with the tables of all parts, such as the kit's and a service's own."""
    whole = MetaData()
    for part in parts:
        for table in part.sorted_tables:
            table.to_metadata(whole)
    return whole
