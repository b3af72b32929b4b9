"""Files of cases in tests: a store in memory, pictures of cameras, and those of a town."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from errno import ENOSPC
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import pillow_heif
from PIL import Image, ImageDraw
from typing_extensions import override

from schemas.vocabulary import derived_id
from services.access.file_references import reference_of
from services.desk.store.uploads import Upload
from services.desk.use_cases.uploading import Files
from services.kit.clock import Clock
from services.kit.sql.database import Database
from tests.support.keys import SECRET

pillow_heif.register_heif_opener()

CAMERA: Final = "SecretCam"
"""What a camera wrote into each picture beside when and where; nobody shall see it."""
_SIDES: Final = (480, 360)
PDF: Final = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")


class MemoryFiles:
    """A store of files in memory."""

    def __init__(self, *contents: bytes) -> None:
        self.kept: dict[str, bytes] = {}
        for one in contents:
            self.put(one)

    def put(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        self.kept[name] = content
        return name

    def remove(self, name: str, *, unused_since: datetime) -> None:
        self.unused_since = unused_since
        self.kept.pop(name, None)

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name)


class FullFiles(MemoryFiles):
    """A store whose disk is full."""

    @override
    def put(self, content: bytes) -> str:
        raise OSError(ENOSPC, os.strerror(ENOSPC))


_STORES: Final = WeakKeyDictionary[Database, MemoryFiles]()


def files_on(database: Database, *, clock: Clock, store: MemoryFiles | None = None) -> Files:
    """Return what keeps files; of one database it is one store, unless another is given."""
    if store is None:
        store = _STORES.setdefault(database, MemoryFiles(*town_pictures()))
    secrets = (SECRET.encode(),)
    return Files(database=database, store=store, clock=clock, machine_clock=clock, secrets=secrets)


def photo(
    kind: str = "JPEG",
    *,
    size: tuple[int, int] = (64, 48),
    colour: str = "teal",
    taken: str = "2026:01:05 12:04:00",
    at: tuple[float, float] | None = (28.6829, 115.9582),
) -> bytes:
    """Return a picture with what a camera writes into it."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = CAMERA, 6
    exif.get_ifd(0x8769)[0x9003] = taken
    if at is not None:
        gps = exif.get_ifd(0x8825)
        gps |= {1: "N", 2: (at[0], 0.0, 0.0), 3: "E", 4: (at[1], 0.0, 0.0)}
    out = BytesIO()
    image = Image.new("RGB", size, colour)
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CAMERA}</x:xmpmeta>".encode()
    more: dict[str, Any] = {} if kind == "PNG" else {"xmp": xmp}
    image.save(out, kind, exif=exif.tobytes(), **more)
    return out.getvalue()


def town_pictures() -> tuple[bytes, ...]:
    """Return the copies that the town's files have: scenes of a street, and a paper."""
    return (*_scenes(), PDF)


def town_files(case_id: UUID, *, at: datetime) -> list[Upload]:
    """Return the files of a case of the town, brought at an instant: two photos and a paper."""
    found = []
    for number, content in enumerate(town_pictures()):
        is_paper = content == PDF
        name = sha256(content).hexdigest()
        width, height = (None, None) if is_paper else _SIDES
        found.append(
            Upload(
                id=derived_id("file", case_id, name),
                case_id=case_id,
                brought_by="wang.fang",
                brought_at=at + timedelta(minutes=number),
                media_type="application/pdf" if is_paper else "image/jpeg",
                original=name,
                whole=name,
                small=None if is_paper else name,
                bytes=len(content),
                width=width,
                height=height,
                taken_at=None if is_paper else at - timedelta(minutes=20 - number),
                lat=None if is_paper else 28.6829,
                lon=None if is_paper else 115.9582 + number / 40,
            )
        )
    return found


def proofs_of(files: Sequence[Upload], *kinds: str) -> list[dict[str, str]]:
    """Return evidence of these kinds, each by a file in turn."""
    named = (reference_of(f.case_id, f.id, secret=SECRET.encode()) for f in files)
    return [{"kind": kind, "link": link} for kind, link in zip(kinds, named, strict=False)]


@cache
def _scenes() -> tuple[bytes, ...]:
    """Return a full bin beside a street, and an empty one."""
    return _scene(is_full=True), _scene(is_full=False)


def _scene(*, is_full: bool) -> bytes:
    image = Image.new("RGB", _SIDES, "#b9c7d3")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 190, 480, 360), fill="#70757a")
    draw.rectangle((0, 170, 480, 192), fill="#c9c4b8")
    draw.rectangle((190, 80, 300, 250), fill="#2f6f4f")
    draw.rectangle((180, 70, 310, 92), fill="#24573e")
    if is_full:
        for x, y, colour in ((170, 225, "#e8e3d5"), (300, 215, "#3b3f46"), (215, 35, "#d9b65c")):
            draw.ellipse((x, y, x + 70, y + 48), fill=colour)
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
