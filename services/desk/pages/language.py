"""In which language somebody reads: what they chose here, else what their browser asks for."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from starlette.requests import Request

from services.desk.pages.preferences import cookie_of

CHOICE: Final = "language"
"""The field of a form that chooses one."""


class Language(StrEnum):
    """A language of the pages; the first is the city's own."""

    CHINESE = "zh"
    ENGLISH = "en"

    @property
    def tag(self) -> str:
        """The tag of a page's `lang` (BCP 47)."""
        return "zh-CN" if self is Language.CHINESE else "en"

    @property
    def other(self) -> "Language":
        """The language one click away."""
        return Language.ENGLISH if self is Language.CHINESE else Language.CHINESE

    def of(self, chinese: str, english: str) -> str:
        """Return what of a pair is in this language."""
        return chinese if self is Language.CHINESE else english


def language_of(request: Request) -> Language:
    """Return the language of an answer."""
    chosen = request.cookies.get(cookie_of(CHOICE), "")
    if chosen in {*Language}:
        return Language(chosen)
    return _asked_for(request.headers.get("accept-language", "").split(","))


def _asked_for(ranges: Iterable[str]) -> Language:
    """Return the first language of a browser's own order that we have.

    Browsers send theirs in order, so that the weights say nothing more.
    """
    for one in ranges:
        tag = one.partition(";")[0].strip().lower().partition("-")[0]
        if tag in {*Language}:
            return Language(tag)
    return Language.CHINESE
