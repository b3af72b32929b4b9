"""What somebody sent, judged by its content and made fit to be shown to others.

A picture is drawn anew by a process of its own (`drawing.py`), so that neither what a camera wrote
into it nor what somebody hid behind it is kept. A PDF stays as it is; nobody here opens it.
"""

import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic_core import from_json

from services.kit.pictures.bounds import (
    LONGEST_SIDE_PIXELS,
    MOST_CORE_SECONDS,
    MOST_MEMORY_BYTES,
    MOST_PIXELS,
    MOST_TRAILER_BYTES,
    OPENED_AT_ONCE,
    OPENING_SECONDS,
    SMALL_SIDE_PIXELS,
)

_PROGRAM: Final = Path(__file__).with_name("drawing.py")
_TOO_LARGE: Final = 3


class MediaType(StrEnum):
    """What is taken, by its content."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    PDF = "application/pdf"


_FORMATS: Final[Mapping[MediaType, str]] = {
    MediaType.JPEG: "JPEG",
    MediaType.PNG: "PNG",
    MediaType.WEBP: "WEBP",
    MediaType.HEIC: "HEIF",
}
_BEGINS: Final[Mapping[MediaType, re.Pattern[bytes]]] = {
    MediaType.JPEG: re.compile(rb"\xff\xd8\xff"),
    MediaType.PNG: re.compile(rb"\x89PNG\r\n\x1a\n"),
    MediaType.WEBP: re.compile(rb"RIFF....WEBP", re.DOTALL),
    MediaType.HEIC: re.compile(rb"....ftyp(?:hei[cxms]|m[is]f1)", re.DOTALL),
    MediaType.PDF: re.compile(rb"%PDF-"),
}


class Unfit(ValueError):
    """It is none of what is taken, or is broken; the text says which, to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a picture was taken, in degrees of WGS-84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is kept of what somebody sent: `whole` to look at, `small` for a page.

    `media_type` is of what was sent; of a picture both copies are JPEGs, a PDF has no small one.
    Sides are in pixels, those of `whole`. `taken` is in the camera's own time where it named no
    zone.
    """

    media_type: MediaType
    whole: bytes
    small: bytes | None = None
    width: int | None = None
    height: int | None = None
    taken: datetime | None = None
    point: Point | None = None


def media_type_of(content: bytes) -> MediaType:
    """Return what this is by its first bytes, whatever it is called. Raises `Unfit`.

    >>> media_type_of(b"%PDF-1.7 ... %%EOF")
    <MediaType.PDF: 'application/pdf'>
    """
    for kind, first_bytes in _BEGINS.items():
        if first_bytes.match(content):
            return kind
    raise Unfit("is no JPEG, PNG, WebP, HEIC or PDF")


class Pictures:
    """Opens what was sent, a few at a time."""

    def __init__(self) -> None:
        """Let nobody wait yet."""
        self._turns = asyncio.Semaphore(OPENED_AT_ONCE)

    async def opened(self, content: bytes) -> Opened:
        """Return what is kept of this. Raises `Unfit`."""
        kind = media_type_of(content)
        if kind is MediaType.PDF:
            if b"%%EOF" not in content[-MOST_TRAILER_BYTES:]:
                raise Unfit("is a PDF that does not end: it was cut off")
            return Opened(media_type=kind, whole=content)
        async with self._turns:
            out = await _drawn(content, _FORMATS[kind])
        head, _, copies = out.partition(b"\n")
        told = from_json(head)
        large, small = told["sizes"]
        return Opened(
            media_type=kind,
            whole=copies[:large],
            small=copies[large : large + small],
            width=told["width"],
            height=told["height"],
            taken=_taken(told),
            point=_point(told),
        )


async def _drawn(content: bytes, name: str) -> bytes:
    numbers = (MOST_PIXELS, LONGEST_SIDE_PIXELS, SMALL_SIDE_PIXELS)
    limits = (MOST_MEMORY_BYTES, MOST_CORE_SECONDS)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_PROGRAM),
        name,
        *map(str, (*numbers, *limits)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(OPENING_SECONDS):
            out, _ = await child.communicate(content)
    except TimeoutError as late:
        raise Unfit("takes too long to open") from late
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode == _TOO_LARGE:
        raise Unfit(f"has more than {MOST_PIXELS // 1_000_000} million pixels")
    if child.returncode:
        raise Unfit("cannot be opened: it is broken, or was cut off")
    return out


def _taken(told: Mapping[str, Any]) -> datetime | None:
    if told["taken"] is None:
        return None
    try:
        found = datetime.fromisoformat(f"{told['taken']}{told['offset'] or ''}")
    except ValueError:
        return None
    return found


def _point(told: Mapping[str, Any]) -> Point | None:
    if told["lat"] is None or told["lon"] is None or told["lat"] == told["lon"] == 0:
        return None
    return Point(told["lat"], told["lon"])
