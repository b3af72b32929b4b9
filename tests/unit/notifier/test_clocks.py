"""The handling clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from schemas.plan import Rhythm, WorkingTime
from schemas.plan.handling_clock import HandlingClock
from services.notifier.domain.clocks import TimerKind, marks

NOW = datetime(2026, 1, 5, tzinfo=UTC)
LIMIT = timedelta(hours=10)
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=30))


class TestHandlingClock:
    @given(stretches=st.lists(st.tuples(spans, spans), max_size=10))
    def test_counts_what_it_ran_and_nothing_else(
        self, stretches: list[tuple[timedelta, timedelta]]
    ) -> None:
        """The sum of its segments is what has elapsed, however often it stood."""
        clock, now = HandlingClock(limit=LIMIT), NOW
        for ran, stood in stretches:
            clock = clock.running(now)
            now += ran
            clock = clock.stopped(now)
            now += stood
        assert clock.elapsed(now) == sum((ran for ran, _ in stretches), timedelta())

    @given(used=spans, ran=spans)
    def test_is_due_when_the_rest_of_its_limit_is_over(
        self, used: timedelta, ran: timedelta
    ) -> None:
        clock = HandlingClock(limit=LIMIT, used=used).running(NOW)
        due_by = clock.due_by
        assert due_by is not None
        assert (NOW + ran >= due_by) == (clock.elapsed(NOW + ran) >= LIMIT)

    def test_is_never_due_while_it_stands(self) -> None:
        assert HandlingClock(limit=LIMIT, used=LIMIT * 2).due_by is None

    def test_that_runs_stays_as_it_is_when_started_again(self) -> None:
        clock = HandlingClock(limit=LIMIT).running(NOW)
        assert clock.running(NOW + LIMIT) is clock

    @given(used=spans, share=st.floats(0.01, 1))
    def test_keeps_at_least_a_share_for_rework(self, used: timedelta, share: float) -> None:
        stood = HandlingClock(limit=LIMIT, used=used)
        clock = stood.with_left(stood.left_of(share))
        left = clock.limit - clock.used
        assert left >= LIMIT * share - timedelta(microseconds=1)
        assert clock.used <= used

    def test_never_runs_backwards(self) -> None:
        clock = HandlingClock(limit=LIMIT).running(NOW)
        assert clock.elapsed(NOW - LIMIT) == timedelta()


OFFICE = WorkingTime(
    Rhythm(
        zone=ZoneInfo("America/New_York"),
        weekdays=range(5),
        periods=(
            (timedelta(hours=8), timedelta(hours=12)),
            (timedelta(hours=14), timedelta(hours=18)),
        ),
        days_off={date(2026, 1, 19)},
        extra_days={date(2026, 1, 24)},
    )
)


class TestHandlingClockInWorkingTime:
    @given(stretches=st.lists(st.tuples(spans, spans), max_size=10))
    def test_counts_the_work_of_its_stretches_and_nothing_else(
        self, stretches: list[tuple[timedelta, timedelta]]
    ) -> None:
        clock, now, worked = HandlingClock(limit=LIMIT, counting=OFFICE), NOW, timedelta()
        for ran, stood in stretches:
            clock = clock.running(now)
            worked += OFFICE.between(now, now + ran)
            now += ran
            clock = clock.stopped(now)
            now += stood
        assert clock.elapsed(now) == worked
        assert clock.left(now) == LIMIT - worked

    @given(used=st.timedeltas(timedelta(), LIMIT), ran=spans, began=spans)
    def test_is_due_when_the_rest_of_its_limit_was_worked(
        self, used: timedelta, ran: timedelta, began: timedelta
    ) -> None:
        since = NOW + began
        clock = HandlingClock(limit=LIMIT, used=used, counting=OFFICE).running(since)
        due_by = clock.due_by
        assert due_by is not None
        assert (since + ran >= due_by) == (clock.elapsed(since + ran) >= LIMIT)

    def test_has_its_marks_at_shares_of_working_time(self) -> None:
        monday = datetime(2026, 1, 12, 13, tzinfo=UTC)  # 8:00 in New York
        clock = HandlingClock(limit=LIMIT, counting=OFFICE).running(monday)
        assert marks(clock, now=monday, remind_at=0.8, far_at=3.0, told=()) == {
            TimerKind.REMIND: datetime(2026, 1, 12, 23, tzinfo=UTC),
            TimerKind.OVERDUE: datetime(2026, 1, 13, 15, tzinfo=UTC),
            TimerKind.OVERDUE_FAR: datetime(2026, 1, 15, 21, tzinfo=UTC),
        }


class TestMarks:
    def test_are_at_their_shares_of_the_limit(self) -> None:
        clock = HandlingClock(limit=LIMIT).running(NOW)
        assert marks(clock, now=NOW, remind_at=0.8, far_at=3.0, told=()) == {
            TimerKind.REMIND: NOW + timedelta(hours=8),
            TimerKind.OVERDUE: NOW + timedelta(hours=10),
            TimerKind.OVERDUE_FAR: NOW + timedelta(hours=30),
        }

    def test_that_were_passed_are_due_at_once_unless_somebody_was_told(self) -> None:
        clock = HandlingClock(limit=LIMIT, used=timedelta(hours=11)).running(NOW)
        told = {TimerKind.REMIND}
        assert set(marks(clock, now=NOW, remind_at=0.8, far_at=3.0, told=told)) == {
            TimerKind.OVERDUE,
            TimerKind.OVERDUE_FAR,
        }
        told = {TimerKind.REMIND, TimerKind.OVERDUE}
        assert set(marks(clock, now=NOW, remind_at=0.8, far_at=3.0, told=told)) == {
            TimerKind.OVERDUE_FAR
        }

    def test_of_a_standing_clock_are_none(self) -> None:
        standing = HandlingClock(limit=LIMIT)
        assert marks(standing, now=NOW, remind_at=0.8, far_at=3.0, told=()) == {}
