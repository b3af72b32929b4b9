"""Photos and papers on a case's page: those that were brought here, and links that others gave."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pydantic_core import from_json

from schemas.events.case import CaseMerged, CaseRegistered
from services.access.file_references import file_of
from services.desk.domain.distances import metres
from services.desk.domain.view import View
from services.desk.http.file_links import Copy, Links
from services.desk.http.files import may_bring
from services.desk.pages.rendering import Reader
from services.desk.store.lists import Found
from services.desk.store.uploads import Upload
from services.kit.pictures.opening import MediaType

_REPORTS: Final = frozenset({CaseRegistered.type, CaseMerged.type})
"""Lines of a story that tell what a report says."""
_WEB: Final = frozenset({"http", "https"})
_KM: Final = 1_000
_TENS_M: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Photo:
    """A file as it is shown: `small` is none for a paper."""

    small: str | None
    whole: str | None
    title: str
    alt: str
    brought: str
    taken: str


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that somebody gave; `address` is none for what leads nowhere on the web."""

    title: str
    text: str
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """What a case's page shows of photos and papers, and whether more may be brought."""

    files: Sequence[_Photo]
    links: Sequence[_Link]
    may_bring: bool

    @property
    def accepted(self) -> str:
        """What a field for files lets somebody choose."""
        return ",".join(MediaType)

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to show or to do."""
        return bool(self.files or self.links or self.may_bring)

    @classmethod
    def of(
        cls,
        view: View,
        lines: Sequence[Found],
        files: Sequence[Upload],
        reader: Reader,
        *,
        links: Links,
    ) -> Self:
        """Return what somebody sees."""
        given = [*_evidence(view)]
        proofs: dict[Any, list[str]] = {}
        for kind, link in given:
            proofs.setdefault(file_of(link), []).append(reader.proof(kind))
        return cls(
            files=[
                _photo(one, number, proofs.get(one.id, []), view, reader, links)
                for number, one in enumerate(files, start=1)
            ],
            links=[*_links(given, lines, reader)],
            may_bring=may_bring(links.actor),
        )


def _evidence(view: View) -> Iterator[tuple[str, str]]:
    """Yield the kind and link of each proof that a part came with."""
    for part in view.parts.values():
        for proof in part.evidence:
            if proof.link is not None:
                yield proof.kind, proof.link


def _photo(
    one: Upload, number: int, proofs: Sequence[str], view: View, reader: Reader, links: Links
) -> _Photo:
    is_paper = one.media_type == MediaType.PDF
    plain = reader.say("photo.paper" if is_paper else "photo.photo", number=number)
    title = reader.either("、", ", ").join(dict.fromkeys(proofs)) or plain
    brought = reader.say("photo.brought", who=one.brought_by, at=reader.at(one.brought_at))
    return _Photo(
        small=links.to(one, Copy.SMALL),
        whole=links.to(one, Copy.WHOLE),
        title=title,
        alt=reader.say("photo.alt", title=title, number=number, brought=brought),
        brought=brought,
        taken=_taken(one, view, reader),
    )


def _taken(one: Upload, view: View, reader: Reader) -> str:
    """Return when a photo was taken, and how far from where it should be, as its camera said."""
    told = []
    if one.taken_at is not None:
        told.append(reader.say("photo.taken", at=reader.at(one.taken_at)))
    point = view.place.get("point")
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


def _links(
    given: Iterable[tuple[str, str]], lines: Sequence[Found], reader: Reader
) -> Iterator[_Link]:
    """Yield what others gave a link to; nobody here looks whether there is anything."""
    said = (from_json(one["data"]) for one in lines if one["type"] in _REPORTS)
    media = dict.fromkeys(link for one in said for link in one.get("media", []))
    told = [(reader.say("photo.reported"), link) for link in media]
    told += [(reader.proof(kind), link) for kind, link in given if file_of(link) is None]
    for title, link in told:
        yield _Link(title, link, link if _is_of_the_web(link) else None)


def _is_of_the_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in _WEB and bool(parts.netloc)
