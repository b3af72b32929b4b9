"""What was done, as the audit tells it: people, keys and what they got by what these are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.person_ids import KEY_PREFIX
from schemas.roles import ActingRole
from services.desk.domain.audit import EVERYWHERE, THIS_MACHINE, Deed, groups_in
from services.desk.pages.admin.administration import called
from services.desk.pages.rendering import Reader
from services.desk.store import audit, people

_OF_PERSONS: Final = frozenset(
    {
        *(Deed.PERSON_ADDED, Deed.PERSON_CHANGED, Deed.PERSON_DISABLED, Deed.PERSON_ENABLED),
        *(Deed.LINK_GIVEN, Deed.FACTOR_TAKEN_AWAY, Deed.SESSIONS_ENDED),
    }
)

_Title = Callable[[Reader, str], str]
"""How a code of some kind is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryShown:
    """Something that was done, as a page tells it.

    `leads_to` is the page of whom or what it is `about`, empty where there is none.
    """

    at: datetime
    deed: str
    about: str
    leads_to: str
    by: str
    detail: str

    @classmethod
    def of(cls, entry: audit.Entry, reader: Reader, names: Mapping[str, str]) -> Self:
        """Return what is told of an entry; `names` are what persons are called."""
        about, leads_to = _about(entry, names)
        return cls(
            at=entry.at,
            deed=called(reader, f"deed.{entry.deed}"),
            about=about,
            leads_to=leads_to,
            by=_by_whom(entry, reader),
            detail=_detail(entry, reader),
        )


async def entries_shown(
    conn: AsyncConnection, found: Sequence[audit.Entry], reader: Reader
) -> list[EntryShown]:
    """Return what is told of entries, persons by their names as these are now."""
    names = await people.names_of(conn, {one.about for one in found if one.deed in _OF_PERSONS})
    return [EntryShown.of(one, reader, names) for one in found]


def _about(entry: audit.Entry, names: Mapping[str, str]) -> tuple[str, str]:
    """Return whom or what it was about, and the page of that."""
    about = entry.about
    if entry.deed in _OF_PERSONS:
        name = names.get(about)
        return f"{name} ({about})" if name else about, f"/people/{quote(about)}"
    if about.startswith(KEY_PREFIX):
        return about, f"/keys/{quote(about.removeprefix(KEY_PREFIX), safe='')}"
    return about, ""


def _by_whom(entry: audit.Entry, reader: Reader) -> str:
    """Return who did it: nobody is taken for the machine by what they are called."""
    by = entry.by
    if by == THIS_MACHINE:
        return reader.say("audit.local")
    return f"{by.name} ({by.id})" if by.id else by.name


def _detail(entry: audit.Entry, reader: Reader) -> str:
    """Return what else was kept of a deed, its codes by their titles; of others as it stands."""
    if entry.deed == Deed.SESSIONS_ENDED:
        return reader.say("audit.sessions", count=entry.detail)
    if entry.deed == Deed.FILE_TAKEN_AWAY:
        return reader.say("audit.file", which=entry.detail.removeprefix("file "))
    groups = groups_in(entry.detail)
    kinds = _kinds(entry.deed, groups)
    between = reader.either("、", ", ")
    told = (
        between.join(title(reader, code) for code in group)
        for group, title in zip(groups, kinds, strict=False)
    )
    return " / ".join(told) if kinds else entry.detail


def _kinds(deed: str, groups: Sequence[Sequence[str]]) -> Sequence[_Title]:
    """Return how the codes in each group of a detail are called; nothing where it has none."""
    if deed == Deed.KEY_MADE:
        has_roles = len(groups) > 1 and {*groups[1]} <= {*ActingRole}
        return (_scope, _role, _bound) if has_roles else (_scope, _bound)
    if deed in {Deed.PERSON_ADDED, Deed.PERSON_CHANGED}:
        return (_role, Reader.party)
    return (_service,) if deed in {Deed.LETTER_REPLAYED, Deed.LETTER_DISMISSED} else ()


def _role(reader: Reader, code: str) -> str:
    return reader.role(code) if code in {*ActingRole} else code


def _bound(reader: Reader, code: str) -> str:
    """Return what a party is called; a source is a name, and the plan has no other for it."""
    return reader.say("key.everywhere") if code == EVERYWHERE else reader.party(code)


def _scope(reader: Reader, code: str) -> str:
    return called(reader, f"scope.{code}")


def _service(reader: Reader, code: str) -> str:
    return called(reader, f"service.{code}")
