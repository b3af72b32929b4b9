"""Every field of every form of the desk is filled with what nobody types who means well.

`FUZZ_EXAMPLES=1` sends every text through every field on each engine; in the gate the fields are
shared out between the engines, each gets a text of each class, and each kind of field each text.
"""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from schemas.roles import ActingRole
from services.desk.bounds import MOST_FIELD_CHARACTERS
from services.desk.domain.people import needs_second_factor
from services.desk.http.site import SESSION
from services.desk.pages import acting, bulk_page, resident_page
from tests.support.databases import ENGINES, Place, opened
from tests.support.desk import Desk, desk_on
from tests.support.desk_pages import browser_at, frame_of, pages_of
from tests.support.desk_town import AFTERNOON, furnished
from tests.support.filling import Found, Visitor, is_page, taken_apart
from tests.support.hostile_texts import BROKEN_ENCODINGS, HOSTILE_TEXTS
from tests.support.markup import newlines, strange_in
from tests.support.report_links import path_of, plan_with

WHOLE: Final = os.environ.get("FUZZ_EXAMPLES", "0") != "0"
STRANGER: Final = None
ROLES: Final = (
    *(ActingRole.HANDLER, ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD, ActingRole.SUPERVISOR),
    *(ActingRole.ACCEPTOR, ActingRole.ADMINISTRATOR, STRANGER),
)
FEWEST_FIELDS: Final = 120
"""Whoever finds fewer did not come in."""
KINDS: Final = {
    **dict.fromkeys(("select", "radio", "checkbox", "button", "image"), "choice"),
    **dict.fromkeys(("date", "hidden", "password", "file")),
}
SERVER_FAULT: Final = 500
SERVICE_UNAVAILABLE: Final = 503

pytestmark = pytest.mark.timeout(7_200 if WHOLE else 600)


@dataclass(frozen=True)
class Field:
    """A field of a form, as somebody in a role finds it."""

    role: ActingRole | None
    form: Found
    name: str

    @property
    def kind(self) -> str:
        """What kind of field it is, for whoever fills it in."""
        kind = self.form.form.kinds[self.name]
        return KINDS.get(kind, "line") or kind

    @property
    def told(self) -> str:
        """Which field it is, among those that the same lines of code read."""
        return f"{self.form.likeness} {self.name}"

    def keeps(self, text: str) -> bool:
        """Tell whether a browser can send a text in it, so that it must not be forgotten."""
        most = self.form.form.most.get(self.name, MOST_FIELD_CHARACTERS)
        return self.kind in {"line", "date"} and len(text) <= most and "\x00" not in text


@dataclass
class House:
    """A desk on the town's afternoon, and people who come to it."""

    desk: Desk
    people: int = 0

    @cached_property
    def pages(self) -> FastAPI:
        """The desk's pages."""
        return pages_of(self.desk, frame=frame_of(self.desk, plan=plan_with))

    async def visitor(self, role: ActingRole | None) -> Visitor:
        """Return somebody new in a role."""
        browser = browser_at(self.pages)
        if role is not STRANGER:
            self.people += 1
            departments = ["urban-management"] if role is ActingRole.HANDLER else []
            id_ = f"{role}-{self.people}"
            token = await self.desk.let_in(id_, role, departments=departments)
            if needs_second_factor(frozenset({role})):
                token, _ = await self.desk.with_factor(token)
            browser.cookies.set(SESSION, token)
        return Visitor(browser)

    async def fields(self) -> list[Field]:
        """Return every field that there is, each once."""
        found: dict[str, Field] = {}
        for role in ROLES:
            for form in await self._forms(role):
                for name in form.form.kinds:
                    one = Field(role, form, name)
                    found.setdefault(one.told, one)
        return [*found.values()]

    async def _forms(self, role: ActingRole | None) -> list[Found]:
        """Return the forms of whatever somebody comes to, also by sending one."""
        starts = ["/", "/me"]
        if role is STRANGER:
            await self.desk.add("somebody", ActingRole.HANDLER)
            starts = ["/sign-in", path_of("1"), f"/first/{await self.desk.link('somebody')}"]
        visitor, sender = await self.visitor(role), await self.visitor(role)
        forms = [one async for one in visitor.forms(*starts)]
        looks = ("post /report?", "post /bulks?", "post /me/second-factor?")
        return forms + [
            led for one in forms if one.likeness in looks for led in await sender.led(one)
        ]


@pytest.fixture
async def house(place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    for module in (acting, bulk_page, resident_page):
        monkeypatch.setattr(module, "EFFECT_LOOKS", 0)  # nobody hears what is said
    async with opened(await place.filled("desk_town", furnished)) as database:
        desk = desk_on(database)
        desk.clock.now = AFTERNOON
        yield House(desk)


def tried(fields: Sequence[Field]) -> Iterator[tuple[Field, str]]:
    """Yield each field with a text of each class, and each text with a field of each kind."""
    for kind in sorted({one.kind for one in fields}):
        alike = [one for one in fields if one.kind == kind]
        for texts in HOSTILE_TEXTS.values():
            if WHOLE:
                yield from product(alike, texts)
                continue
            for number in range(max(len(alike), len(texts))):
                yield alike[number % len(alike)], texts[number % len(texts)]


async def test_every_field_takes_a_text_or_says_why_not(house: House, place: Place) -> None:
    fields = await house.fields()
    assert len(fields) >= FEWEST_FIELDS
    if not WHOLE:
        fields = fields[ENGINES.index(place.engine) :: len(ENGINES)]
    visitors: dict[str, Visitor] = {}
    wrong: dict[str, str] = {}
    for one, text in tried(fields):
        if one.form.name not in visitors:
            visitors[one.form.name] = visitor = await house.visitor(one.role)
            for broken in BROKEN_ENCODINGS:
                answer = await visitor.send_raw(one.form, f"{quote(one.name)}={broken}")
                wrong |= {f"{one.told}: {fault}": broken for fault in faults_of(answer)}
        answer = await visitors[one.form.name].send(one.form, one.form.filled({one.name: text}))
        wrong |= {f"{one.told}: {fault}": text for fault in faults_of(answer)}
        if one.keeps(text) and is_page(answer) and not says(answer, one.name, text):
            wrong[f"{one.told}: forgets what was typed"] = text
    assert wrong == {}


def faults_of(answer: httpx.Response) -> Iterator[str]:
    """Yield what is wrong with an answer, whatever was sent."""
    # The notifier of this house is away, and a page says so.
    if answer.status_code >= SERVER_FAULT and answer.status_code != SERVICE_UNAVAILABLE:
        yield f"answers {answer.status_code}"
    way = urlsplit(answer.headers.get("location", "/"))
    if way.scheme or way.netloc or not way.path.startswith("/") or way.path.startswith("/\\"):
        yield f"leads to {way.geturl()}"
    for name, value in answer.headers.items():
        if "evil" in name or "evil" in value.partition("?")[0]:
            yield f"says {name}: {value}"
    if is_page(answer):
        yield from strange_in(taken_apart(answer.text))


def says(answer: httpx.Response, name: str, text: str) -> bool:
    """Tell whether a page still has what was typed into its form; a page without it had no form."""
    forms = [one for one in taken_apart(answer.text).forms if name in one.kinds]
    kept = {newlines(one.values.get(name, "")).strip() for one in forms}
    return not forms or newlines(text).strip() in kept
