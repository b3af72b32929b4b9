"""The plan's tables of years, and what the check says of years that it does not know."""

from datetime import date

import pytest

from schemas.plan import CalendarStatus, Severity, assumed_years, examine
from tests.unit.schemas.plan_texts import SMALL, changed, findings_of, line_of, plan_of

TABLE = """
[calendar.cn-{year}]
status = "{status}"
source = "a notice"
holidays = [{year}-05-01]
"""

YEAR = """
[calendar.{name}]
status = "official"
source = "a notice"
holidays = [
  2026-05-01,
  {day},
]
workdays = [
  2026-05-09,
  {extra},
]
"""


def year(*, name: str = "cn-2026", day: str = "2026-10-01", extra: str = "2026-10-10") -> str:
    return changed(end=YEAR.format(name=name, day=day, extra=extra))


ERRORS = {
    "periods that overlap": (
        changed(end='[working]\nperiods = [\n"08:00-12:00",\n"11:00-17:00",\n]\n'),
        "11:00-17:00",
        "11:00-17:00 overlaps 08:00-12:00",
    ),
    "periods that overlap, of a department": (
        changed(end='[departments.fire.working]\nperiods = ["08:00-12:00", "09:00-10:00"]\n'),
        "09:00-10:00",
        "09:00-10:00 overlaps 08:00-12:00",
    ),
    "periods in no order": (
        changed(end='[working]\nperiods = ["14:00-18:00", "08:00-12:00"]\n'),
        "14:00-18:00",
        "08:00-12:00 stands after 14:00-18:00",
    ),
    "period that ends before it starts": (
        changed(end='[working]\nperiods = ["18:00-08:00"]\n'),
        "18:00-08:00",
        "'18:00-08:00' ends before it starts",
    ),
    "period that is none": (
        changed(end='[working]\nperiods = ["08:00"]\n'),
        '"08:00"',
        "is no period; write 08:00-12:00",
    ),
    "no period": (changed(end="[working]\nperiods = []\n"), "periods = []", "at least 1 item"),
    "holiday that is also a make-up day": (
        year(extra="2026-05-01"),
        "2026-05-01",
        "2026-05-01 is among the holidays and among the workdays",
    ),
    "holiday of another year": (year(day="2027-01-01"), "2027-01-01", "is not in 2026"),
    "make-up day of another year": (year(extra="2025-12-31"), "2025-12-31", "is not in 2026"),
    "holiday that stands twice": (year(day="2026-05-01"), "2026-05-01", "stands twice"),
    "holiday as text": (year(day='"2026-10-01"'), '"2026-10-01"', "without quotes"),
    "day that no month has": (year(day="2026-02-30"), "2026-02-30", "not TOML"),
    "calendar without a year": (year(name="cn"), "[calendar.cn]", "pattern"),
    "two calendars of a year": (
        year() + YEAR.format(name="us-2026", day="2026-07-03", extra="2026-07-05"),
        "[calendar.us-2026]",
        "2026 has a table already: 'cn-2026'",
    ),
    "calendar of unknown status": (
        year().replace('"official"', '"sure"'),
        "status",
        "'official', 'statutory' or 'assumed'",
    ),
}
"""What is wrong, the part of the text on whose line it is, and what is said of it."""


def told(text: str, today: date) -> list[tuple[int, str]]:
    """Return the line and words of each finding of a day."""
    examined = examine(text.encode(), name="plan.toml", today=today)
    return [(found.line, found.message) for found in examined.findings]


class TestYearWithoutTable:
    def test_is_warned_of_while_it_is_now(self) -> None:
        assert told(SMALL, date(2026, 5, 1)) == [
            (1, "2026 has no calendar: no holidays, its working days are assumed")
        ]

    @pytest.mark.parametrize(
        ("today", "years"),
        [
            (date(2026, 1, 1), ()),
            (date(2026, 9, 30), ()),
            (date(2026, 10, 1), (2027,)),
            (date(2026, 12, 31), (2027,)),
            (date(2027, 1, 1), (2027,)),
        ],
    )
    def test_is_warned_of_from_october_of_the_year_before(
        self, today: date, years: tuple[int, ...]
    ) -> None:
        text = changed(end=TABLE.format(year=2026, status="official"))
        assert assumed_years(plan_of(text), today=today) == years
        assert [message[:4] for _, message in told(text, today)] == [str(year) for year in years]

    def test_does_not_matter_where_all_limits_run_on(self) -> None:
        signed = '[limits]\nsign = { G = "2 h" }\n'
        text = changed(('"1 WD"', '"24 UH"'), ('"5 WD"', '"5 ND"'), end=signed)
        assert told(text, date(2026, 12, 1)) == []

    def test_is_no_error_and_nothing_to_say_without_a_day(self) -> None:
        examined = examine(SMALL.encode(), name="plan.toml", today=date(2026, 5, 1))
        assert examined.errors == ()
        assert examine(SMALL.encode(), name="plan.toml").findings == ()


class TestTable:
    @pytest.mark.parametrize(
        ("status", "message"),
        [
            ("statutory", "the calendar of 2026 has statutory days only, no make-up days"),
            ("assumed", "the calendar of 2026 is assumed"),
        ],
    )
    def test_that_is_not_official_yet_is_warned_of_on_its_line(
        self, status: str, message: str
    ) -> None:
        text = changed(end=TABLE.format(year=2026, status=status))
        assert told(text, date(2026, 5, 1)) == [(line_of(text, "[calendar.cn-2026]"), message)]

    def test_tells_how_sure_its_year_is(self) -> None:
        plan = plan_of(changed(end=TABLE.format(year=2026, status="statutory")))
        assert plan.calendar_status(2026) is CalendarStatus.STATUTORY
        assert plan.calendar_status(2027) is CalendarStatus.ASSUMED


class TestMistake:
    @pytest.mark.parametrize("case", ERRORS)
    def test_is_found_on_its_line_and_refused(self, case: str) -> None:
        text, part, message = ERRORS[case]
        found = [one for one in findings_of(text) if message in one.message + one.advice]
        assert [one.severity for one in found] == [Severity.ERROR]
        assert found[0].line == line_of(text, part, nth=text.count(part))
        assert found[0].advice
