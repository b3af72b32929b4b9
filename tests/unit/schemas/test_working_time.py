"""Working time, beside an oracle that looks at a local clock minute by minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.plan import CONTINUOUS, Limit, LimitUnit, Plan, Rhythm, WorkingTime, due_by, time_of
from tests.unit.schemas.plan_texts import changed, plan_of

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
ZONES = ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC"]
TURNS = [
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2026, 9, 6),
    date(2026, 12, 31),
]
"""Days on which clocks are put forward or back somewhere, and the last of a year."""
HOLIDAYS = """
[calendar.cn-2026]
status = "official"
source = "a notice"
holidays = [2026-05-01, 2026-05-04, 2026-05-05]
workdays = [2026-05-09]

[departments.fire.working]
days = ["all"]
periods = ["00:00-24:00"]
"""


def minutes_worked(rhythm: Rhythm, since: datetime, until: datetime) -> int:
    """Return how many whole minutes count: the slow truth."""
    return sum(counts(rhythm, minute) for minute in minutes(since, until))


def minutes(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += MINUTE


def counts(rhythm: Rhythm, at: datetime) -> bool:
    local = at.astimezone(rhythm.zone)
    if local.date() in rhythm.extra_days:
        is_working_day = True
    else:
        is_working_day = local.weekday() in rhythm.weekdays and local.date() not in rhythm.days_off
    clock = timedelta(hours=local.hour, minutes=local.minute)
    return is_working_day and any(start <= clock < end for start, end in rhythm.periods)


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    cuts = draw(st.lists(st.integers(0, 96), min_size=2, max_size=8, unique=True))
    bounds = [cut * 15 * MINUTE for cut in sorted(cuts)]
    near = st.sampled_from(TURNS).flatmap(
        lambda day: st.integers(-3, 3).map(lambda days: day + timedelta(days=days))
    )
    return Rhythm(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        periods=tuple((a, b) for n, (a, b) in enumerate(pairwise(bounds)) if n % 2 == 0),
        days_off=draw(st.frozensets(near, max_size=3)),
        extra_days=draw(st.frozensets(near, max_size=2)),
    )


instants = st.builds(
    lambda day, minute: datetime(day.year, day.month, day.day, tzinfo=UTC) + minute * MINUTE,
    st.sampled_from(TURNS),
    st.integers(-3 * 1440, 3 * 1440),
)


class TestAgainstTheOracle:
    @settings(max_examples=60, deadline=None)
    @given(rhythm=rhythms(), since=instants, span=st.integers(0, 4 * 1440))
    def test_counts_the_minutes_on_which_the_local_clock_shows_work(
        self, rhythm: Rhythm, since: datetime, span: int
    ) -> None:
        until = since + span * MINUTE
        worked = minutes_worked(rhythm, since, until) * MINUTE
        assert WorkingTime(rhythm).between(since, until) == worked
        assert WorkingTime(rhythm).between(until, since) == -worked

    @settings(max_examples=60, deadline=None)
    @given(rhythm=rhythms(), since=instants, amount=st.integers(1, 2_000))
    def test_is_over_at_the_first_instant_by_which_so_much_was_worked(
        self, rhythm: Rhythm, since: datetime, amount: int
    ) -> None:
        over = WorkingTime(rhythm).after(since, amount * MINUTE)
        assert over > since
        assert counts(rhythm, over - MINUTE)
        assert minutes_worked(rhythm, since, over) == amount

    @settings(deadline=None)
    @given(
        rhythm=rhythms(),
        since=instants,
        amount=st.timedeltas(min_value=-40 * HOUR, max_value=40 * HOUR),
    )
    def test_the_way_there_is_as_long_as_was_asked(
        self, rhythm: Rhythm, since: datetime, amount: timedelta
    ) -> None:
        counting = WorkingTime(rhythm)
        over = counting.after(since, amount)
        assert counting.between(since, over) == amount
        assert (over > since) == (amount > timedelta())

    @settings(deadline=None)
    @given(rhythm=rhythms(), since=instants, spans=st.tuples(*[st.integers(0, 5_000)] * 2))
    def test_adds_up(self, rhythm: Rhythm, since: datetime, spans: tuple[int, int]) -> None:
        counting = WorkingTime(rhythm)
        middle = since + spans[0] * MINUTE
        until = middle + spans[1] * MINUTE
        parts = counting.between(since, middle) + counting.between(middle, until)
        assert counting.between(since, until) == parts


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(changed(end=HOLIDAYS))


def due(plan: Plan, limit: str, since: str, *, department: str | None = None) -> str:
    """Return when a limit that begins at a local time is over, as a local time."""
    parsed = Limit.parse(limit)
    begun = datetime.fromisoformat(since).replace(tzinfo=plan.timezone)
    counting = plan.counting(parsed.unit, department=department)
    return f"{due_by(parsed, begun, counting).astimezone(plan.timezone):%a %m-%d %H:%M}"


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "since", "over"),
        [
            ("2 WH", "2026-05-15 17:30", "Mon 05-18 09:30"),
            ("2 WH", "2026-05-15 16:00", "Fri 05-15 18:00"),
            ("2 WH", "2026-05-15 11:00", "Fri 05-15 15:00"),
            ("2 WH", "2026-05-16 11:00", "Mon 05-18 10:00"),
            ("2 UH", "2026-05-15 17:30", "Fri 05-15 19:30"),
            ("30 min", "2026-05-15 17:45", "Fri 05-15 18:15"),
            ("2 ND", "2026-05-15 17:30", "Sun 05-17 17:30"),
            ("5 WD", "2026-05-15 17:30", "Fri 05-22 17:30"),
            ("1 WD", "2026-05-15 20:00", "Mon 05-18 18:00"),
        ],
    )
    def test_of_a_plain_week(self, plan: Plan, limit: str, since: str, over: str) -> None:
        assert due(plan, limit, since) == over

    def test_rest_on_holidays_and_work_on_make_up_days(self, plan: Plan) -> None:
        assert due(plan, "2 WH", "2026-04-30 17:30") == "Wed 05-06 09:30"
        assert due(plan, "2 WH", "2026-05-08 17:30") == "Sat 05-09 09:30"

    def test_of_a_department_go_by_its_own_week(self, plan: Plan) -> None:
        assert due(plan, "2 WH", "2026-05-15 17:30", department="fire") == "Fri 05-15 19:30"
        assert due(plan, "1 WD", "2026-05-15 17:30", department="fire") == "Sat 05-16 17:30"
        assert due(plan, "2 WH", "2026-05-15 17:30", department="urban-management") == (
            "Mon 05-18 09:30"
        )

    def test_what_was_spent_is_not_given_again(self, plan: Plan) -> None:
        limit = Limit.parse("2 WH")
        counting = plan.counting(limit.unit)
        monday = datetime(2026, 5, 18, 8, tzinfo=SHANGHAI)
        friday = datetime(2026, 5, 15, 17, 30, tzinfo=SHANGHAI)
        spent = counting.between(friday, monday)
        assert spent == 30 * MINUTE
        assert due_by(limit, monday, counting, spent=spent) == monday + 90 * MINUTE

    @given(amount=st.integers(1, 3650), unit=st.sampled_from(LimitUnit))
    def test_run_on_as_the_unit_says_where_no_night_counts(
        self, amount: int, unit: LimitUnit
    ) -> None:
        limit = Limit(amount=amount, unit=unit)
        assert time_of(limit, CONTINUOUS) == limit.continuous()

    def test_that_nobody_could_keep_end_after_a_hundred_years(self) -> None:
        rhythm = Rhythm(zone=SHANGHAI, weekdays={0}, periods=((HOUR, HOUR + MINUTE),))
        start = datetime(2026, 1, 1, tzinfo=UTC)
        assert WorkingTime(rhythm).after(start, 9_999 * HOUR) == datetime(2126, 1, 1, tzinfo=UTC)


class TestDaylightSaving:
    """New York puts its clocks forward on 8 March 2026 at 2:00 and back on 1 November at 2:00."""

    night = Rhythm(zone=NEW_YORK, weekdays=range(7), periods=((1 * HOUR, 5 * HOUR),))
    office = Rhythm(
        zone=NEW_YORK, weekdays=range(5), periods=((8 * HOUR, 12 * HOUR), (14 * HOUR, 18 * HOUR))
    )

    def test_an_hour_that_is_left_out_is_not_worked(self) -> None:
        day = datetime(2026, 3, 8, tzinfo=NEW_YORK)
        worked = WorkingTime(self.night).between(day, day + timedelta(days=1))
        assert worked == 3 * HOUR

    def test_an_hour_that_is_repeated_is_worked_twice(self) -> None:
        day = datetime(2026, 11, 1, tzinfo=NEW_YORK)
        assert WorkingTime(self.night).between(day, day + timedelta(days=1)) == 5 * HOUR

    @pytest.mark.parametrize("friday", [date(2026, 3, 6), date(2026, 10, 30)])
    def test_office_hours_stay_where_the_clock_on_the_wall_has_them(self, friday: date) -> None:
        since = datetime(friday.year, friday.month, friday.day, 17, 30, tzinfo=NEW_YORK)
        over = WorkingTime(self.office).after(since, 2 * HOUR).astimezone(NEW_YORK)
        assert (over.date() - friday).days == 3
        assert f"{over:%H:%M}" == "09:30"
