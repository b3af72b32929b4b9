"""Files with a row for each case: CSV, and a workbook."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Protocol

from xlsxwriter import Workbook

from services.desk.domain.cells import harmless

Cell = str | int | float | datetime | None
"""What stands in a cell; an instant is in the city's time, and has no zone there."""

_FIRST_YEAR: Final = 1900
"""Of the days that a workbook can count."""


class Sheet(Protocol):
    """A file in the making."""

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows below those that are there."""

    def close(self) -> None:
        """Write what is left to be written."""


class CsvSheet:
    """A CSV that spreadsheets open as it is meant: in UTF-8, with texts that stay texts."""

    def __init__(self, file: IO[bytes], *, heads: Sequence[str], folder: Path) -> None:
        """Begin a file with the names of its columns."""
        del folder
        # Without the mark at its beginning Excel reads Chinese as the machine's old code page.
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        self._rows = csv.writer(self._text)
        self._rows.writerow(heads)

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows below those that are there."""
        self._rows.writerows([_told(cell) for cell in row] for row in rows)

    def close(self) -> None:
        """Leave the file to whoever opened it."""
        self._text.detach()


class XlsxSheet:
    """A workbook of one sheet, of which one row at a time is in memory."""

    def __init__(self, file: IO[bytes], *, heads: Sequence[str], folder: Path) -> None:
        """Begin a file with the names of its columns; `folder` is for what is not yet in it."""
        self._book = Workbook(file, {"constant_memory": True, "tmpdir": str(folder)})
        # What a spreadsheet itself puts before a text that is to stay one, also when it is edited.
        self._text = self._book.add_format({"quote_prefix": True})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(heads) - 1, 18)
        head = self._book.add_format({"bold": True})
        for column, name in enumerate(heads):
            self._sheet.write_string(0, column, name, head)
        self._next = 1

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows below those that are there."""
        for row in rows:
            for column, cell in enumerate(row):
                self._write(column, cell)
            self._next += 1

    def _write(self, column: int, cell: Cell) -> None:
        match cell:
            case None | "":
                pass
            case datetime() if cell.year >= _FIRST_YEAR:
                self._sheet.write_datetime(self._next, column, cell, self._instant)
            case int() | float():
                self._sheet.write_number(self._next, column, cell)
            case _:
                self._sheet.write_string(self._next, column, str(cell), self._text)

    def close(self) -> None:
        """Put the workbook together."""
        self._book.close()


def _told(cell: Cell) -> str | int | float:
    """Return a cell as it stands in a CSV."""
    match cell:
        case None:
            return ""
        case datetime():
            return cell.isoformat(sep=" ", timespec="seconds")
        case str():
            return harmless(cell)
        case _:
            return cell
