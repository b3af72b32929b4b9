"""Photos and papers of a case, on its page and on paper: files, and links that others gave."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from services.access.file_references import file_of, reference_of
from services.desk.domain.distances import metres
from services.desk.domain.view import View
from services.desk.http.file_links import Copy, Links
from services.desk.http.files import may_bring
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader
from services.desk.store.uploads import Upload
from services.desk.use_cases.shelves import Shelf
from services.kit.pictures.opening import MediaType

_WEB: Final = frozenset({"http", "https"})
AWAY: Final = "away"
_KM: Final = 1_000
_TENS_M: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Photo:
    """A file as it is shown: `small` is none for a paper.

    `reference` names it as a proof of the case; it is empty where it can be none. `away` is where
    the reader takes it away, empty for what is not theirs, or proves something.
    """

    id: UUID
    small: str | None
    whole: str | None
    title: str
    alt: str
    brought: str
    taken: str
    reference: str
    away: str


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that somebody gave; `address` is none for what leads nowhere on the web."""

    title: str
    text: str
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """What is shown together; `whose` and `joined` are empty for what is the case's own."""

    whose: str
    joined: str
    files: Sequence[_Photo]
    links: Sequence[_Link]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """What is shown of photos and papers, the case's own first, and whether more may be brought."""

    shelves: Sequence[_Shelf]
    may_bring: bool

    @property
    def accepted(self) -> str:
        """What a field for files lets somebody choose."""
        return ",".join(MediaType)

    @property
    def proving(self) -> Sequence[_Photo]:
        """The files that can prove something of the case."""
        return [one for one in self.shelves[0].files if one.reference]

    @property
    def are_there(self) -> bool:
        """Whether there is anything to show."""
        return any(one.files or one.links for one in self.shelves)

    @classmethod
    def of(
        cls,
        view: View,
        shelves: Sequence[Shelf],
        reader: Reader,
        *,
        links: Links,
        at: Callable[[datetime], str],
    ) -> Self:
        """Return what somebody sees; `at` says when something was."""
        drawing = _Drawing(view, reader, links, at)
        return cls(shelves=[*drawing.shelves(shelves)], may_bring=may_bring(links.actor))


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What it takes to show the files of a case to somebody."""

    view: View
    reader: Reader
    links: Links
    at: Callable[[datetime], str]

    def shelves(self, shelves: Iterable[Shelf]) -> Iterator[_Shelf]:
        """Yield what is shown; files are numbered through, so that each has a name of its own."""
        given = [*_evidence(self.view)]
        proofs: dict[Any, list[str]] = {}
        for kind, link in given:
            proofs.setdefault(file_of(link), []).append(self.reader.proof(kind))
        numbers = count(1)
        for one in shelves:
            photos = [
                self._photo(f, next(numbers), proofs.get(f.id, []), named=one.named)
                for f in one.files
            ]
            yield self._shelf(one, photos, given)

    def _shelf(
        self, one: Shelf, photos: Sequence[_Photo], given: Iterable[tuple[str, str]]
    ) -> _Shelf:
        reader, by = self.reader, one.follower
        told = [(reader.say("photo.reported"), link) for link in dict.fromkeys(one.links)]
        if by is None:
            told += [(reader.proof(kind), link) for kind, link in given if file_of(link) is None]
        return _Shelf(
            whose="" if by is None else f"{by['source']} / {by['source_id']}",
            joined="" if by is None else reader.say("photo.joined", at=self.at(by["joined_at"])),
            files=photos,
            links=[
                _Link(name, text, text if _is_of_the_web(text) else None) for name, text in told
            ],
        )

    def _photo(
        self, one: Upload, number: int, proofs: Sequence[str], *, named: Collection[UUID]
    ) -> _Photo:
        reader = self.reader
        is_paper = one.media_type == MediaType.PDF
        plain = reader.say("photo.paper" if is_paper else "photo.photo", number=number)
        title = reader.either("、", ", ").join(dict.fromkeys(proofs)) or plain
        brought = reader.say("photo.brought", who=one.brought_by, at=self.at(one.brought_at))
        return _Photo(
            id=one.id,
            small=self.links.to(one, Copy.SMALL),
            whole=self.links.to(one, Copy.WHOLE),
            title=title,
            alt=reader.say("photo.alt", title=title, number=number, brought=brought),
            brought=brought,
            taken=self._taken(one),
            reference=self._reference(one),
            away="" if one.id in named else self._away(one),
        )

    def _away(self, one: Upload) -> str:
        theirs = one.brought_by == self.links.actor.id and one.case_id == self.view.case_id
        return f"{PATH}/{one.case_id}/files/{one.id}/{AWAY}" if theirs else ""

    def _reference(self, one: Upload) -> str:
        if one.case_id != self.view.case_id or not self.links.secrets:
            return ""
        return reference_of(one.case_id, one.id, secret=self.links.secrets[0])

    def _taken(self, one: Upload) -> str:
        """Return when a photo was taken, and how far from where it should be, by its camera."""
        reader, told = self.reader, []
        if one.taken_at is not None:
            told.append(reader.say("photo.taken", at=self.at(one.taken_at)))
        point = self.view.place.get("point")
        if point is not None and one.lat is not None and one.lon is not None:
            away = metres(one.lat, one.lon, point["lat"], point["lon"])
            far = f"{away / _KM:,.1f}"
            near = round(away / _TENS_M) * _TENS_M
            told.append(
                reader.say("photo.metres", count=near)
                if away < _KM
                else reader.say("photo.kilometres", count=far)
            )
        return reader.either("，", ", ").join(told)


def _evidence(view: View) -> Iterator[tuple[str, str]]:
    """Yield the kind and link of each proof that a part came with."""
    for part in view.parts.values():
        for proof in part.evidence:
            if proof.link is not None:
                yield proof.kind, proof.link


def _is_of_the_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in _WEB and bool(parts.netloc)
