"""Rows of a file with one JSON object, or array, on each line; and what both JSON forms share."""

import json
from collections.abc import Iterable, Iterator

from services.upstream.bounds import MAX_RAW
from services.upstream.layout import Layout
from services.upstream.outcomes import BadRow, Row, is_decoded


def json_lines(text: Iterable[str], layout: Layout) -> Iterator[Row | BadRow]:
    """Yield the rows of JSON lines; blank lines are nothing."""
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield row_of(line, number, layout)


def row_of(text: str, line: int, layout: Layout) -> Row | BadRow:
    """Return the row that a piece of JSON text is."""
    if not is_decoded(text):
        reason = f"is not {layout.encoding}; set `encoding` in [file] if all such rows are refused"
        return BadRow(line, {"row": reason}, raw_text(text))
    try:
        found = json.loads(text)
    except RecursionError:
        return BadRow(line, {"row": "broken JSON: nested too deeply"}, raw_text(text))
    except ValueError as broken:
        return BadRow(line, {"row": f"broken JSON: {_why(broken)}"}, raw_text(text))
    return as_row(found, line, layout)


def as_row(found: object, line: int, layout: Layout) -> Row | BadRow:
    """Return the row that a JSON value is: an object, or an array of the mapping's columns."""
    if isinstance(found, dict):
        return Row(line, found)
    if isinstance(found, list) and layout.columns:
        if len(found) == len(layout.columns):
            return Row(line, dict(zip(layout.columns, found, strict=True)))
        reason = f"has {len(found)} values, but there are {len(layout.columns)} columns"
        return BadRow(line, {"row": reason}, found)
    kind = "an array; name its `columns` in [file]" if isinstance(found, list) else "no object"
    return BadRow(line, {"row": f"is {kind}"}, found)


def raw_text(text: str) -> str:
    """Return a text as a reject keeps it: not too long, and without undecodable bytes."""
    clipped = text.strip()[:MAX_RAW]
    return clipped.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _why(broken: ValueError) -> str:
    if isinstance(broken, json.JSONDecodeError):
        return f"{broken.msg} at character {broken.pos + 1}"
    return str(broken)
