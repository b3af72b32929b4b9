"""Rows of a CSV file, whatever stands in it: a broken row costs that row, not the file."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from services.upstream.bounds import MAX_RAW
from services.upstream.layout import Layout
from services.upstream.outcomes import BadRow, Row, UnusableFile, is_decoded

_DECLARATION: Final = re.compile(r"sep=(.)", re.IGNORECASE)


class _Lines:
    """Physical lines, numbered; those of a broken row can be handed back and read again."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        self._taken.append(line)
        self._number += 1
        return line

    def begin(self) -> int:
        """Start a row and return the number of its first line."""
        self._taken.clear()
        return self._number + 1

    @property
    def taken(self) -> Sequence[str]:
        """Return the lines of the row so far."""
        return self._taken

    def give_back(self) -> None:
        """Let the last line be read again."""
        self._back.appendleft(self._taken.pop())
        self._number -= 1

    def keep_first(self) -> str:
        """Hand back all but the first line of the row and return that one."""
        back = self._taken[1:]
        self._back.extendleft(reversed(back))
        self._number -= len(back)
        del self._taken[1:]
        return self._taken[0].rstrip("\r\n")[:MAX_RAW]


def csv_rows(
    text: Iterable[str], layout: Layout, *, on_header: Callable[[Sequence[str]], None]
) -> Iterator[Row | BadRow]:
    """Yield the rows of a CSV text; raises `UnusableFile` when its header cannot be read.

    A quote that is never closed spoils only its own line: the lines it swallowed are read again.
    A first line such as `sep=;` tells the delimiter; rows whose every value is blank are nothing.
    """
    lines = _Lines(text)
    layout = _declared(lines, layout)
    for _ in zip(range(layout.lines_above_header), lines, strict=False):
        pass
    reader = csv.reader(
        lines, delimiter=layout.delimiter, quotechar=layout.quote, doublequote=True, strict=True
    )
    names: Sequence[str] = layout.columns
    if layout.header:
        names = _header(lines, reader)
    on_header(names)
    while True:
        line = lines.begin()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            yield BadRow(line, {"row": f"broken CSV: {broken}"}, lines.keep_first())
            continue
        if any(map(str.strip, values)):
            yield _row(line, values, names, lines, layout)


def _declared(lines: _Lines, layout: Layout) -> Layout:
    """Return the layout with the delimiter that the first line declares, as Excel's exports do."""
    first = next(lines, None)
    if first is None:
        return layout
    found = _DECLARATION.fullmatch(first.strip("\r\n"))
    if found:
        return layout.model_copy(update={"delimiter": found[1]})
    lines.give_back()
    return layout


def _header(lines: _Lines, reader: Iterator[list[str]]) -> Sequence[str]:
    at = f"line {lines.begin()}"
    try:
        names = next((row for row in reader if any(map(str.strip, row))), [])
    except csv.Error as broken:
        raise UnusableFile(f"{at}: the header is broken CSV: {broken}") from broken
    if not all(map(is_decoded, lines.taken)):
        raise UnusableFile(f"{at}: the header is in another encoding; set `encoding` in [file]")
    if not names:
        raise UnusableFile("the file is empty")
    return [name.strip() for name in names]


def _row(
    line: int, values: list[str], names: Sequence[str], lines: _Lines, layout: Layout
) -> Row | BadRow:
    if len(values) > len(names) and not any(values[len(names) :]):
        del values[len(names) :]
    if len(values) != len(names):
        if any(_fits(later, names, layout) for later in lines.taken[1:]):
            reason = "a quote is opened and not closed on this line"
            return BadRow(line, {"row": reason}, lines.keep_first())
        reason = f"has {len(values)} values, but there are {len(names)} columns"
        return BadRow(line, {"row": reason}, values)
    if not all(map(is_decoded, lines.taken)):
        reason = f"is not {layout.encoding}; set `encoding` in [file] if all such rows are refused"
        return BadRow(line, {"row": reason}, [_shown(value) for value in values])
    return Row(line, dict(zip(names, values, strict=True)))


def _fits(line: str, names: Sequence[str], layout: Layout) -> bool:
    """Tell whether a line is a whole row by itself."""
    try:
        alone = list(
            csv.reader([line], delimiter=layout.delimiter, quotechar=layout.quote, strict=True)
        )
    except csv.Error:
        return False
    return bool(alone) and len(alone[0]) == len(names)


def _shown(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
