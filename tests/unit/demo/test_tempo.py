"""The play's clock waits for a house that is behind, and runs as asked for one that keeps up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.demo.tempo import Backlog, Tempo
from services.kit.clock import clock_from, stretches_in, system_clock

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = 2300.0


def playing(folder: Path) -> Tempo:
    """Return the tempo of a play that has begun."""
    tempo = Tempo(folder / "clock", factor=ASKED, origin=ORIGIN)
    tempo.play()
    begin_now(folder / "clock")
    return tempo


def begin_now(file: Path) -> None:
    """Let the change that was announced have begun a second ago."""
    last = stretches_in(file.read_text())[-1]
    origin, started = last.origin, system_clock() - timedelta(seconds=1)
    file.write_text(f"{last.factor}@{origin.isoformat()}@{started.isoformat()}")


class TestTempo:
    def test_lets_the_clock_wait_until_the_play_begins(self, tmp_path: Path) -> None:
        tempo = Tempo(tmp_path / "clock", factor=ASKED, origin=ORIGIN)
        assert tempo.factor == 1
        assert clock_from(tempo.text)() - ORIGIN < timedelta(minutes=1)

    def test_is_what_was_asked_while_the_house_keeps_up(self, tmp_path: Path) -> None:
        tempo = playing(tmp_path)
        tempo.follow(0.1)
        assert tempo.factor == ASKED

    def test_falls_with_the_time_that_the_house_is_behind(self, tmp_path: Path) -> None:
        tempo = playing(tmp_path)
        tempo.follow(2.5)
        assert tempo.factor == pytest.approx(ASKED / 10)

    def test_never_comes_to_a_stop(self, tmp_path: Path) -> None:
        tempo = playing(tmp_path)
        tempo.follow(1000)
        assert tempo.factor > ASKED / 100

    def test_rises_in_steps_once_the_backlog_is_gone(self, tmp_path: Path) -> None:
        tempo = playing(tmp_path)
        tempo.follow(2.5)
        paces: list[float] = []
        while tempo.factor < ASKED and len(paces) < 50:
            begin_now(tmp_path / "clock")
            tempo.follow(0)
            paces.append(tempo.factor)
        assert paces == sorted(paces)
        assert len(paces) > 3
        assert paces[-1] == ASKED

    def test_goes_on_from_what_the_clock_shows(self, tmp_path: Path) -> None:
        tempo = playing(tmp_path)
        tempo.follow(2.5)
        current, following = stretches_in((tmp_path / "clock").read_text())
        assert following.origin == current.at(following.started)


class TestBacklog:
    def test_is_as_old_as_the_oldest_that_still_waits(self) -> None:
        backlog = Backlog()
        assert backlog.oldest({"a"}, at=10) == 0
        assert backlog.oldest({"a", "b"}, at=12) == 2
        assert backlog.oldest({"b"}, at=13) == 1
        assert backlog.oldest(set(), at=14) == 0

    def test_forgets_what_no_pace_would_help(self) -> None:
        backlog = Backlog()
        backlog.oldest({"lost"}, at=0)
        assert backlog.oldest({"lost", "new"}, at=60) == 0
        assert backlog.oldest({"lost", "new"}, at=61) == 1
