"""What every table of a routing plan is made of: strict, frozen, titled in two languages."""

from datetime import timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DEPARTMENT_CODE: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
"""Kebab-case, because the code is part of a topic name: `feedback.urban-management.v1`."""

Text = Annotated[str, Field(min_length=1)]


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
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"unknown time zone {value!r}") from unknown


TimeZone = Annotated[ZoneInfo, BeforeValidator(parse_zone)]


def _on_earth(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    for longitude, latitude in points:
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004 - degrees
            raise ValueError(f"[{longitude}, {latitude}] is not a [longitude, latitude] in degrees")
    return points


Polygon = Annotated[tuple[tuple[float, float], ...], Field(min_length=3), AfterValidator(_on_earth)]
"""An outline as [[longitude, latitude], ...] in WGS 84; closing it is left to the reader."""

DAY: Final = timedelta(days=1)
