"""Every form that somebody finds at the desk who goes wherever its links lead."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
from typing_extensions import override

from services.desk.http.form import FORM
from tests.support.desk import GOOD
from tests.support.markup import Page

_NAMED: Final = re.compile(r"(?<=^/)(cases|bulks|people|keys|report|r|first)/[^/]+")
_FILE: Final = re.compile(r"^/static/|\.(csv|xlsx)$|/files/|/files$")
"""What leads to no page."""
_MOST_ALIKE: Final = 12
"""How many pages of one kind are looked at: cases in different states offer different forms."""
_SOUND: Final = {"date": "2026-03-02", "password": GOOD, "url": "https://photos.example/a.jpg"}
_CHOSEN: Final = frozenset({"radio", "checkbox"})


@dataclass
class Form:
    """A form: where it leads, and its fields: what stands in each, and how it is filled in."""

    method: str
    action: str
    encoding: str
    values: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)


class FormPage(Page):
    """A page's forms."""

    def __init__(self, text: str) -> None:
        """Take a page apart."""
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._filled = ""
        super().__init__(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            encoding = told.get("enctype", "")
            self._form = Form(told.get("method", "get"), told.get("action", ""), encoding)
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "option" and self._filled:
            if "selected" in told or not self._form.values[self._filled]:
                self._form.values[self._filled] = told.get("value", "")
        elif "formnovalidate" in told:
            return  # of a button that fills in, and says nothing yet
        elif tag in {"input", "textarea", "select", "button"} and told.get("name"):
            self._field(self._form, tag, told)

    def _field(self, form: Form, tag: str, told: Mapping[str, str]) -> None:
        name = told["name"]
        kind = told.get("type", "text") if tag == "input" else tag
        # A code of a second factor is as secret as a password: no page says it again.
        form.kinds[name] = "password" if told.get("autocomplete") == "one-time-code" else kind
        if kind not in _CHOSEN or "checked" in told:
            form.values[name] = told.get("value", "")
        if "maxlength" in told:
            form.most[name] = int(told["maxlength"])
        self._filled = name if tag in {"textarea", "select"} else ""

    @override
    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag == "form":
            self._form = None
        if tag in {"textarea", "select"}:
            self._filled = ""

    @override
    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if self._form is not None and self._form.kinds.get(self._filled) == "textarea":
            self._form.values[self._filled] += data


@dataclass(frozen=True)
class Found:
    """A form of a page; `where` is the page's address."""

    where: str
    form: Form

    @property
    def leads_to(self) -> str:
        """Where it is sent."""
        return urljoin(self.where, self.form.action or self.where)

    @property
    def likeness(self) -> str:
        """What it has in common with forms that are taken by the same lines of code."""
        return f"{self.form.method} {_likeness(self.leads_to)}"

    @property
    def name(self) -> str:
        """What tells it from other forms."""
        fixed = "|".join(self.form.values.get(one, "") for one in ("kind", "what", "do"))
        return f"{self.likeness} {fixed} {sorted(self.form.kinds)}"

    def filled(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Return its fields as somebody fills them in who means well, but for some."""
        found = {
            name: self.form.values.get(name, "") or _SOUND.get(kind, "一切正常")
            for name, kind in self.form.kinds.items()
            if kind not in {"file", "checkbox"}
        }
        return {**found, **changes}


def _likeness(address: str) -> str:
    parts = urlsplit(address)
    path = _NAMED.sub(r"\1/*", parts.path)
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{path}?{'&'.join(names)}"


@dataclass
class Visitor:
    """Somebody with a browser."""

    browser: httpx.AsyncClient
    _alike: dict[str, int] = field(default_factory=dict)
    _looked: set[str] = field(default_factory=set)

    async def forms(self, *starts: str) -> AsyncIterator[Found]:
        """Yield the forms of all pages to which links lead from these, each once."""
        known: set[str] = set()
        waiting = [*starts]
        while waiting:
            address = waiting.pop(0)
            if not self._is_new(address):
                continue
            answer = await self.browser.get(address, follow_redirects=True)
            for found in forms_of(answer):
                if found.name not in known:
                    known.add(found.name)
                    yield found
            if is_page(answer):
                here = answer.url.raw_path.decode()
                leads = (way for way in taken_apart(answer.text).leads if way.startswith("/"))
                waiting += [urljoin(here, way) for way in leads]

    def _is_new(self, address: str) -> bool:
        likeness = _likeness(address)
        if address in self._looked or _FILE.search(urlsplit(address).path):
            return False
        self._looked.add(address)
        self._alike[likeness] = self._alike.get(likeness, 0) + 1
        return self._alike[likeness] <= _MOST_ALIKE

    async def led(self, found: Found) -> list[Found]:
        """Return the forms of the page that comes of a form that is filled in well."""
        answer = await self.send(found, found.filled({}))
        if answer.is_redirect:
            answer = await self.browser.get(answer.headers["location"])
        return forms_of(answer)

    async def send(self, found: Found, fields: Mapping[str, str]) -> httpx.Response:
        """Send a form as a browser does, and go nowhere."""
        if found.form.encoding == "multipart/form-data":
            parts: dict[str, Any] = {
                name: (text, b"text") if found.form.kinds.get(name) == "file" else (None, text)
                for name, text in fields.items()
            }
            return await self.browser.post(found.leads_to, files=parts)
        return await self.send_raw(found, urlencode(fields))

    async def send_raw(self, found: Found, fields: str) -> httpx.Response:
        """Send a form of which the fields are already encoded."""
        if found.form.method == "get":
            return await self.browser.get(f"{urlsplit(found.leads_to).path}?{fields}")
        headers = {"Content-Type": FORM}
        return await self.browser.post(found.leads_to, content=fields.encode(), headers=headers)


def is_page(answer: httpx.Response) -> bool:
    """Tell whether an answer is a page."""
    kind: str = answer.headers.get("content-type", "")
    return kind.startswith("text/html")


def forms_of(answer: httpx.Response) -> list[Found]:
    """Return the forms of an answer that ask for something."""
    if not is_page(answer):
        return []
    here = answer.url.raw_path.decode()
    return [Found(here, form) for form in taken_apart(answer.text).forms if form.kinds]


@lru_cache(maxsize=256)
def taken_apart(page: str) -> FormPage:
    """Return a page with its forms; many answers are one and the same page."""
    return FormPage(page)
