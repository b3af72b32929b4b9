"""Where in a row a value is: a column, a place inside one, or a text put together from columns."""

import ast
import json
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import PlainValidator

from services.upstream.bounds import MAX_LITERAL

Cells = Mapping[str, object]
"""One row: the value of each column. From CSV all are text, from JSON whatever it said."""

_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_NUMBER: Final = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_WKT: Final = re.compile(rf"POINT\s*\(\s*({_NUMBER})\s+({_NUMBER})\s*\)", re.IGNORECASE)
_PAIR: Final = re.compile(rf"\(?\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)?")


@dataclass(frozen=True, slots=True)
class Piece:
    """One way to find a value: `city`, `location.coordinates.0` or `{street}, {city}`."""

    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column or path the piece needs."""
        return tuple(map(str.strip, _BRACES.findall(self.text))) or (self.text,)

    @property
    def is_template(self) -> bool:
        """Tell whether this is a text with columns in braces."""
        return "{" in self.text

    def value(self, cells: Cells, *, empty: frozenset[str]) -> object | None:
        """Return what the row has there; None when it, or any part of a template, is empty."""
        if not self.is_template:
            return present(find(cells, self.text), empty=empty)
        values = {name: present(find(cells, name), empty=empty) for name in self.columns}
        if None in values.values():
            return None
        filled = _BRACES.sub(lambda found: str(values[found[1].strip()]), self.text)
        return " ".join(filled.split())


def _pieces(written: object) -> tuple[Piece, ...]:
    texts = [written] if isinstance(written, str) else written
    if not isinstance(texts, list | tuple) or not texts:
        raise ValueError(
            "write a column, or a list of columns of which the first filled one counts"
        )
    for text in texts:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{text!r} is no column; write its name in quotes")
        if "{" in text and not _BRACES.search(text):
            raise ValueError(f"{text!r} has a brace that is not closed")
    return tuple(Piece(text.strip()) for text in texts)


Pieces = Annotated[tuple[Piece, ...], PlainValidator(_pieces)]
"""Alternatives in order; the first that the row fills counts."""


def first_value(pieces: Iterable[Piece], cells: Cells, *, empty: frozenset[str]) -> object | None:
    """Return the value of the first alternative the row fills."""
    for piece in pieces:
        value = piece.value(cells, empty=empty)
        if value is not None:
            return value
    return None


def present(value: object, *, empty: frozenset[str]) -> object | None:
    """Return the value without blanks around it, or None for one that says nothing."""
    if isinstance(value, str):
        value = value.strip()
        return None if not value or value in empty else value
    return None if value is None or value in ([], {}) else value


def find(cells: Cells, path: str) -> object | None:
    """Return what is at a path; a column of that very name comes first, dots and all.

    A step into text opens it: JSON, a Python literal, `POINT (x y)` or `(lat, lon)`.

    >>> find({"place": "{'at': [3, 4]}"}, "place.at.1")
    4
    """
    if path in cells:
        return cells[path]
    current: object = cells
    for step in path.split("."):
        current = _step(opened(current) if isinstance(current, str) else current, step)
        if current is None:
            return None
    return current


def _step(inside: object, step: str) -> object | None:
    if isinstance(inside, Mapping):
        return inside.get(step)
    if isinstance(inside, Sequence) and not isinstance(inside, str) and step.isdecimal():
        return inside[int(step)] if int(step) < len(inside) else None
    return None


def opened(text: str) -> object | None:
    """Return the structure that a cell's text spells, or None when it spells none.

    >>> opened("POINT (-73.9 40.7)"), opened("(40.7, -73.9)")
    ([-73.9, 40.7], [40.7, -73.9])
    """
    text = text.strip()
    pair = _WKT.fullmatch(text) or _PAIR.fullmatch(text)
    if pair:
        return [float(pair[1]), float(pair[2])]
    if text[:1] not in {"{", "["} or len(text) > MAX_LITERAL:
        return None
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        found = _literal(text)
    return found


def _literal(text: str) -> object | None:
    with warnings.catch_warnings(action="ignore"):  # a stray backslash in somebody's data
        try:
            found: object = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            return None
    return found
