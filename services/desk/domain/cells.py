"""Texts in the cells of a sheet, which a spreadsheet must not take for more than texts."""

from typing import Final

_BEGINS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BLANK: Final = ("\t", "\r", "\n")


def harmless(text: str) -> str:
    r"""Return a text of which no spreadsheet makes a formula when it opens a CSV.

    An apostrophe before it is what they take for "this is text" (OWASP, CSV injection).

    >>> harmless("=1+1"), harmless("垃圾满溢"), harmless(" \t@a")
    ("'=1+1", '垃圾满溢', "' \t@a")
    """
    if text.startswith(_BLANK) or text.lstrip().startswith(_BEGINS):
        return f"'{text}"
    return text
