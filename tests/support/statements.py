"""What SQLAlchemy makes of a statement, kept for all tests: each opens databases of its own.

It keeps that by engine and dialect, and so every test would compile anew what another compiled: a
sixth of what the tests of the use cases cost.
"""

from typing import Any, Final

from sqlalchemy import Connection, Dialect

_KEPT: Final[dict[object, tuple[Dialect, dict[Any, Any]]]] = {}


def keep_compiled(connection: Connection) -> None:
    """Let a new connection have the dialect, and what is compiled, of the first of its kind."""
    own = connection.dialect
    kind = (type(own), getattr(own, "_json_deserializer", None))
    connection.dialect, compiled = _KEPT.setdefault(kind, (own, {}))
    connection.execution_options(compiled_cache=compiled)
