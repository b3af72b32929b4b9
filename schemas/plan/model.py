"""The routing plan: who owns which category where, who is on duty, and what the limits are."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.plan.base import Code, Polygon, Table, Text, TimeZone, Titled
from schemas.plan.calendar import (
    WORKING_UNITS,
    CalendarStatus,
    CalendarYear,
    Working,
    due_by,
)
from schemas.plan.closing import CheckRule, ClosingRule, Evidence
from schemas.plan.danger import Danger
from schemas.plan.departments import Department
from schemas.plan.limits import Duration, Limit, Limits, LimitUnit
from schemas.plan.merging import Demanded, Likeness, Merging, RadiusM
from schemas.plan.requests import Requests
from schemas.plan.residents import Residents
from schemas.plan.rules import Rule
from schemas.plan.sign_in import SignIn
from schemas.plan.supervision import Supervision
from schemas.plan.texts import MOST_TEXTS, StandardText
from schemas.plan.webhooks import Webhooks
from schemas.plan.working_time import CONTINUOUS, Counting, Rhythm, WorkingTime
from schemas.vocabulary import FALLBACK_CATEGORY, REPORTERS, SUPERVISION, Channel, Urgency


class UnknownCategory(LookupError):
    """The plan has no category of this code."""


class UnknownDepartment(LookupError):
    """The plan has no department of this code."""


class District(Titled):
    """An area the plan is for; without an outline it has no limits on a map."""

    code: Code
    polygon: Polygon | None = None


class Grid(Titled):
    """The smallest area with a grid member of its own, usually 300 to 500 households.

    A grid without a polygon is found only by its code.
    """

    code: Code
    district: Text
    households: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
    polygon: Polygon | None = None


class Category(Titled):
    """One kind of incident or service: who owns it, how fast, and what closing it needs."""

    code: Code
    class_: Code = Field(alias="class")
    flow: bool = False
    lead: Text
    co_handlers: tuple[Text, ...] = ()
    urgency: Urgency
    limit: Limit
    promise: Limit | None = None
    keywords_zh: tuple[Text, ...] = ()
    keywords_en: tuple[Text, ...] = ()
    legal_basis: Text | None = None
    grounds: Text | None = None
    closing: ClosingRule = Field(default_factory=lambda: ClosingRule.parse("lead"))
    closing_conditions_en: Text | None = None
    closing_conditions_zh: Text | None = None
    evidence: tuple[Evidence, ...] = ()
    check: CheckRule = CheckRule.BY_RULE
    threatens_others: Demanded = False
    merge_radius_m: RadiusM | None = None
    merge_within: Duration | None = None
    merge_same_place_within: Duration | None = None
    merge_same_address: Demanded | None = None
    merge_likeness: Likeness | None = None


class Fallback(Table):
    """Who owns what nobody else owns.

    The deputy receives only what the owner itself has just declined.
    """

    owner: Text
    deputy: Text


class Exercises(Table):
    """Who is told anything of exercises (演练): departments, `supervision`, `reporters`."""

    contacts: tuple[Text, ...] = ()


class Plan(Titled):
    """A whole routing plan; `version` names the bytes of the file it was read from."""

    version: str
    timezone: TimeZone
    districts: Annotated[tuple[District, ...], Field(min_length=1)]
    grids: tuple[Grid, ...] = ()
    departments: Mapping[str, Department]
    categories: Mapping[str, Category]
    rules: tuple[Rule, ...] = ()
    limits: Limits = Field(default_factory=Limits)
    requests: Requests = Field(default_factory=Requests)
    working: Working = Field(default_factory=Working)
    calendar: Mapping[str, CalendarYear] = Field(default_factory=dict)
    merging: Merging = Field(default_factory=Merging)
    fallback: Fallback
    supervision: Supervision = Field(default_factory=Supervision)
    webhooks: Webhooks = Field(default_factory=Webhooks)
    exercises: Exercises = Field(default_factory=Exercises)
    sign_in: SignIn = Field(default_factory=SignIn)
    residents: Residents = Field(default_factory=Residents)
    texts: Annotated[tuple[StandardText, ...], Field(max_length=MOST_TEXTS)] = ()
    sources: tuple[Text, ...] = ()
    danger: Danger = Field(default_factory=Danger)

    @model_validator(mode="before")
    @classmethod
    def _codes_from_names(cls, value: object) -> object:
        """Give each department, category and year the name of its table as its code."""
        if not isinstance(value, dict):
            return value
        named = dict(value)
        for key in ("departments", "categories", "calendar"):
            if isinstance(named.get(key), dict):
                named[key] = {
                    code: {"code": code} | table if isinstance(table, dict) else table
                    for code, table in named[key].items()
                }
        return named

    @model_validator(mode="after")
    def _codes_are_names(self) -> Self:
        for table in (self.departments, self.categories, self.calendar):
            for name, entry in table.items():
                if entry.code != name:
                    raise ValueError(f"{name!r} calls itself {entry.code!r}: remove its `code`")
        return self

    def category(self, code: str) -> Category:
        """Return the category of a code; raises `UnknownCategory`."""
        found = self.categories.get(code)
        if found is None:
            raise UnknownCategory(code)
        return found

    def department(self, code: str) -> Department:
        """Return the department of a code; raises `UnknownDepartment`."""
        found = self.departments.get(code)
        if found is None:
            raise UnknownDepartment(code)
        return found

    @cached_property
    def _grids_by_code(self) -> Mapping[str, Grid]:
        return {grid.code: grid for grid in self.grids}

    def grid(self, code: str) -> Grid | None:
        """Return the grid of a code, if the plan has it."""
        return self._grids_by_code.get(code)

    def calendar_of(self, year: int) -> CalendarYear | None:
        """Return the table of a year, if the plan has it."""
        return next((table for table in self.calendar.values() if table.year == year), None)

    def calendar_status(self, year: int) -> CalendarStatus:
        """Return how sure the working days of a year are; without a table they are assumed."""
        table = self.calendar_of(year)
        return CalendarStatus.ASSUMED if table is None else table.status

    def counting(self, unit: LimitUnit, *, department: str | None = None) -> Counting:
        """Return how the time of a unit passes for a department; without one, by the plan's week.

        A year without a table is as if it had no holidays.
        """
        if unit not in WORKING_UNITS:
            return CONTINUOUS
        return self._working_times.get(department, self._working_times[None])

    def until(
        self, wait: timedelta | Limit, since: datetime, *, department: str | None = None
    ) -> datetime:
        """Return until when somebody is waited for; a limit passes as a department works."""
        if isinstance(wait, Limit):
            return due_by(wait, since, self.counting(wait.unit, department=department))
        return since + wait

    @cached_property
    def _working_times(self) -> Mapping[str | None, WorkingTime]:
        """The plan's own working time, and that of each department with a week of its own."""
        weeks: dict[str | None, Working] = {None: self.working}
        weeks |= {d.code: d.working for d in self.departments.values() if d.working is not None}
        return {code: self._working_time(week) for code, week in weeks.items()}

    def _working_time(self, week: Working) -> WorkingTime:
        years = self.calendar.values()
        rhythm = Rhythm(
            zone=self.timezone,
            weekdays=week.weekdays,
            periods=tuple((period.start, period.end) for period in week.periods),
            days_off=frozenset(day for year in years for day in year.holidays),
            extra_days=frozenset(day for year in years for day in year.workdays),
        )
        return WorkingTime(rhythm)

    def feedback_parties(self) -> tuple[str, ...]:
        """Return everyone with a feedback topic: departments, supervision, reporters; sorted."""
        return tuple(sorted({*self.departments, SUPERVISION, REPORTERS}))

    def merging_of(self, category: Category) -> Merging:
        """Return how reports of a category are merged: its own values, else the plan's.

        Neighbours who ask for one service have a case each, so a service is merged only where it
        has a radius or a time of its own.
        """
        own = {
            "radius_m": category.merge_radius_m,
            "within": category.merge_within,
            "same_place_within": category.merge_same_place_within,
            "same_address": category.merge_same_address,
            "likeness": category.merge_likeness,
        }
        given = {name: value for name, value in own.items() if value is not None}
        if category.flow and not given.keys() & {"radius_m", "within"}:
            given["radius_m"] = 0.0
        return self.merging.model_copy(update=given) if given else self.merging

    def promise_of(self, code: str, *, urgency: Urgency) -> Limit:
        """Return how long a case may take from registration to closing, as its reporter is told.

        A category's own word, else the urgency's, else as long as its department has; of an
        emergency that nobody could categorise as long as danger leaves. A category that the plan
        does not know is treated as the catch-all.
        """
        category = self.categories.get(code) or self.category(FALLBACK_CATEGORY)
        said = category.promise or self.limits.promise.get(urgency)
        unnamed = category.code == FALLBACK_CATEGORY and urgency is Urgency.EMERGENCY
        return said or (self.danger.limit if unnamed else category.limit)

    def must_check(self, category: Category, *, urgency: Urgency, channel: Channel) -> bool:
        """Tell whether supervision must look again before the case may be closed."""
        if category.check is not CheckRule.BY_RULE:
            return category.check is CheckRule.ALWAYS
        settings = self.supervision
        return urgency in settings.check_urgencies or (settings.check_public and channel.is_public)
