"""Whom a notice is for."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from schemas.events.case import Head
from schemas.vocabulary import (
    EXERCISE_EN,
    EXERCISE_ZH,
    REPORTERS,
    SUPERVISION,
    Audience,
    case_id_for,
)
from schemas.words.form import Words


class Address(NamedTuple):
    """Whom a notice is for: the kind of reader, and the opaque name of this one."""

    audience: Audience
    recipient: str

    @property
    def party(self) -> str:
        """The department it belongs to, the supervision, or the reporters."""
        match self.audience:
            case Audience.REPORTER | Audience.FOLLOWER:
                return REPORTERS
            case Audience.SUPERVISOR:
                return SUPERVISION
            case Audience.HANDLER:
                return self.recipient.removeprefix("department:").partition("/")[0]

    @property
    def report_id(self) -> UUID | None:
        """The report whose maker it is, None for anybody else.

        >>> reporter("hotline", "1").report_id == case_id_for("hotline", "1")
        True
        """
        if self.party != REPORTERS:
            return None
        source, _, source_id = self.recipient.removeprefix("report:").partition("/")
        return case_id_for(source, source_id)


def reporter(source: str, source_id: str) -> Address:
    """Return who made the report that became the case."""
    return Address(Audience.REPORTER, f"report:{source}/{source_id}")


def follower(source: str, source_id: str) -> Address:
    """Return who made a report that joined the case."""
    return Address(Audience.FOLLOWER, f"report:{source}/{source_id}")


def handler(department: str, person: str | None) -> Address:
    """Return a department, or one person of it.

    >>> handler("water", "duty-1").recipient
    'department:water/duty-1'
    """
    return Address(Audience.HANDLER, f"department:{department}" + (f"/{person}" if person else ""))


def supervisor(person: str | None = None) -> Address:
    """Return the supervision, or one person of it.

    >>> supervisor("duty-lead").recipient
    'supervision/duty-lead'
    """
    return Address(Audience.SUPERVISOR, SUPERVISION + (f"/{person}" if person else ""))


def by_name(heads: Iterable[Head]) -> Iterator[Address]:
    """Return those who are told by name because a case rose."""
    for head in heads:
        of_supervision = head.party == SUPERVISION
        yield supervisor(head.person) if of_supervision else handler(head.party, head.person)


def as_exercise(text: Words) -> Words:
    """Return what is told of an exercise, which says so first."""
    return Words(f"{EXERCISE_EN}{text.en}", f"{EXERCISE_ZH}{text.zh}")
