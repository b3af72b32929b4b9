"""The handling clock."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.clocks import HandlingClock, TimerKind, marks

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


class TestMarks:
    def test_are_at_their_shares_of_the_limit(self) -> None:
        clock = HandlingClock(limit=LIMIT).running(NOW)
        assert marks(clock, now=NOW, remind_at=0.8, told=()) == {
            TimerKind.REMIND: NOW + timedelta(hours=8),
            TimerKind.OVERDUE: NOW + timedelta(hours=10),
            TimerKind.OVERDUE_FAR: NOW + timedelta(hours=30),
        }

    def test_that_were_passed_are_due_at_once_unless_somebody_was_told(self) -> None:
        clock = HandlingClock(limit=LIMIT, used=timedelta(hours=11)).running(NOW)
        told = {TimerKind.REMIND}
        assert set(marks(clock, now=NOW, remind_at=0.8, told=told)) == {
            TimerKind.OVERDUE,
            TimerKind.OVERDUE_FAR,
        }
        told = {TimerKind.REMIND, TimerKind.OVERDUE}
        assert set(marks(clock, now=NOW, remind_at=0.8, told=told)) == {TimerKind.OVERDUE_FAR}

    def test_of_a_standing_clock_are_none(self) -> None:
        assert marks(HandlingClock(limit=LIMIT), now=NOW, remind_at=0.8, told=()) == {}
