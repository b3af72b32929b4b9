"""Rows of a JSON array, or of the array inside an object, read as they come.

Nothing but the current row is held. A broken row is refused and reading goes on after it: where
its brackets close, or else on the next line that starts a row.
"""

import json
import re
from collections.abc import Iterator
from typing import Final, TextIO

from services.upstream.bounds import CHUNK, MAX_HEAD, MAX_ROW
from services.upstream.json_lines import as_row, raw_text, row_of
from services.upstream.layout import Layout
from services.upstream.outcomes import BadRow, Row, UnusableFile, is_decoded

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_BETWEEN: Final = re.compile(r"[ \t\r\n,]*")
_SCALAR: Final = re.compile(r"[^,\]\n]*")
_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\\n])*"?|[\[\]{}]', re.DOTALL)
_NEXT_ROW: Final = re.compile(r"\n[ \t\r]*,?[ \t]*(?=[{\[])")
_CLOSES: Final = {"}": "{", "]": "["}
_DECODER: Final = json.JSONDecoder()


class _Window:
    """The part of the text that is held; everything before `at` is done with."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._over = False
        self.held = ""
        self.at = 0
        self.line = 1

    def more(self) -> bool:
        """Hold more, twice as much as is left; False at the end of the text."""
        if not self._over:
            left = self.held[self.at :]
            chunk = self._text.read(max(CHUNK, len(left)))
            self._over = not chunk
            self.held, self.at = left + chunk, 0
        return not self._over

    def take(self, length: int) -> str:
        """Be done with the next characters and return them."""
        end = self.at + length
        self.line += self.held.count("\n", self.at, end)
        taken, self.at = self.held[self.at : end], end
        return taken

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Pass over what fits and return the character after it; empty at the end."""
        while True:
            found = pattern.match(self.held, self.at)
            self.take(found.end() - self.at if found else 0)
            if self.at < len(self.held) or not self.more():
                return self.held[self.at : self.at + 1]

    def value(self, limit: int) -> tuple[object, int] | None:
        """Return the JSON value that comes next and its length; None if there is no whole one."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self.held, self.at)
            except (ValueError, RecursionError):
                if len(self.held) - self.at > limit or not self.more():
                    return None
                continue
            if end < len(self.held) or not self.more():  # a number might go on
                return value, end - self.at


def json_rows(text: TextIO, layout: Layout) -> Iterator[Row | BadRow]:
    """Yield the rows; raises `UnusableFile` when there is no array where one should be."""
    window = _Window(text)
    for key in layout.rows.split(".") if layout.rows else ():
        _enter(window, key, layout)
    if window.skip(_SPACE) != "[":
        where = f"`{layout.rows}`" if layout.rows else "the file"
        raise UnusableFile(f"{where} is no JSON array; does `rows` in [file] name the right key?")
    window.take(1)
    while first := window.skip(_BETWEEN):
        if first == "]":
            return
        yield _next_row(window, first, layout)
    yield BadRow(window.line, {"row": "the file ends before its array does"}, "")


def _enter(window: _Window, wanted: str, layout: Layout) -> None:
    """Go to the value of a key of the object that comes next."""
    missing = UnusableFile(f"`{layout.rows}` (`rows` in [file]) is not in the file")
    if window.skip(_SPACE) != "{":
        raise missing
    window.take(1)
    while window.skip(_BETWEEN) == '"':
        key = _pass_value(window, missing)
        if window.skip(_SPACE) != ":":
            raise missing
        window.take(1)
        window.skip(_SPACE)
        if key == wanted:
            return
        _pass_value(window, missing)
    raise missing


def _pass_value(window: _Window, missing: UnusableFile) -> object:
    found = window.value(MAX_HEAD)
    if found is None:
        raise missing
    window.take(found[1])
    return found[0]


def _next_row(window: _Window, first: str, layout: Layout) -> Row | BadRow:
    line = window.line
    if first not in "{[":
        window.more()
        found = _SCALAR.match(window.held, window.at)
        return _refused(window, found.end() - window.at if found else 0, "is no object")
    value = window.value(MAX_ROW)
    if value is not None:
        text = window.take(value[1])
        return as_row(value[0], line, layout) if is_decoded(text) else row_of(text, line, layout)
    closed = _closing(window)
    if closed:
        return row_of(window.take(closed), line, layout)
    following = _NEXT_ROW.search(window.held, window.at)
    end = following.start() if following else len(window.held)
    return _refused(window, end - window.at, "is never closed")


def _refused(window: _Window, length: int, reason: str) -> BadRow:
    line = window.line
    return BadRow(line, {"row": reason}, raw_text(window.take(max(1, length))))


def _closing(window: _Window) -> int | None:
    """Return the length of the row that comes next by its brackets; None when they do not fit."""
    open_: list[str] = []
    for token in _TOKEN.finditer(window.held, window.at):
        mark = token[0]
        if mark in {"{", "["}:
            open_.append(mark)
        elif mark in _CLOSES:
            if open_.pop() != _CLOSES[mark]:
                return None
            if not open_:
                return token.end() - window.at
    return None
