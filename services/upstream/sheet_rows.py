"""Rows of a workbook's sheet (.xlsx, .xls, .ods), as a spreadsheet program saves them."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from services.upstream.bounds import MOST_SHEET_BYTES, MOST_UNPACKED_BYTES
from services.upstream.layout import Layout
from services.upstream.outcomes import BadRow, Row, UnusableFile

_BROKEN: Final = (CalamineError, zipfile.BadZipFile, NotImplementedError, IndexError)
"""What reading bytes that are no workbook raises; the third is a packing that nobody uses."""
_TOO_LARGE: Final = "the workbook is too large to be held in memory; save the sheet as CSV"


def sheet_rows(
    stream: io.BufferedReader, layout: Layout, *, on_header: Callable[[Sequence[str]], None]
) -> Iterator[Row | BadRow]:
    """Yield the rows of the sheet that the layout names; raises `UnusableFile`.

    A cell is text; whole numbers are without a fraction, dates and times stay what they are. Rows
    whose every cell is blank are nothing. The line of a row is its number in the sheet.
    """
    rows = enumerate(_cells(stream, layout), start=1)
    for _ in zip(range(layout.lines_above_header), rows, strict=False):
        pass
    names: Sequence[str] = layout.columns
    if layout.header:
        header = next((cells for _, cells in rows if _texts(cells)), [])
        names = [str(name).strip() for name in _texts(header)]
        if not names:
            raise UnusableFile("the sheet is empty")
    on_header(names)
    for line, cells in rows:
        values = _texts(cells)
        if len(values) > len(names):
            reason = f"has {len(values)} values, but there are {len(names)} columns"
            yield BadRow(line, {"row": reason}, list(map(str, values)))
        elif values:
            blanks = [""] * (len(names) - len(values))
            yield Row(line, dict(zip(names, [*values, *blanks], strict=True)))


def _cells(stream: io.BufferedReader, layout: Layout) -> Sequence[Sequence[object]]:
    data = stream.read(MOST_SHEET_BYTES + 1)
    if len(data) > MOST_SHEET_BYTES:
        raise UnusableFile(_TOO_LARGE)
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED_BYTES:
                    raise UnusableFile(_TOO_LARGE)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = layout.sheet or workbook.sheet_names[0]
        if name not in workbook.sheet_names:
            told = ", ".join(workbook.sheet_names)
            raise UnusableFile(f"the workbook has no sheet {name!r}; it has {told}")
        return workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except _BROKEN as broken:
        raise UnusableFile(f"the workbook is broken: {broken}") from broken


def _texts(cells: Sequence[object]) -> list[object]:
    """Return the cells as they are read from a row, without the blank ones at its end."""
    values = [_text(cell) for cell in cells]
    while values and values[-1] == "":
        values.pop()
    return values


def _text(cell: object) -> object:
    if isinstance(cell, datetime | date):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
