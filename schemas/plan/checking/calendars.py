"""What is wrong with working periods and tables of years, and which years have no table."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from schemas.plan.calendar import WORKING_UNITS, CalendarStatus, CalendarYear, Working
from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines, Path
from schemas.plan.checking.schema_errors import dotted
from schemas.plan.limits import Limit
from schemas.plan.model import Plan

_NEXT_YEAR_FROM: Final = (10, 1)
"""Month and day from which on a plan should know the next year: limits begin to reach into it."""


def calendar_findings(plan: Plan, lines: Lines) -> Iterator[Finding]:
    """Yield what keeps periods and tables of a plan from being used."""
    for path, message, advice in _faults(plan):
        yield Finding(Severity.ERROR, lines.of(*path), dotted(path), message, advice)


def year_findings(plan: Plan, lines: Lines, *, today: date) -> Iterator[Finding]:
    """Yield a warning for each year of now whose holidays are guessed, or not all told yet."""
    for year in _years_of(plan, today=today):
        table, status = plan.calendar_of(year), plan.calendar_status(year)
        path: Path = ("calendar",) if table is None else ("calendar", table.code)
        if table is None:
            message = f"{year} has no calendar: no holidays, its working days are assumed"
        elif status is CalendarStatus.ASSUMED:
            message = f"the calendar of {year} is assumed"
        elif status is CalendarStatus.STATUTORY:
            message = f"the calendar of {year} has statutory days only, no make-up days"
        else:
            continue
        advice = "write the table that `tongxin plan calendar` prints once the year's days are told"
        yield Finding(Severity.WARNING, lines.of(*path), dotted(path), message, advice)


def assumed_years(plan: Plan, *, today: date) -> tuple[int, ...]:
    """Return this year and from 1 October on the next, where working days are a mere guess."""
    return tuple(
        year
        for year in _years_of(plan, today=today)
        if plan.calendar_status(year) is CalendarStatus.ASSUMED
    )


def _years_of(plan: Plan, *, today: date) -> tuple[int, ...]:
    """Return the years whose days matter now; none where no limit is of working time."""
    limits = [category.limit for category in plan.categories.values()]
    limits += [rule.limit for rule in plan.rules if rule.limit is not None]
    waits = (*plan.limits.sign.values(), *plan.limits.offer.values())
    limits += [wait for wait in waits if isinstance(wait, Limit)]
    if all(limit.unit not in WORKING_UNITS for limit in limits):
        return ()
    is_autumn = (today.month, today.day) >= _NEXT_YEAR_FROM
    return (today.year, today.year + 1) if is_autumn else (today.year,)


Fault = tuple[Path, str, str]
"""Where it is, what it is, and what to do about it."""


def _faults(plan: Plan) -> Iterator[Fault]:
    yield from _of_periods(plan.working, ("working",))
    for department in plan.departments.values():
        if department.working is not None:
            yield from _of_periods(department.working, ("departments", department.code, "working"))
    tables: dict[int, str] = {}
    for table in plan.calendar.values():
        first = tables.setdefault(table.year, table.code)
        if first != table.code:
            message = f"{table.year} has a table already: {first!r}"
            yield ("calendar", table.code), message, "keep one table for each year"
        yield from _of_year(table)


def _of_periods(week: Working, path: Path) -> Iterator[Fault]:
    for number, (before, after) in enumerate(pairwise(week.periods), start=1):
        where = (*path, "periods", number)
        if after.start < before.start:
            yield where, f"{after} stands after {before}", "write the periods in their order"
        elif after.start < before.end:
            yield (
                where,
                f"{after} overlaps {before}",
                "let each begin when the last has ended",
            )


def _of_year(table: CalendarYear) -> Iterator[Fault]:
    known: dict[date, str] = {}
    for field in ("holidays", "workdays"):
        days: tuple[date, ...] = getattr(table, field)
        for number, day in enumerate(days):
            path: Path = ("calendar", table.code, field, number)
            earlier = known.setdefault(day, field)
            if day.year != table.year:
                yield path, f"{day} is not in {table.year}", "put it into the table of its year"
            elif earlier != field:
                message = f"{day} is among the holidays and among the workdays"
                yield path, message, "keep it in one of the two"
            elif days.index(day) != number:
                yield path, f"{day} stands twice among the {field}", "remove one"
