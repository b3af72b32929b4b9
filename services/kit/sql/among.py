"""`column IN (many values)` as one parameter, the same on SQLite and PostgreSQL.

One parameter whatever the number of values, so one plan; and a statement that is a constant, which
costs SQLAlchemy nothing to build again.
"""

import json
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Boolean, Column, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine
from typing_extensions import override


class _Listed(TypeDecorator[Any]):
    """Several values of one type as one parameter."""

    impl: type[TypeEngine[Any]] | TypeEngine[Any] = Text
    cache_ok: bool | None = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        """Take the type of each value."""
        super().__init__()
        self.item = item

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        on_postgresql = dialect.name == "postgresql"
        return dialect.type_descriptor(ARRAY(self.item) if on_postgresql else Text())

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return list(value)
        return json.dumps([one.hex if isinstance(one, UUID) else one for one in value])


class among(FunctionElement[bool]):  # noqa: N801 - reads as an operator of SQL
    """That a column is one of the values of a parameter: one, however many values there are.

    `select(t).where(among(t.c.id, "ids"))` can be a constant, run with `{"ids": [...]}`.
    """

    inherit_cache: bool | None = True
    type: TypeEngine[bool] = Boolean()

    def __init__(self, column: Column[Any], name: str) -> None:
        """Take the column and the parameter's name."""
        super().__init__(column, bindparam(name, type_=_Listed(column.type)))

    @override
    def self_group(self, against: OperatorType | None = None) -> Self:
        """Stay as it is beside other conditions: as `... = 1` no index of SQLite answers it."""
        return self


@compiles(among)
def _among(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{column} = ANY({values})"
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled parts
