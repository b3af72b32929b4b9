"""The drain's verdict depends on what moves, and not on how long anything takes."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from services.kit.clock import clock_from, system_clock
from tests.faults.gauge import Look
from tests.faults.history import Sample
from tests.faults.pace import HouseClock
from tests.support.patience import Patience

IDLE = Look(
    at=system_clock(),
    ends={"cases.v1": 7},
    samples=[Sample(at=system_clock(), service="router")],
    still=True,
    confirmed=True,
)


def with_sample(**changes: object) -> Look:
    return Look(
        at=IDLE.at,
        ends=IDLE.ends,
        samples=[*IDLE.samples, IDLE.samples[0].model_copy(update=changes)],
        still=True,
        confirmed=True,
    )


class TestLook:
    def test_finds_a_house_idle_that_has_nothing_to_do(self) -> None:
        assert IDLE.idle

    @pytest.mark.parametrize(
        "changes",
        [{"lag": 1}, {"overdue_timers": 1}, {"ready": False}],
        ids=lambda c: next(iter(c)),
    )
    def test_finds_it_busy_when_one_service_is(self, changes: dict[str, object]) -> None:
        assert not with_sample(**changes).idle

    def test_finds_it_busy_when_something_came_while_it_was_asked(self) -> None:
        look = Look(at=IDLE.at, ends=IDLE.ends, samples=[], still=False, confirmed=True)
        assert not look.idle

    def test_finds_it_busy_when_the_broker_has_not_confirmed(self) -> None:
        look = Look(at=IDLE.at, ends=IDLE.ends, samples=[], still=True, confirmed=False)
        assert not look.idle

    def test_sees_that_somebody_read_on(self) -> None:
        assert with_sample(lag=3).moved != with_sample(lag=2).moved


class TestPatience:
    async def test_ends_a_while_after_the_last_change(self) -> None:
        patience = Patience(0.0)
        assert not patience.holds(None)

    async def test_lasts_as_long_as_something_changes(self) -> None:
        patience = Patience(0.001)
        for number in range(5):
            await asyncio.sleep(0.002)
            assert patience.holds(number)
        await asyncio.sleep(0.002)
        assert not patience.holds(4)


class TestHouseClock:
    async def test_stands_still_for_every_process_once_it_is_stopped(self, tmp_path: Path) -> None:
        clock = HouseClock(tmp_path / "clock", factor=600.0)
        another, before = clock_from(clock.text), clock.line
        await clock.stop()
        stopped, line = another(), clock.line
        await asyncio.sleep(0.1)
        assert another() - stopped < timedelta(milliseconds=1)
        assert (before.stopped, line.started) == (None, before.started)
        ran = timedelta() if line.stopped is None else line.stopped - line.started
        assert abs(another() - (line.origin + ran * 600)) < timedelta(milliseconds=1)
