"""What every table of a routing plan is made of: strict, frozen, titled in two languages."""

import re
from datetime import timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DEPARTMENT_CODE: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
"""Kebab-case, because the code is part of a topic name: `feedback.urban-management.v1`."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
MOST_CHARACTERS: Final = 4000
MOST_POINTS: Final = 5000


def printable(text: str) -> str:
    """Refuse what no database column and no terminal takes."""
    if found := _CONTROL.search(text):
        raise ValueError(f"holds the control character {found[0]!r}")
    return text


Text = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS), AfterValidator(printable)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A short name that events carry: of a category, its class, a grid."""


class Table(BaseModel):
    """One table of the file: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Titled(Table):
    """Something people read the name of, in Chinese and in English."""

    title_en: Text
    title_zh: Text

    def title(self, language: Literal["en", "zh"]) -> str:
        """Return the title in one of the two languages."""
        return self.title_zh if language == "zh" else self.title_en


def parse_zone(value: object) -> object:
    """Return the time zone an IANA name stands for."""
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"unknown time zone {value!r}") from unknown


TimeZone = Annotated[ZoneInfo, BeforeValidator(parse_zone)]


def _on_earth(points: object) -> object:
    """Explain a point that is none, before the bounds of its two numbers say so in their way."""
    if isinstance(points, list | tuple):
        for point in points:
            if not _is_point(point):
                told = f"{str(point)[:60]} is not a [longitude, latitude] in degrees"
                turned = isinstance(point, list | tuple) and _is_point(tuple(reversed(point)))
                raise ValueError(f"{told}; swap the two numbers" if turned else told)
    return points


def _is_point(point: object) -> bool:
    if not isinstance(point, list | tuple) or not all(type(n) in {int, float} for n in point):
        return False
    return len(point) == 2 and -180 <= point[0] <= 180 and -90 <= point[1] <= 90  # noqa: PLR2004 - degrees


_Longitude = Annotated[float, Field(ge=-180, le=180)]
_Latitude = Annotated[float, Field(ge=-90, le=90)]
Polygon = Annotated[
    tuple[tuple[_Longitude, _Latitude], ...],
    Field(min_length=3, max_length=MOST_POINTS),
    BeforeValidator(_on_earth),
]
"""An outline as [[longitude, latitude], ...] in WGS 84; closing it is left to the reader.

Between two points it takes the shorter way around the earth, so it may cross the date line.
"""

DAY: Final = timedelta(days=1)
