"""Everybody has a pace of their own."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.access import pace
from services.access.pace import Pace, Pacing


@dataclass
class Watch:
    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def pacing(a_second: float = 2.0, at_once: int = 3) -> tuple[Pacing, Watch]:
    watch = Watch()
    return Pacing(Pace(a_second, at_once), monotonic=watch), watch


class TestPacing:
    def test_lets_as_many_in_at_once_as_it_says(self) -> None:
        held, _ = pacing(at_once=3)
        assert [held.wait_of("a") for _ in range(3)] == [0, 0, 0]
        assert held.wait_of("a") == pytest.approx(0.5)

    def test_lets_in_again_after_what_it_told(self) -> None:
        held, watch = pacing(at_once=1)
        assert held.wait_of("a") == 0
        watch.seconds += held.wait_of("a")
        assert held.wait_of("a") == 0
        assert held.wait_of("a") > 0

    def test_takes_nothing_from_one_for_another(self) -> None:
        held, _ = pacing(at_once=1)
        for _ in range(1_000):
            held.wait_of("flood")
        assert held.wait_of("quiet") == 0

    def test_counts_no_request_that_it_turns_away(self) -> None:
        held, watch = pacing(a_second=1.0, at_once=1)
        held.wait_of("a")
        for _ in range(50):
            assert held.wait_of("a") > 0
        watch.seconds += 1.0
        assert held.wait_of("a") == 0

    @given(st.lists(st.floats(0, 5, allow_nan=False), max_size=200))
    def test_never_lets_in_more_than_its_pace(self, pauses: list[float]) -> None:
        held, watch = pacing(a_second=2.0, at_once=3)
        begun, let_in = watch.seconds, 0
        for pause in pauses:
            watch.seconds += pause
            let_in += not held.wait_of("a")
        assert let_in <= 3 + 2.0 * (watch.seconds - begun) + 1e-6

    def test_remembers_no_more_callers_than_it_has_room_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pace, "MOST_CALLERS", 10)
        held, _ = pacing(at_once=1)
        held.wait_of("busy")
        for number in range(1_000):
            held.wait_of(f"caller {number}")
        assert len(held._due) <= 10
