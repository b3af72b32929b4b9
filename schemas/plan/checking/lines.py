"""Where in a TOML text each table, key and array element stands.

`tomllib` checks the text first and keeps no positions, so this scanner may take the text to be
valid: it only walks over it and notes lines.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

Path = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)


class Lines:
    """The line of every path of a text; of an unknown path, that of what it is inside."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        """Take the lines the scanner found."""
        self._lines = lines

    def of(self, *path: str | int) -> int:
        """Return the line of a path, or of the nearest table around it, or 1."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 1


def find_lines(text: str) -> Lines:
    r"""Return the lines of a valid TOML text.

    >>> find_lines("[[rules]]\nid = 'a'\n\n[[rules]]\nid = 'b'").of("rules", 1, "id")
    5
    """
    return Lines(_Scanner(text).scan())


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._lines: dict[Path, int] = {}
        self._array_lengths: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return self._at

    def _note(self, path: Path) -> None:
        line = bisect_right(self._line_starts, self._at)
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _header(self) -> Path:
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        start, self._at = self._at, self._at + brackets
        keys = self._keys()
        after, self._at = self._at + brackets, start
        path: Path = ()
        for key in keys[:-1]:
            path = self._inside((*path, key))
        path = (*path, keys[-1])
        if brackets == 1:
            self._note(path)
        else:
            number = self._array_lengths.get(path, 0)
            self._array_lengths[path] = number + 1
            path = (*path, number)
            self._note(path)
        self._at = after
        return path

    def _inside(self, path: Path) -> Path:
        """Step from an array of tables into its last element, as TOML does."""
        length = self._array_lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _keys(self) -> Path:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            start = self._at
            if self._text[start] in "\"'":
                written = self._text[start : self._skip(_STRING)]
                keys.append(tomllib.loads(f"key = {written}")["key"])
            else:
                keys.append(self._text[start : self._skip(_BARE_KEY)])
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return tuple(keys)
            self._at += 1

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._keys())
        after, self._at = self._at + 1, start
        self._note(path)
        self._at = after
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        first = self._text[self._at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if first in "\"'" else _SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while self._text[self._skip(_BLANK)] != "]":
            self._note((*path, number))
            self._value((*path, number))
            number += 1
            self._skip_comma()
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._text[self._skip(_BLANK)] != "}":
            self._pair(path)
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        if self._text[self._skip(_BLANK)] == ",":
            self._at += 1
