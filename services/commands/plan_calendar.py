"""`tongxin plan calendar`: a year's holidays and make-up days, as a table for a plan."""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib.metadata import version
from typing import Annotated

import typer

from schemas.plan import CalendarStatus

_MISSING = (
    "`tongxin plan calendar` needs the package `holidays`:\n"
    "  - `pip install 'tongxin[calendar]'` (make setup does it)\n"
    "  - or write the table by hand, see docs/plan-a-holiday.md"
)

Year = Annotated[int, typer.Argument(min=1950, max=2099, help="Such as 2027.")]
Country = Annotated[str, typer.Option(help="ISO 3166 code, such as CN or US.")]
Subdivision = Annotated[
    str, typer.Option(help="Part of the country with holidays of its own, such as NY.")
]


def calendar(year: Year, *, country: Country = "CN", subdivision: Subdivision = "") -> None:
    """Print a table of a year's holidays and make-up working days, to be put into a plan."""
    try:
        printed = table_of(year, country=country.upper(), subdivision=subdivision.upper())
    except ModuleNotFoundError as missing:
        typer.echo(_MISSING, err=True)
        raise typer.Exit(1) from missing
    except NotImplementedError as unknown:
        raise typer.BadParameter(f"{unknown}: write another --country or --subdivision") from None
    sys.stdout.write(printed)


def table_of(year: int, *, country: str, subdivision: str = "") -> str:
    """Return the table of a year as TOML, by the package `holidays`.

    Raises `ModuleNotFoundError` without that package, `NotImplementedError` for places that it does
    not know.
    """
    from holidays import HolidayBase, country_holidays  # noqa: PLC0415 - an extra, slow to import

    def named(language: str | None) -> HolidayBase:
        part = subdivision or None
        return country_holidays(country, subdiv=part, years=year, language=language)

    # Without a language it would be that of whoever runs this.
    own = named(named(None).default_language)
    english = named("en_US")
    extra = sorted(day for day in own.weekend_workdays if day.year == year)
    place = [part for part in (country, subdivision) if part]
    lines = [
        f"[calendar.{'-'.join(part.lower() for part in place)}-{year}]",
        f'status = "{_status(own.weekend_workdays, extra)}"',
        f'source = "holidays {version("holidays")}, {" ".join(place)}"',
        *_listed("holidays", sorted(own), lambda day: _name(day, own, english)),
        *_listed("workdays", extra, "{:%A}".format),
    ]
    return "\n".join(lines) + "\n"


def _status(moved: set[date], extra: list[date]) -> CalendarStatus:
    """Return how sure a year is: where days are moved by arrangement, it may not be told yet."""
    return CalendarStatus.STATUTORY if moved and not extra else CalendarStatus.OFFICIAL


def _listed(field: str, days: list[date], comment: Callable[[date], str]) -> Iterator[str]:
    if days:
        yield f"{field} = ["
        yield from (f"  {day},  # {comment(day)}" for day in days)
        yield "]"


def _name(day: date, own: Mapping[date, str], english: Mapping[date, str]) -> str:
    """Return what a day is called: in the country's language, and in English if that differs."""
    names = [own[day], english[day]]
    return " ".join(dict.fromkeys(" ".join(name.split()) for name in names))
