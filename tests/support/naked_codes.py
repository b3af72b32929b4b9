"""Codes that nobody should have to read: found in the text of a page, or of a sentence."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from html.parser import HTMLParser
from typing import Final

from typing_extensions import override

from schemas import vocabulary
from schemas.deliveries import DeliveryState
from schemas.events.refusals import Refused
from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.plan.closing import Evidence
from schemas.roles import ActingRole
from schemas.scopes import Scope
from schemas.topics import SERVICES
from schemas.words.refusals import Reason
from schemas.words.templates import Template
from services.desk.domain.audit import EVERYWHERE, Deed

_TOKEN: Final = re.compile(r"[A-Za-z0-9][\w.:-]*[A-Za-z0-9]", re.ASCII)
_ADDRESS: Final = re.compile(r"https?://\S+")
_IS_NO_WORD: Final = re.compile(r"[_.\d-]")
"""What no English word has."""
_OF_PROGRAMS: Final = {"code", "samp", "script", "style"}
"""Elements whose text is what a program is told, or says."""
_READ: Final = {"placeholder", "aria-label", "title", "alt"}
"""Attributes that people read."""


def naked_codes(text: str, *, chinese: bool, plan: Plan) -> list[str]:
    """Return the codes of our vocabularies and of the plan that stand in a text.

    English has many of them as words: there only those count that can be nothing but a code.
    """
    told = [
        one for one in _TOKEN.findall(_ADDRESS.sub("", text)) if chinese or _IS_NO_WORD.search(one)
    ]
    return [one for one in told if one in _codes() or one in _codes_of(plan)]


def naked_in(refused: Iterable[Refused], *, plan: Plan) -> list[str]:
    """Return the codes in what was refused; a department that left the plan has nothing else."""
    found: list[str] = []
    for one in (each for each in refused if each.reason != Reason.LEFT_THE_PLAN):
        found += naked_codes(one.message_en, chinese=False, plan=plan)
        found += naked_codes(one.message_zh, chinese=True, plan=plan)
    return found


def read_on(page: str) -> str:
    """Return what somebody reads on a page, but for what programs say and are told."""
    reading = _Reading()
    reading.feed(page)
    return "\n".join(reading.found)


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in _READ and value]
        if tag in _OF_PROGRAMS:
            self._within.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            self._within.remove(tag)

    @override
    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found.append(data)


@cache
def _codes() -> frozenset[str]:
    return frozenset(one for one in _every_code() if len(one) > 1)


def _every_code() -> Iterator[str]:
    shared = [one for one in vars(vocabulary).values() if isinstance(one, type)]
    others = [DeliveryState, CaseState, Evidence, ActingRole, Scope, Reason, Template, Deed]
    for one in (*shared, *others):
        if issubclass(one, StrEnum):
            yield from one
    yield from (*SERVICES, vocabulary.SUPERVISION, vocabulary.REPORTERS, EVERYWHERE)


def _codes_of(plan: Plan) -> set[str]:
    areas = {grid.code for grid in plan.grids} | {one.code for one in plan.districts}
    return {*plan.departments, *plan.categories, *areas, *(one.id for one in plan.rules)}
