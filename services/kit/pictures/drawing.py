"""A program that opens one picture and draws it anew: `drawing.py FORMAT PIXELS LARGE SMALL ...`.

It runs in a process of its own, without ours on its path and without our secrets, since whoever
made the picture may know a fault of the libraries that open it. The picture comes by standard
input. Out goes a line of JSON, and behind it two JPEGs: nothing of the picture but its pixels,
when it was taken, and where. It ends with 3 for a picture that has too many pixels, and with
anything else but 0 for one that cannot be opened whole.
"""

import contextlib
import json
import re
import resource
import sys
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

_TOO_LARGE = 3
_QUALITY = 85
_EXIF, _GPS = 0x8769, 0x8825
_TAKEN, _TAKEN_OFFSET, _CHANGED = 0x9003, 0x9011, 0x0132
_LATITUDE, _LONGITUDE = (1, 2, 90.0), (3, 4, 180.0)
_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")


def main(kind: str, pixels: int, large: int, small: int) -> None:
    """Draw what comes by standard input anew, and write it out."""
    if kind == "HEIF":
        from pillow_heif import register_heif_opener  # noqa: PLC0415 - for these alone

        register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # judged below, by our own number
    with Image.open(BytesIO(sys.stdin.buffer.read()), formats=[kind]) as image:
        if image.width * image.height > pixels:
            sys.exit(_TOO_LARGE)
        told = _told(image)
        image.draft("RGB", (large, large))
        # Turned as it was held, and without what is transparent.
        whole = _flat(ImageOps.exif_transpose(image))
    whole.thumbnail((large, large))
    copies = [_jpeg(whole)]
    told |= {"width": whole.width, "height": whole.height}
    whole.thumbnail((small, small))
    copies.append(_jpeg(whole))
    told["sizes"] = [len(one) for one in copies]
    out = sys.stdout.buffer
    out.write(json.dumps(told).encode() + b"\n" + b"".join(copies))
    out.flush()


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        below = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(below, image).convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    # A new picture of these pixels alone: what the other one carried along stays behind.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def _told(image: Image.Image) -> dict[str, Any]:
    """Return when and where it was taken, as far as it says so in a way that can be."""
    told: dict[str, Any] = {"taken": None, "offset": None, "lat": None, "lon": None}
    # What a stranger wrote there may break in any way, and is no reason to refuse the picture.
    with contextlib.suppress(Exception):
        exif = image.getexif()
        inner = exif.get_ifd(_EXIF)
        told |= _time(inner.get(_TAKEN) or exif.get(_CHANGED), inner.get(_TAKEN_OFFSET))
        gps = exif.get_ifd(_GPS)
        lat, lon = (_degrees(gps, *one) for one in (_LATITUDE, _LONGITUDE))
        told |= {"lat": lat, "lon": lon}
    return told


def _time(text: object, offset: object) -> dict[str, Any]:
    found = _TIME.fullmatch(str(text).strip("\0 "))
    if found is None:
        return {}
    zone = str(offset).strip("\0 ")
    year, month, day, clock = found.groups()
    return {
        "taken": f"{year}-{month}-{day}T{clock}",
        "offset": zone if _OFFSET.fullmatch(zone) else None,
    }


def _degrees(gps: dict[int, Any], ref: int, value: int, most: float) -> float:
    degrees, minutes, seconds = (float(part) for part in gps[value])
    found = degrees + minutes / 60 + seconds / 3_600
    if not 0 <= found <= most:
        raise ValueError(found)
    return -found if str(gps[ref]).strip("\0 ") in {"S", "W"} else found


if __name__ == "__main__":
    _kind, *_numbers, _memory, _core = sys.argv[1:]
    for _what, _most in ((resource.RLIMIT_AS, _memory), (resource.RLIMIT_CPU, _core)):
        with contextlib.suppress(ValueError, OSError):  # some systems know no such limit
            resource.setrlimit(_what, (int(_most), int(_most)))
    main(_kind, *map(int, _numbers))
