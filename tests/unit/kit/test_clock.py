"""One place reads the time; a scaled clock shows the same in every process."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.clock import (
    InvalidClock,
    clock_factor,
    clock_from,
    clock_text,
    paced_clock,
    paced_text,
    scaled_clock,
    shifted_clock,
    system_clock,
)

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
BREATH = timedelta(seconds=5)
"""More than passes between two looks at the clock in a test."""

NOTHING, MONTH = timedelta(0), timedelta(days=30)

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without an offset


class TestSystemClock:
    def test_tells_utc(self) -> None:
        assert system_clock().utcoffset() == timedelta(0)


class TestScaledClock:
    def test_starts_at_its_origin_and_runs_faster(self) -> None:
        started = system_clock() - timedelta(minutes=1)
        clock = scaled_clock(factor=60, origin=ORIGIN, started=started)
        shown = clock() - ORIGIN
        assert timedelta(hours=1) <= shown < timedelta(hours=1) + 60 * BREATH

    def test_never_goes_back(self) -> None:
        clock = scaled_clock(factor=1000, origin=ORIGIN, started=system_clock())
        looks = [clock() for _ in range(100)]
        assert looks == sorted(looks)

    @given(factor=st.floats(0.001, 1_000), origin=instants, ago=st.timedeltas(NOTHING, MONTH))
    def test_can_be_handed_on_as_text(
        self, factor: float, origin: datetime, ago: timedelta
    ) -> None:
        started = system_clock() - ago
        text = clock_text(factor=factor, origin=origin, started=started)
        assert clock_factor(text) == factor
        one = scaled_clock(factor=factor, origin=origin, started=started)()
        two = clock_from(text)()
        assert NOTHING <= two - one < factor * BREATH + BREATH


class TestShiftedClock:
    def test_is_ahead_by_what_its_file_says_at_each_look(self, tmp_path: Path) -> None:
        file = tmp_path / "shift"
        file.write_text("")
        for clock in (shifted_clock(file), clock_from(f"shift:{file}")):
            file.write_text("")
            assert abs(clock() - system_clock()) < BREATH
            file.write_text("86400")
            assert abs(clock() - system_clock() - timedelta(days=1)) < BREATH

    def test_runs_at_the_pace_of_the_machine(self) -> None:
        assert clock_factor("shift:somewhere") == 1.0


class TestPacedClock:
    def test_runs_by_the_last_stretch_that_has_begun(self, tmp_path: Path) -> None:
        file, begun = tmp_path / "clock", system_clock() - timedelta(minutes=1)
        later = system_clock() + timedelta(hours=1)
        file.write_text(
            "\n".join(
                clock_text(factor=factor, origin=ORIGIN, started=started)
                for factor, started in ((1, begun - BREATH), (60, begun), (9000, later))
            )
        )
        for clock in (paced_clock(file), clock_from(paced_text(file))):
            assert timedelta(hours=1) <= clock() - ORIGIN < timedelta(hours=1) + 60 * BREATH
        assert clock_factor(paced_text(file)) == 60

    def test_takes_a_new_pace_from_its_file(self, tmp_path: Path) -> None:
        file, past = tmp_path / "clock", system_clock()
        file.write_text(clock_text(factor=1, origin=ORIGIN, started=past))
        clock = paced_clock(file)
        assert clock() < ORIGIN + BREATH
        file.write_text(clock_text(factor=1, origin=ORIGIN + MONTH, started=past))
        while clock() < ORIGIN + MONTH:
            pass  # within a twentieth of a second, or the test's own time is up

    def test_needs_one_stretch(self, tmp_path: Path) -> None:
        file = tmp_path / "clock"
        file.write_text("")
        with pytest.raises(InvalidClock, match="at least"):
            paced_clock(file)()


class TestClockText:
    def test_of_nothing_is_the_machines_own_clock(self) -> None:
        assert clock_from("") is system_clock
        assert clock_factor("") == 1.0

    @pytest.mark.parametrize(
        "text",
        [
            "60",
            "60@2026-01-01T00:00+00:00",
            "fast@2026-01-01T00:00+00:00@2026-01-01T00:00+00:00",
            "60@yesterday@2026-01-01T00:00+00:00",
            "60@2026-01-01T00:00@2026-01-01T00:00+00:00",
            "60@2026-01-01T00:00+00:00@2026-01-01T00:00",
            "0@2026-01-01T00:00+00:00@2026-01-01T00:00+00:00",
            "-1@2026-01-01T00:00+00:00@2026-01-01T00:00+00:00",
            "nan@2026-01-01T00:00+00:00@2026-01-01T00:00+00:00",
            "inf@2026-01-01T00:00+00:00@2026-01-01T00:00+00:00",
            "1@2@3@4",
        ],
    )
    def test_is_refused_when_it_describes_no_clock(self, text: str) -> None:
        with pytest.raises(InvalidClock, match=text[:9]):
            clock_from(text)
