"""An error for the log: where it was raised and why, without the values that it met.

A failed statement carries its parameters, a driver's message the row that it refuses, a model's
error the input: a reporter's telephone number may stand in any of them.
"""

import traceback
from collections.abc import Iterator
from typing import Final

from pydantic import ValidationError
from sqlalchemy.exc import StatementError

_CAUSED: Final = "\nThe above exception was the direct cause of the following exception:\n\n"
_MEANWHILE: Final = "\nDuring handling of the above exception, another exception occurred:\n\n"
_DRIVERS: Final = ("asyncpg", "sqlite3", "aiosqlite", "sqlalchemy")


def told(error: BaseException) -> str:
    """Return an error as Python prints it: its causes first, of each the frames and the message."""
    return "".join(_parts(error, seen=set())).rstrip("\n")


def _parts(error: BaseException, *, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _parts(before, seen=seen)
        yield _CAUSED if error.__cause__ is before else _MEANWHILE
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{_name_of(error)}: {said_by(error)}\n"
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        if id(inner) not in seen:
            yield from _parts(inner, seen=seen)


def _name_of(error: BaseException) -> str:
    kind = type(error)
    is_builtin = kind.__module__ in {"builtins", "__main__"}
    return kind.__qualname__ if is_builtin else f"{kind.__module__}.{kind.__qualname__}"


def said_by(error: BaseException) -> str:
    """Return an error's message; of one that holds values only what is wrong and where."""
    match error:
        case StatementError():
            orig = error.orig
            why = "" if orig is None else f"{type(orig).__name__}: {said_by(orig)}"
            return f"{why} [{error.statement}]"
        case ValidationError():
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            return "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['type']}" for f in faults)
        case _:
            return _of_a_driver(error) if _speaks_of_rows(error) else str(error)


def _speaks_of_rows(error: BaseException) -> bool:
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return not modules.isdisjoint(_DRIVERS)


def _of_a_driver(error: BaseException) -> str:
    """Return the first line, which has no row in it, unless it is about a value."""
    state = str(getattr(error, "sqlstate", None) or "")
    line = str(error).partition("\n")[0]
    if state.startswith("22") or (not state and _is_about_a_value(error)):
        return f"(a value) {state}".rstrip()
    return f"{line} {state}".rstrip()


def _is_about_a_value(error: BaseException) -> bool:
    return any(kind.__name__ in {"DataError", "ProgrammingError"} for kind in type(error).__mro__)
