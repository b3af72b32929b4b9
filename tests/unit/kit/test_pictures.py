"""Pictures of strangers: what is kept of them, and what is none."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from struct import pack

import pytest
from PIL import Image

from services.kit.pictures.bounds import LONGEST_SIDE_PIXELS, MOST_PIXELS, SMALL_SIDE_PIXELS
from services.kit.pictures.opening import MediaType, Pictures, Unfit, media_type_of
from tests.support.desk_files import CAMERA, FORMATS, PDF, photo

TYPES = dict(
    zip(FORMATS, (MediaType.JPEG, MediaType.PNG, MediaType.WEBP, MediaType.HEIC), strict=True)
)
TRACES = (CAMERA.encode(), b"Exif", b"EXIF", b"xmpmeta", b"http://ns.adobe.com", b"GPS", b"ICC_")


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    """Return a PNG whose head says how large it is, whatever follows."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return pack(">I", len(content)) + checked + pack(">I", zlib.crc32(checked))

    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def cut(content: bytes) -> Iterator[bytes]:
    """Yield the beginnings of a file, down to nothing."""
    for share in (0.95, 0.5, 0.1):
        yield content[: int(len(content) * share)]
    yield content[:16]
    yield b""


class TestPicture:
    @pytest.mark.parametrize("kind", FORMATS)
    async def test_is_told_by_its_content_and_keeps_when_and_where(self, kind: str) -> None:
        found = await Pictures().opened(photo(kind))
        assert found.media_type is TYPES[kind]
        assert found.taken is not None
        assert found.taken.isoformat() == "2026-01-05T12:04:00"
        assert found.point is not None
        assert (round(found.point.lat, 4), round(found.point.lon, 4)) == (28.6829, 115.9582)

    @pytest.mark.parametrize("kind", FORMATS)
    async def test_loses_all_that_a_camera_wrote(self, kind: str) -> None:
        found = await Pictures().opened(photo(kind))
        assert found.small is not None
        for copy in (found.whole, found.small):
            assert [trace for trace in TRACES if trace in copy] == []
            with Image.open(BytesIO(copy)) as shown:
                assert (shown.format, dict(shown.getexif())) == ("JPEG", {})
                assert not {"exif", "xmp", "icc_profile", "comment"} & shown.info.keys()

    @pytest.mark.parametrize("kind", [one for one in FORMATS if one != "HEIF"])
    async def test_stands_upright(self, kind: str) -> None:
        found = await Pictures().opened(photo(kind, size=(64, 48)))
        assert (found.width, found.height) == (48, 64)

    async def test_is_no_larger_than_it_is_looked_at(self) -> None:
        found = await Pictures().opened(photo(size=(4_000, 3_000)))
        assert found.small is not None
        sides = []
        for copy in (found.whole, found.small):
            with Image.open(BytesIO(copy)) as shown:
                sides.append(max(shown.size))
        assert sides == [LONGEST_SIDE_PIXELS, SMALL_SIDE_PIXELS]

    @pytest.mark.parametrize("kind", FORMATS)
    async def test_leaves_behind_what_is_hidden_after_it(self, kind: str) -> None:
        hidden = b"<script>alert(1)</script>PK\x03\x04"
        found = await Pictures().opened(photo(kind) + hidden)
        assert hidden not in found.whole

    @pytest.mark.parametrize(
        "taken", ["9999:99:99 99:99:99", "<script>", "0000:00:00 00:00:00", "\x00" * 19]
    )
    async def test_with_a_time_that_is_none_has_none(self, taken: str) -> None:
        assert (await Pictures().opened(photo(taken=taken))).taken is None

    @pytest.mark.parametrize("at", [None, (0.0, 0.0), (91.0, 0.0), (28.0, 181.0)])
    async def test_from_nowhere_has_no_place(self, at: tuple[float, float] | None) -> None:
        assert (await Pictures().opened(photo(at=at))).point is None

    async def test_that_is_clear_is_white_below(self) -> None:
        out = BytesIO()
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
        found = await Pictures().opened(out.getvalue())
        with Image.open(BytesIO(found.whole)) as shown:
            assert shown.getpixel((4, 4)) == (255, 255, 255)


class TestBroken:
    @pytest.mark.parametrize("kind", FORMATS)
    async def test_is_refused_wherever_it_was_cut(self, kind: str) -> None:
        whole = photo(kind, size=(640, 480))
        for part in cut(whole):
            with pytest.raises(Unfit):
                await Pictures().opened(part)

    @pytest.mark.parametrize("kind", FORMATS)
    async def test_is_refused_or_drawn_but_never_more_than_pixels(self, kind: str) -> None:
        whole = photo(kind, size=(64, 48))
        for place in range(12, len(whole), max(1, len(whole) // 4)):
            wrong = bytearray(whole)
            wrong[place] ^= 0xFF
            try:
                found = await Pictures().opened(bytes(wrong))
            except Unfit:
                continue
            assert found.whole.startswith(b"\xff\xd8\xff")
            assert CAMERA.encode() not in found.whole

    async def test_paper_is_refused_when_it_does_not_end(self) -> None:
        assert (await Pictures().opened(PDF)).whole == PDF
        for part in cut(PDF[:-6]):
            with pytest.raises(Unfit):
                await Pictures().opened(part)


class TestBomb:
    async def test_is_refused_by_what_its_head_says(self) -> None:
        side = int(MOST_PIXELS**0.5) + 1
        with pytest.raises(Unfit, match="million pixels"):
            await Pictures().opened(png(side, side))

    async def test_that_holds_more_than_it_says_is_drawn_as_it_says(self) -> None:
        found = await Pictures().opened(png(4, 4, b"\0" * 2**26))
        assert (found.width, found.height) == (4, 4)


class TestMediaType:
    @pytest.mark.parametrize(
        "content",
        [
            *(b"", b"\xff\xd8", b"GIF89a", b"BM", b"II*\0", b"%!PS-Adobe-3.0", b" %PDF-1.7"),
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"<!doctype html><script>alert(1)</script>",
            b"PK\x03\x04",
            b"MZ",
            b"RIFF\0\0\0\0WAVE",
            b"\0\0\0\x18ftypmp42",
            b"\0\0\0\x18ftypqt  ",
        ],
    )
    def test_of_anything_else_is_none(self, content: bytes) -> None:
        with pytest.raises(Unfit, match="no JPEG"):
            media_type_of(content)
