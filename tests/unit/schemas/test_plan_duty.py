"""Who is on duty at an instant, across midnight and time zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.plan import Department, DutyGap, Shift, duty_gaps

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
PEOPLE = [{"id": name, "title_en": name, "title_zh": name} for name in ("a", "b", "c", "head")]


def department(*duty: dict[str, object], head: str | None = "head") -> Department:
    return Department.model_validate(
        {
            "code": "emergency-management",
            "tier": "N",
            "title_en": "Emergency management",
            "title_zh": "应急",
            "people": PEOPLE,
            "duty": list(duty),
        }
        | ({"head": head} if head else {})
    )


def shift(days: str, start: str, end: str, person: str = "a", *deputies: str) -> dict[str, object]:
    return {
        "days": [days],
        "start": start,
        "end": end,
        "person": person,
        "deputies": list(deputies),
    }


def chain(found: Department, at: datetime, zone: ZoneInfo = SHANGHAI) -> list[str]:
    return [person.id for person in found.on_duty(at, zone)]


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


MONDAY = "2026-03-02"
TUESDAY = "2026-03-03"
SUNDAY = "2026-03-01"


class TestChain:
    def test_is_person_then_deputies_then_head(self) -> None:
        found = department(shift("all", "00:00", "24:00", "b", "c", "a"))
        assert chain(found, shanghai(f"{MONDAY}T12:00")) == ["b", "c", "a", "head"]

    def test_names_nobody_twice(self) -> None:
        found = department(
            shift("all", "00:00", "24:00", "a", "head"), shift("mon", "08:00", "20:00", "b", "a")
        )
        assert chain(found, shanghai(f"{MONDAY}T12:00")) == ["a", "head", "b"]

    def test_is_the_head_when_no_shift_runs(self) -> None:
        found = department(shift("mon", "08:00", "20:00"))
        assert chain(found, shanghai(f"{MONDAY}T20:00")) == ["head"]

    def test_is_empty_without_a_head(self) -> None:
        found = department(shift("mon", "08:00", "20:00"), head=None)
        assert chain(found, shanghai(f"{MONDAY}T07:59")) == []

    @pytest.mark.parametrize(
        ("at", "on_duty"),
        [
            (f"{MONDAY}T21:59:59", False),
            (f"{MONDAY}T22:00", True),
            (f"{TUESDAY}T00:00", True),
            (f"{TUESDAY}T05:59:59", True),
            (f"{TUESDAY}T06:00", False),
            (f"{MONDAY}T05:00", False),
            (f"{TUESDAY}T22:30", False),
        ],
    )
    def test_follows_a_shift_past_midnight(self, at: str, *, on_duty: bool) -> None:
        found = department(shift("mon", "22:00", "06:00"), head=None)
        assert chain(found, shanghai(at)) == (["a"] if on_duty else [])

    def test_follows_a_sunday_night_into_monday(self) -> None:
        found = department(shift("sun", "20:00", "08:00"), head=None)
        assert chain(found, shanghai(f"{MONDAY}T07:00")) == ["a"]
        assert chain(found, shanghai(f"{SUNDAY}T07:00")) == []

    def test_reads_the_shift_in_the_plans_time_zone(self) -> None:
        found = department(shift("mon", "08:00", "20:00"), head=None)
        at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
        assert chain(found, at, SHANGHAI) == ["a"]
        assert chain(found, at, NEW_YORK) == []
        assert chain(found, datetime(2026, 3, 2, 13, 0, tzinfo=UTC), NEW_YORK) == ["a"]

    def test_keeps_to_the_wall_clock_over_a_change_of_summer_time(self) -> None:
        found = department(shift("sun", "08:00", "09:00"), head=None)
        before, after = datetime(2026, 3, 1, 13, tzinfo=UTC), datetime(2026, 3, 8, 12, tzinfo=UTC)
        assert chain(found, before, NEW_YORK) == chain(found, after, NEW_YORK) == ["a"]

    def test_refuses_an_instant_without_an_offset(self) -> None:
        with pytest.raises(ValueError, match="offset"):
            department().on_duty(datetime(2026, 3, 2, 12), SHANGHAI)  # noqa: DTZ001 - the point


class TestGaps:
    def test_are_none_with_a_round_of_24_hours(self) -> None:
        assert duty_gaps(department(shift("all", "08:00", "08:00"))) == []
        assert duty_gaps(department(shift("all", "00:00", "24:00"))) == []
        nights = shift("all", "20:00", "08:00")
        assert duty_gaps(department(shift("all", "08:00", "20:00"), nights)) == []

    def test_are_the_whole_week_without_shifts(self) -> None:
        gaps = duty_gaps(department())
        assert gaps == [DutyGap(day, timedelta(), timedelta(days=1)) for day in range(7)]

    def test_name_day_and_hours(self) -> None:
        found = department(
            shift("weekdays", "00:00", "24:00"),
            shift("sat", "00:00", "18:30"),
            shift("sun", "06:00", "24:00"),
        )
        assert [str(gap) for gap in duty_gaps(found)] == ["sat 18:30-24:00", "sun 00:00-06:00"]

    @given(
        day=st.sampled_from(["mon", "fri", "sun", "weekend"]),
        start=st.integers(0, 1439),
        end=st.integers(0, 1440),
        minute=st.integers(0, 7 * 1440 - 1),
    )
    def test_agree_with_who_is_on_duty(self, day: str, start: int, end: int, minute: int) -> None:
        clock = [f"{value // 60:02}:{value % 60:02}" for value in (start, end)]
        found = department(shift(day, clock[0], clock[1]), head=None)
        at = shanghai(f"{MONDAY}T00:00") + timedelta(minutes=minute)
        since_midnight = timedelta(minutes=minute % 1440)
        in_a_gap = any(
            gap.day == minute // 1440 and gap.start <= since_midnight < gap.end
            for gap in duty_gaps(found)
        )
        assert (chain(found, at) == []) is in_a_gap


class TestShift:
    @pytest.mark.parametrize(
        ("key", "value"),
        [("start", "24:00"), ("start", "8:00"), ("end", "12:60"), ("days", []), ("days", ["x"])],
    )
    def test_refuses_what_is_no_time_or_day(self, key: str, value: object) -> None:
        person = {"id": "a", "title_en": "a", "title_zh": "a"}
        good = {"days": "all", "start": "08:00", "end": "20:00", "person": person}
        with pytest.raises(ValidationError):
            Shift.model_validate(good | {key: value})
