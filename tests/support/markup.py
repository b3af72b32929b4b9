"""What of a page is markup, and whether the desk's templates wrote it."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from typing_extensions import override

from services.desk import pages

_TEMPLATES: Final = Path(pages.__file__).parent / "templates"
_JINJA: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r" (aria-[a-z]+|data-[a-z]+|hx-[a-z:-]+)=")
_LEADS: Final = frozenset({"href", "src", "action", "formaction"})
_SCHEMES: Final = frozenset({"", "http", "https", "otpauth"})


class Page(HTMLParser):
    """What a browser makes of a page.

    `marks` are its elements, and the attributes of each; `leads` are the addresses in it, `texts`
    what is to be read or sent.
    """

    def __init__(self, text: str) -> None:
        """Take a page apart."""
        super().__init__(convert_charrefs=True)
        self.marks: set[tuple[str, str]] = set()
        self.leads: list[str] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._is_script = False
        self.feed(text)
        self.close()

    @property
    def said(self) -> str:
        """All that stands in it to be read or sent."""
        return "\n".join(self.texts)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.marks |= {(tag, ""), *((tag, name) for name in told)}
        self.leads += [value for name, value in told.items() if name in _LEADS]
        self.texts += [value for name, value in told.items() if name not in _LEADS]
        self._is_script = tag == "script"

    @override
    def handle_endtag(self, tag: str) -> None:
        self._is_script = False

    @override
    def handle_data(self, data: str) -> None:
        (self.scripts if self._is_script else self.texts).append(data)


def strange_in(page: Page) -> Iterator[str]:
    """Yield what stands in a page as markup that no template of ours wrote, or leads astray."""
    ours = _marks_of_templates()
    yield from (f"<{t} {n}>" for t, n in sorted(page.marks - ours) if not n or ("", n) not in ours)
    yield from (f"a script: {text[:80]!r}" for text in page.scripts if text.strip())
    for way in page.leads:
        parts = urlsplit(way)
        if parts.scheme not in _SCHEMES or "evil" in parts.netloc:
            yield f"a way to {way[:80]!r}"


def newlines(text: str) -> str:
    """Return a text with the line ends that a browser makes of all."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@cache
def _marks_of_templates() -> frozenset[tuple[str, str]]:
    """Return all elements and attributes that the desk's templates write."""
    texts = [_JINJA.sub(" ", one.read_text(encoding="utf-8")) for one in _TEMPLATES.rglob("*.html")]
    # A macro may write no more than the attributes of an element that stands elsewhere.
    alone = {("", name) for text in texts for name in _ATTRIBUTE.findall(text)}
    return frozenset(mark for text in texts for mark in Page(text).marks) | alone
