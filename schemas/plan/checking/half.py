"""Whether a plan that was written over the one in force may be only the first half of itself.

A file that is cut between two tables is valid, and says less. So what is written over in place may
add and change, but not take away; what is renamed into place is whole, and may.
"""

import tomllib
from collections.abc import Iterator
from itertools import islice

from schemas.plan.checking.lines import Path
from schemas.plan.checking.schema_errors import dotted

_MOST_NAMED = 3


def half_of(old: bytes, new: bytes) -> str | None:
    """Return why the new bytes may be half of a plan, and what to do; None when they are whole.

    `old` is a plan; bytes that are no TOML are never whole, and the check says so better.
    """
    if not new.endswith(b"\n"):
        return f"its last line has no line break: so ends a file that is half written ({_ADVICE})"
    try:
        missing = _lost(_table(old), _table(new), ())
        lost = [dotted(path) for path in islice(missing, _MOST_NAMED + 1)]
    except (ValueError, RecursionError):
        return None
    if not lost:
        return None
    more = ", ..." if len(lost) > _MOST_NAMED else ""
    named = ", ".join(lost[:_MOST_NAMED])
    return f"it was saved in place and lacks {named}{more}: so looks half a file ({_ADVICE})"


_ADVICE = "if it is meant so, save it under another name and rename that into place with mv"


def _table(data: bytes) -> object:
    return tomllib.loads(data.decode("utf-8-sig"))


def _lost(old: object, new: object, path: Path) -> Iterator[Path]:
    """Yield the path of each key and each table of a list that is not there any more."""
    before, after = _parts(old), _parts(new)
    for name, part in before.items():
        if name not in after:
            yield (*path, name)
        else:
            yield from _lost(part, after[name], (*path, name))


def _parts(value: object) -> dict[str | int, object]:
    """Return the keys of a table, or the tables of a list by id or code, else by number."""
    if isinstance(value, dict):
        return value
    tables = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return {_name(one) or number: one for number, one in enumerate(tables)}


def _name(table: dict[str, object]) -> str:
    return str(table.get("id") or table.get("code") or "")
