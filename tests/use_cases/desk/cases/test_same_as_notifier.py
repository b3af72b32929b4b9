"""Whatever happens to a case, the desk shows what the notifier holds, step by step."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.desk.migrations import HISTORY as DESK
from services.kit.sql.database import open_database
from services.notifier.migrations import HISTORY as NOTIFIER
from tests.model.machine import Notifier
from tests.support.databases import Place
from tests.support.followed import FollowedBench
from tests.support.shown import DeskBench


@pytest.fixture(scope="module")
def world(
    places: Callable[[str, Path], Place], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[type[Notifier]]:
    """Return the machine over a notifier that a desk follows."""
    theirs = places("sqlite", tmp_path_factory.mktemp("notifier"))
    ours = places("sqlite", tmp_path_factory.mktemp("desk"))
    with asyncio.Runner() as runner:
        database = open_database(runner.run(theirs.url_of(NOTIFIER)))
        shown = open_database(runner.run(ours.url_of(DESK)))

        class World(Notifier):
            """The machine, with its notifier and the desk that follows it."""

        World.runner, World.numbers = runner, count(1)
        World.bench = FollowedBench(database, desk=DeskBench(shown))
        yield World
        runner.run(database.close())
        runner.run(shown.close())


class TestDesk:
    def test_shows_what_the_notifier_holds_after_every_step(self, world: type[Notifier]) -> None:
        is_long = settings.get_current_profile_name() == "long"
        chosen = settings(
            max_examples=settings.get_profile("long").max_examples if is_long else 5,
            stateful_step_count=30,
            derandomize=not is_long,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        )
        run_state_machine_as_test(world, settings=chosen)
