"""Mappings and rows for the tests of `tongxin import`."""

import io
from collections.abc import Sequence
from pathlib import Path

from services.upstream.mapping import UpstreamMapping, parse_mapping
from services.upstream.opening import read_rows
from services.upstream.outcomes import BadRow, Outcome, Row, Translated
from services.upstream.translate import translate

DATA = Path(__file__).parents[1] / "data"

BASE = """\
source = "test-city"
timezone = "America/New_York"
{top}
[file]
{file}
[columns]
id = "id"
reported_at = "at"
address = "street"
{columns}
{tables}
"""


def mapping_text(*, top: str = "", file: str = "", columns: str = "", tables: str = "") -> str:
    """Return a small mapping with these lines added; it describes by `what` unless told."""
    columns = columns or 'description = "what"'
    return BASE.format(top=top, file=file, columns=columns, tables=tables)


def a_mapping(
    *, top: str = "", file: str = "", columns: str = "", tables: str = ""
) -> UpstreamMapping:
    """Return the mapping of `mapping_text`."""
    text = mapping_text(top=top, file=file, columns=columns, tables=tables)
    return parse_mapping(text.encode(), name="test.toml")


def a_row(**cells: object) -> Row:
    """Return a good row of line 2, changed as told."""
    good = {"id": "7", "at": "2021-03-04T09:15:00", "street": "1 Road", "what": "a hole"}
    return Row(2, good | cells)


def translated(mapping: UpstreamMapping, **cells: object) -> Translated:
    """Return what a row becomes; it must be a report."""
    outcome = translate(a_row(**cells), mapping)
    assert isinstance(outcome, Translated), outcome
    return outcome


def refused(mapping: UpstreamMapping, **cells: object) -> dict[str, str]:
    """Return the reasons why a row is refused; it must be."""
    outcome: Outcome = translate(a_row(**cells), mapping)
    assert isinstance(outcome, BadRow), outcome
    return dict(outcome.reasons)


def rows_of(data: bytes, mapping: UpstreamMapping) -> list[Row | BadRow]:
    """Return what reading the bytes of a file gives."""

    def on_header(_names: Sequence[str]) -> None:
        """Take any header."""

    stream: io.BufferedReader = io.BufferedReader(io.BytesIO(data))
    return list(read_rows(stream, mapping.file, on_header=on_header))
